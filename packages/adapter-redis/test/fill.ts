import { Redis } from 'ioredis'
import { createRedisProvider } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow } from './support.ts'

const BATCH = 1000

/**
 * Fills a namespace with this many records of most kinds, of which a few are to be found: what is runnable, due, open
 * or ready stays the same however many are stored. Some of the tasks are held, as those of busy workers are.
 */
export async function fill(
  url: string,
  namespace: string,
  rows: number,
  now: number,
): Promise<void> {
  const client = new Redis(url, { enableAutoPipelining: true })
  const store = createRedisProvider({ client, namespace, clock: () => now }) as Store
  for (let from = 1; from <= rows; from += BATCH) {
    const numbers = Array.from({ length: BATCH }, (_, index) => from + index)
    await Promise.all(numbers.flatMap((i) => singles(store, i)))
    await bulk(store, numbers)
  }
  client.disconnect()
}

function singles(store: Store, i: number): Promise<unknown>[] {
  const { workflows, events, commands } = store
  const later = 2_000_000_000
  return [
    workflows.create(
      aWorkflow({
        ...{ id: `w${i}`, definitionId: `d${i % 50}`, reference: `r${i}`, createdAt: i },
        ...(i <= 5 && { resourceId: 'rare' }),
        status: i <= 20 ? 'suspended' : 'runnable',
        nextExecution: i <= 100 ? i : later,
      }),
    ),
    events.create({
      ...{ id: `e${i}`, eventName: 'activity', eventTime: i, processed: i > 100 },
      eventKey: i % 20 === 0 ? 'hot' : `k${i}`,
    }),
    commands.schedule({
      ...{ name: 'n', data: String(i), executeAt: i <= 100 ? i : later },
      workflowId: `w${Math.floor(i / 10)}`,
    }),
    ...(i % 10 === 0 ? children(store, i) : []),
  ]
}

function children({ steps, state }: Store, i: number): Promise<unknown>[] {
  const workflowId = `w${i / 10}`
  return [
    steps.create({
      ...{ workflowId, stepId: 's', executionIndex: i, status: 'running', attempt: 0 },
    }),
    state.set({ workflowId, key: 'k', value: i }),
  ]
}

async function bulk(store: Store, numbers: readonly number[]): Promise<void> {
  const [first = 0] = numbers
  const id = `batch${first}`
  const batch = await store.workflows.create(aWorkflow({ id, status: 'pending' }))
  const subscriptions = numbers.map((i) => ({
    ...{ id: `s${i}`, workflowId: `w${Math.floor(i / 10)}`, stepId: 's', executionPointerId: 'p' },
    ...{ eventName: 'activity', eventKey: 'hot', subscribeAsOf: i },
    ...(i !== 50 && { token: 't', workerId: 'w', tokenExpiry: 2_000_000_000 }),
  }))
  await store.workflows.update({ ...batch, status: 'pending' }, { subscriptions })
  await store.errors.append(
    numbers.map((i) => ({
      ...{ id: `x${i}`, workflowId: `w${Math.floor(i / 10)}`, errorTime: i, message: 'm' },
    })),
  )
  const readyTasks = numbers.map((i) => ({ taskId: `t${i}`, priority: i <= 100 ? 0 : 1 }))
  await store.snapshots.save(aSnapshot({ instanceId: id, workflowId: 'x', readyTasks }))
  const held = readyTasks.filter((_, index) => index % 20 === 1)
  await Promise.all(
    held.map(({ taskId }) =>
      store.claims.claim({
        ...{ instanceId: id, workflowId: 'x', taskId, workerId: 'w', ttl: 1_000_000_000 },
      }),
    ),
  )
}
