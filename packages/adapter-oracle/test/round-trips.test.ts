import { randomUUID } from 'node:crypto'
import { walkthrough } from '@holdfast/conformance'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { OraclePool } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, openServer, type Server } from './support.ts'

// As the thin mode of the driver would count them: the shim behind its front half gives rows, and takes and gives LOBs,
// in the steps that thin mode takes. An Oracle has not been asked.

let server: Server
let trips: string[]
let pool: OraclePool
let store: Store

beforeAll(async () => {
  server = await openServer()
  const { shim } = server.database
  if (!shim) return
  pool = shim.openPool({ onTrip: (sql) => trips.push(sql) })
  trips = []
  store = server.open({ pool, namespace: randomUUID() })
})

beforeEach(({ skip }) => skip(!server.database.shim, 'round trips are counted in the shim'))

afterAll(async () => server[Symbol.asyncDispose]())

async function tripsOf(call: () => unknown): Promise<number> {
  trips = []
  await call()
  return trips.length
}

/**
 * What takes more than one. Rows that hold LOBs never come with the first answer; some calls look at what they met; and
 * the handlers of `process` run between taking a command and settling it.
 */
const TRIPS: Readonly<Record<string, number>> = {
  'ensureStore of a store that is there': 2,
  'workflows.create that conflicts': 2,
  'workflows.update that is repeated': 2,
  'commands.process of a handler that fails': 2,
  'commands.process': 2,
  'workflows.getMany': 2,
  'workflows.list': 2,
  'steps.list': 2,
  'state.getAll': 2,
  'events.find': 2,
  'subscriptions.find': 2,
  'subscriptions.findFirstOpen': 2,
  'commands.list': 2,
  'snapshots.list': 2,
  'claims.findAvailable': 2,
  'errors.list': 2,
}

it('a call is one round trip, or two when rows with bodies come back', async () => {
  const seen = new Set<string>()
  for (const { name, run } of walkthrough(store)) {
    seen.add(name)
    expect([name, await tripsOf(run), trips]).toEqual([name, TRIPS[name] ?? 1, trips])
  }
  expect([...seen]).toEqual(expect.arrayContaining(Object.keys(TRIPS)))
})

it('a page of any size comes in one answer', async () => {
  await Promise.all(Array.from({ length: 30 }, () => store.workflows.create(aWorkflow())))
  for (const limit of [1, 10, 29, 30, 31, 1000])
    expect(await tripsOf(() => store.workflows.getRunnable({ asOf: 1, limit }))).toBe(1)
  expect(await tripsOf(() => store.workflows.list({ limit: 1000 }))).toBe(2)
})

// Above 32,767 bytes a text is first written to a LOB, which is three round trips; above 10,000 characters it comes back
// as one, which is one more.
it.each([
  [1_000, 1, 1],
  [9_000, 1, 1],
  [30_000, 1, 2],
  [40_000, 4, 2],
])('a state of %i characters is saved in %i, and loaded in %i', async (length, saves, loads) => {
  const snapshot = aSnapshot({ state: 'x'.repeat(length), readyTasks: [] })
  const { instanceId, workflowId } = snapshot
  expect(await tripsOf(() => store.snapshots.save(snapshot))).toBe(saves)
  let loaded: unknown
  const load = async (): Promise<unknown> =>
    (loaded = await store.snapshots.load({ instanceId, workflowId }))
  expect(await tripsOf(load)).toBe(loads)
  expect(loaded).toMatchObject({ state: snapshot.state })
})

it('a claim takes one, whatever the size of the snapshot', async () => {
  const saved = await store.snapshots.save(aSnapshot({ state: 'x'.repeat(100_000) }))
  const seek = { workerId: 'w', ttl: 1_000 }
  let claimed = await store.claims.claimNext(seek)
  while (claimed && claimed.claim.instanceId !== saved.instanceId)
    claimed = await store.claims.claimNext(seek)
  if (!claimed) throw new Error('Not claimed')
  const { claim } = claimed
  expect(await tripsOf(() => store.claims.extend(claim, 2_000))).toBe(1)
  expect(await tripsOf(() => store.claims.release(claim))).toBe(1)
  expect(await tripsOf(() => store.claims.claimNext(seek))).toBe(1)
})

it('gives every connection back, also when a call fails', async () => {
  const { shim } = server.database
  const one = shim?.openPool({ max: 1 })
  if (!one) throw new Error('No shim')
  const narrow = server.open({ pool: one, namespace: randomUUID() })
  const workflow = aWorkflow({ id: 'same' })
  const created = await narrow.workflows.create(workflow)
  for (let round = 0; round < 3; round += 1)
    await expect(narrow.workflows.create(workflow)).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(await narrow.workflows.get('same')).toEqual(created)
})
