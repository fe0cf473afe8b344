import { everydayCalls, type Store } from '@holdfast/conformance'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fill } from './fill.ts'
import { counting, openService, tally, type Counting, type Service } from './support.ts'

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

const cases = everydayCalls({
  ...{ asOf: NOW, limit: 10, workflowId: 'w3', updatedId: 'w30', eventId: 'e20' },
  topic: { eventName: 'activity', eventKey: 'hot' },
  snapshotStatus: 'paused',
  lists: {
    'by status': { status: 'suspended' },
    'by reference': { reference: 'r3' },
    'by resource and status': { resourceId: 'rare', status: 'suspended' },
    'by time': { createdTo: 50 },
  },
})

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
