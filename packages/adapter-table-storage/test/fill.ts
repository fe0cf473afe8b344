import type { TableClient } from '@azure/data-tables'
import type { Store } from '@holdfast/conformance'
import { createTableStorageProvider } from '../src/index.ts'
import { openMemoryTable } from './memory-table.ts'
import { aSnapshot, aSubscription, aWorkflow } from './support.ts'

const BATCH = 50
/** What the service takes in one transaction. */
const ROWS = 100
const AT_ONCE = 8

/**
 * Fills a table with this many records of most kinds, of which a few are to be found: what is runnable, due, open or
 * ready stays the same however many are stored. Some of the tasks are held, as those of busy workers are. The adapter
 * writes them to a table in memory, whose rows are sent as many at a time as fit. Returns how many rows these are.
 */
export async function fill(
  client: TableClient,
  namespace: string,
  records: number,
  now: number,
): Promise<number> {
  const memory = openMemoryTable()
  const store = createTableStorageProvider({ client: memory, namespace, clock: () => now }) as Store
  for (let from = 1; from <= records; from += BATCH) {
    const numbers = Array.from({ length: BATCH }, (_, index) => from + index)
    await Promise.all(numbers.flatMap((i) => singles(store, i)))
    await bulk(store, numbers)
  }
  const rows = [...memory.rows.values()]
  const transactions = Object.values(Object.groupBy(rows, ({ partitionKey }) => partitionKey))
    .flatMap((partition = []) => chunksOf(partition, ROWS))
    .map((chunk) => chunk.map((row) => ['create', row] as ['create', typeof row]))
  for (const some of chunksOf(transactions, AT_ONCE))
    await Promise.all(some.map(async (actions) => client.submitTransaction(actions)))
  return rows.length
}

function chunksOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  )
}

function singles(store: Store, i: number): Promise<unknown>[] {
  const { workflows, events, commands, steps, state, subscriptions } = store
  const later = 2_000_000_000
  const workflowId = `w${Math.floor(i / 10)}`
  return [
    workflows.create(
      aWorkflow({
        ...{ id: `w${i}`, definitionId: `d${i % 50}`, reference: `r${i}`, createdAt: i },
        ...(i <= 5 && { resourceId: 'rare' }),
        status: i <= 20 ? 'suspended' : 'runnable',
        nextExecution: i <= 50 ? i : later,
      }),
    ),
    events.create({
      ...{ id: `e${i}`, eventName: 'activity', eventTime: i, processed: i > 50 },
      eventKey: i % 4 === 0 ? 'hot' : `k${i}`,
    }),
    commands.schedule({
      ...{ name: 'n', data: String(i), executeAt: i <= 50 ? i : later, workflowId },
    }),
    subscriptions.create({
      ...aSubscription({ id: `s${i}`, workflowId, eventName: 'activity', eventKey: 'hot' }),
      subscribeAsOf: i,
      ...(i !== 50 && { token: 't', workerId: 'w', tokenExpiry: later }),
    }),
    ...(i % 10 === 0
      ? [
          steps.create({
            ...{ workflowId, stepId: 's', executionIndex: i, status: 'running', attempt: 0 },
          }),
          state.set({ workflowId, key: 'k', value: i }),
        ]
      : []),
  ]
}

async function bulk(store: Store, numbers: readonly number[]): Promise<void> {
  const [first = 0] = numbers
  const instanceId = `batch${first}`
  await store.errors.append(
    numbers.map((i) => ({
      ...{ id: `x${i}`, workflowId: `w${Math.floor(i / 10)}`, errorTime: i, message: 'm' },
    })),
  )
  const readyTasks = numbers.map((i) => ({ taskId: `t${i}`, priority: i <= 50 ? 0 : 1 }))
  await store.snapshots.save(aSnapshot({ instanceId, readyTasks }))
  const held = readyTasks.filter((_, index) => index % 20 === 1)
  await Promise.all(
    held.map(({ taskId }) =>
      store.claims.claim({
        ...{ instanceId, workflowId: 'order', taskId, workerId: 'w', ttl: 1_000_000_000 },
      }),
    ),
  )
}
