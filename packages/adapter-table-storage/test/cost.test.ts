import { afterAll, beforeAll, expect, it } from 'vitest'
import { fill } from './fill.ts'
import type { Store } from '@holdfast/conformance'
import {
  aSnapshot,
  aSubscription,
  aWorkflow,
  counting,
  openService,
  tally,
  type Counting,
  type Service,
} from './support.ts'

// What workers ask all day takes the same requests, and reads the same rows, when more is stored. The emulator looks at
// every row of a table to answer a query, so that what it takes is not looked at here.

const NOW = 1_000_000_000
/** Records of each kind: a thousand rows, and a hundred thousand. */
const FEW = 50
const MANY = 5_000

interface Filled {
  readonly client: Counting
  readonly store: Store
  readonly rows: number
}

let service: Service
const filled = new Map<number, Filled>()

beforeAll(async () => {
  service = await openService()
  for (const records of [FEW, MANY]) {
    const table = await service.openTable()
    const namespace = 'full'
    const rows = await fill(table, namespace, records, NOW)
    const client = counting(table)
    const store = service.open(client, { namespace, clock: () => NOW })
    filled.set(records, { client, store, rows })
  }
}, 300_000)

afterAll(async () => service[Symbol.asyncDispose]())

const limit = 10
const asOf = NOW
const topic = { eventName: 'activity', eventKey: 'hot' }
const seek = { workerId: 'v', ttl: 1_000 }

const cases: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  'workflows.get': ({ workflows }) => workflows.get('w7'),
  'workflows.getRunnable': ({ workflows }) => workflows.getRunnable({ asOf, limit }),
  'workflows.list': ({ workflows }) => workflows.list({ limit }),
  'workflows.list by status': ({ workflows }) => workflows.list({ status: 'suspended', limit }),
  'workflows.list by reference': ({ workflows }) => workflows.list({ reference: 'r3', limit }),
  'workflows.list by resource and status': ({ workflows }) =>
    workflows.list({ resourceId: 'rare', status: 'suspended', limit }),
  'workflows.list by time': ({ workflows }) => workflows.list({ createdTo: 50, limit }),
  'workflows.purge': ({ workflows }) => workflows.purge({ status: 'failed', olderThan: 10 }),
  'workflows.create and delete': async ({ workflows }) =>
    workflows.delete((await workflows.create(aWorkflow())).id),
  'workflows.update': async ({ workflows }) => {
    const workflow = await workflows.get('w30')
    if (workflow) await workflows.update(workflow)
  },
  'steps.list': ({ steps }) => steps.list({ workflowId: 'w3', limit }),
  'state.getAll': ({ state }) => state.getAll('w3'),
  'events.getRunnable': ({ events }) => events.getRunnable({ asOf, limit }),
  'events.find': ({ events }) => events.find({ ...topic, asOf: 0, limit }),
  'events.mark': async ({ events }) => {
    await events.markProcessed('e20')
    await events.markUnprocessed('e20')
  },
  'events.purge': ({ events }) => events.purge({ olderThan: 10 }),
  'subscriptions.find': ({ subscriptions }) => subscriptions.find({ ...topic, asOf, limit }),
  'subscriptions.findFirstOpen': ({ subscriptions }) =>
    subscriptions.findFirstOpen({ ...topic, asOf }),
  'subscriptions.create, setToken, terminate': async ({ subscriptions }) => {
    const { id } = await subscriptions.create(aSubscription(topic))
    await subscriptions.setToken(id, { token: 't', ...seek })
    await subscriptions.terminate(id)
  },
  'commands.schedule and process': async ({ commands }) => {
    await commands.schedule({ name: 'now', data: '', executeAt: 0 })
    await commands.process({ asOf: 0, limit: 1 }, () => {})
  },
  'commands.list': ({ commands }) => commands.list({ limit }),
  'snapshots.save, load, delete': async ({ snapshots }) => {
    const { instanceId, workflowId } = await snapshots.save(aSnapshot())
    await snapshots.load({ instanceId, workflowId })
    await snapshots.delete({ instanceId, workflowId })
  },
  'snapshots.list': ({ snapshots }) => snapshots.list({ status: 'paused', limit }),
  'claims.findAvailable': ({ claims }) => claims.findAvailable({ limit }),
  'claims.claimNext, extend, release': async ({ claims }) => {
    const next = await claims.claimNext(seek)
    const extended = next && (await claims.extend(next.claim, 1_000))
    if (extended) await claims.release(extended)
  },
  'errors.list': ({ errors }) => errors.list({ workflowId: 'w3', limit }),
}

/** The requests of a call, and the rows that they answer. */
async function costOf(
  call: (store: Store) => Promise<unknown>,
  { client, store }: Filled,
): Promise<unknown> {
  await call(store)
  client.calls.length = 0
  client.rows.count = 0
  await call(store)
  return [tally(client), client.rows.count]
}

it('a hundred times as many rows are stored', () => {
  const [few = 0, many = 0] = [...filled.values()].map(({ rows }) => rows)
  expect(few).toBeGreaterThan(1_000)
  expect(many).toBeGreaterThan(95 * few)
})

it.each(Object.entries(cases))('%s', async (_, call) => {
  const [few, many] = await Promise.all(
    [FEW, MANY].map(async (records) => costOf(call, filled.get(records) as Filled)),
  )
  expect(many).toEqual(few)
})
