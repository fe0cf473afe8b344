import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { fill } from './fill.ts'
import type { ShimDatabase, ShimPool } from './shim/pool.ts'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, openServer, type Server } from './support.ts'

// Each query finds its rows through an index, and reads no more when more is stored. This is so in what stands in for
// Oracle, with the same indexes; how Oracle plans, nobody has seen.

const NOW = 1_000_000_000
const FEW = 1_000
const MANY = 100_000
/** Rows and entries of indexes that a call may read more where more is stored. */
const SLACK = 30

let server: Server
let shim: ShimDatabase
let pool: ShimPool
let stores: readonly Store[]

beforeAll(async () => {
  server = await openServer()
  if (!server.database.shim) return
  shim = server.database.shim
  pool = shim.openPool({ max: 1 })
  stores = await Promise.all(
    [FEW, MANY].map(async (rows) => {
      const namespace: string = randomUUID()
      await fill(shim, server.prefix, namespace, rows)
      return server.open({ pool, namespace, clock: () => NOW })
    }),
  )
})

beforeEach(({ skip }) => skip(!server.database.shim, 'what is read is counted behind the shim'))

afterAll(async () => server[Symbol.asyncDispose]())

const limit = 10
const asOf = NOW
const topic = { eventName: 'activity', eventKey: 'hot' }
const seek = { workerId: 'w', ttl: 1_000 }
const held = { instanceId: 'w4', workflowId: 'x' }
const claim = { ...held, taskId: 't', workerId: 'w', token: 1, claimedAt: 1, expiresAt: null }

const cases: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  'workflows.get': ({ workflows }) => workflows.get('w7'),
  'workflows.getMany': ({ workflows }) => workflows.getMany(['w1', 'w2', 'w3', 'w4']),
  'workflows.getRunnable': ({ workflows }) => workflows.getRunnable({ asOf, limit }),
  'workflows.list': ({ workflows }) => workflows.list({ limit }),
  'workflows.list by status': ({ workflows }) => workflows.list({ status: 'suspended', limit }),
  'workflows.list by definition': ({ workflows }) => workflows.list({ definitionId: 'd3', limit }),
  'workflows.list by reference': ({ workflows }) => workflows.list({ reference: 'r3', limit }),
  'workflows.list by resource': ({ workflows }) => workflows.list({ resourceId: 'rare', limit }),
  'workflows.list by time': ({ workflows }) => workflows.list({ createdTo: 500, limit }),
  'workflows.create': ({ workflows }) => workflows.create(aWorkflow({ nextExecution: null })),
  'workflows.update': ({ workflows }) => workflows.update({ ...aWorkflow(), id: 'w8', version: 1 }),
  'steps.list': ({ steps }) => steps.list({ workflowId: 'w7', limit }),
  'state.getAll': ({ state }) => state.getAll('w7'),
  'events.getRunnable': ({ events }) => events.getRunnable({ asOf, limit }),
  'events.find': ({ events }) => events.find({ ...topic, asOf: 0, limit }),
  'events.markProcessed': ({ events }) => events.markProcessed('e7'),
  'subscriptions.find': ({ subscriptions }) => subscriptions.find({ ...topic, asOf, limit }),
  'subscriptions.findFirstOpen': ({ subscriptions }) =>
    subscriptions.findFirstOpen({ ...topic, asOf }),
  'commands.list': ({ commands }) => commands.list({ limit }),
  'commands.schedule': ({ commands }) =>
    commands.schedule({ name: 'n', data: '', executeAt: NOW * 2 }),
  'commands.process': ({ commands }) => commands.process({ asOf: 10, limit: 1 }, () => {}),
  'snapshots.list': ({ snapshots }) => snapshots.list({ limit }),
  'snapshots.list by status': ({ snapshots }) => snapshots.list({ status: 'paused', limit }),
  'snapshots.save, first': ({ snapshots }) => snapshots.save(aSnapshot({ readyTasks: [] })),
  'snapshots.save, fenced': ({ snapshots }) =>
    snapshots.save(aSnapshot({ ...held, version: 1 }), { fence: claim }),
  'claims.findAvailable': ({ claims }) => claims.findAvailable({ limit }),
  'claims.claimNext': ({ claims }) => claims.claimNext(seek),
  'claims.claim': ({ claims }) => claims.claim({ ...held, taskId: 'none', ...seek }),
  'errors.append': ({ errors }) =>
    errors.append([{ workflowId: 'w7', errorTime: 1, message: 'm' }]),
  'errors.list': ({ errors }) => errors.list({ workflowId: 'w7', limit }),
  'events.purge': ({ events }) => events.purge({ olderThan: 10 }),
  'workflows.purge': ({ workflows }) => workflows.purge({ status: 'failed', olderThan: 1_025 }),
  'workflows.delete': ({ workflows }) => workflows.delete('w7'),
  'snapshots.delete': ({ snapshots }) => snapshots.delete(held),
}

interface Reads {
  /** Rows of tables, one after the other. */
  readonly scanned: number
  /** Entries of indexes. */
  readonly entries: number
}

async function readSoFar(): Promise<Reads> {
  // The only session of the pool tells what it has counted.
  const connection = await pool.getConnection()
  await connection.execute('select pg_stat_force_next_flush() x from dual', {}, {})
  await connection.close()
  const [[scanned, entries] = []] = await shim.admin(
    `select (select sum(seq_tup_read) from pg_stat_user_tables),
      (select sum(idx_tup_read) from pg_stat_user_indexes)`,
  )
  return { scanned: Number(scanned), entries: Number(entries) }
}

async function readBy(call: () => Promise<unknown>): Promise<Reads> {
  const before = await readSoFar()
  await call()
  const after = await readSoFar()
  return { scanned: after.scanned - before.scanned, entries: after.entries - before.entries }
}

it.each(Object.entries(cases))('%s', async (_, call) => {
  const [few, many] = stores
  if (!few || !many) throw new Error('Not filled')
  const small = await readBy(() => call(few))
  const large = await readBy(() => call(many))
  expect([small.scanned, large.scanned]).toEqual([0, 0])
  expect(large.entries).toBeLessThanOrEqual(small.entries + SLACK)
})

it('the last page of many workflows that are due at one instant', async () => {
  const [, many] = stores
  const table = `"${server.prefix}WORKFLOWS"`
  await shim.admin(`update ${table} set next_execution = 7 where status = 'runnable'`)
  await shim.admin(`vacuum (analyze) ${table}`)
  let cursor: string | null | undefined
  for (let page = 0; page < 8; page += 1)
    cursor = (await many?.workflows.getRunnable({ asOf, limit: 1000, cursor: cursor ?? null }))
      ?.cursor
  const { scanned, entries } = await readBy(async () =>
    many?.workflows.getRunnable({ asOf, limit, cursor: cursor ?? null }),
  )
  expect([scanned, entries <= SLACK]).toEqual([0, true])
})

it('claims.claimNext when all of many ready tasks are held', async () => {
  const [, many] = stores
  const table = `"${server.prefix}TASKS"`
  await shim.admin(`update ${table} set held = 1, expires_at = null where ready = 1`)
  await shim.admin(`vacuum (analyze) ${table}`)
  let found: unknown
  const { scanned, entries } = await readBy(
    async () => (found = await many?.claims.claimNext(seek)),
  )
  expect(found).toBeNull()
  expect([scanned, entries <= SLACK]).toEqual([0, true])
})
