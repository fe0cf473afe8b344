import { randomInt, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, openServer, type Server } from './support.ts'

let server: Server
let store: Store
const namespace = randomUUID()
let now = 1_000

beforeAll(async () => {
  server = await openServer()
  store = server.open({ namespace, clock: () => now })
})

afterAll(async () => server[Symbol.asyncDispose]())

async function storedTasks(): Promise<number> {
  const sql = `select from "${server.schema}".tasks where namespace = $1`
  return (await server.pool.query(sql, [namespace])).rowCount ?? 0
}

it('keeps no rows of tasks that are over, and keeps the claims of those that are not', async () => {
  let snapshot = await store.snapshots.save(aSnapshot({ readyTasks: [{ taskId: 't0' }] }))
  let last = 0
  for (let step = 1; step <= 20; step += 1) {
    const next = await store.claims.claimNext({ workerId: 'w', ttl: 100 })
    if (next === null) throw new Error('Not claimed')
    const { claim } = next
    expect(claim.token).toBeGreaterThan(last)
    last = claim.token
    const readyTasks = [{ taskId: `t${step % 3}` }]
    snapshot = await store.snapshots.save({ ...snapshot, readyTasks }, { fence: claim })
    expect(await storedTasks()).toBeLessThanOrEqual(3)
    // Not ready any more, and held still.
    expect(await store.claims.extend(claim, 50)).toEqual({ ...claim, expiresAt: now + 50 })
    snapshot = await store.snapshots.save(snapshot, { fence: claim })
    // Some workers let go, and some forget to.
    if (step % 2 === 0) expect(await store.claims.release(claim)).toBe(true)
    else now += 50
  }
  const { instanceId, workflowId } = snapshot
  expect(await store.snapshots.delete({ instanceId, workflowId })).toBe(true)
  expect(await storedTasks()).toBe(0)
})

it('does not write the row of a task that stays as it was', async () => {
  const readyTasks = [
    { taskId: 'same', input: 'x'.repeat(10_000), tags: ['a'] },
    { taskId: 'other' },
  ]
  const first = await store.snapshots.save(aSnapshot({ readyTasks }))
  const places = async (): Promise<unknown> => {
    const sql = `select task_id, ctid, ready_at from "${server.schema}".tasks where namespace = $1 order by 1`
    return (await server.pool.query(sql, [namespace])).rows
  }
  const before = await places()
  const second = await store.snapshots.save({ ...first, state: 2 })
  expect(await places()).toEqual(before)
  await store.snapshots.save({ ...second, definitionHash: 'hash-2' })
  expect(await places()).not.toEqual(before)
})

it('holds sixteen megabytes, also as the input of a task', async () => {
  const big = 'ü'.repeat(store.capabilities.maxPayloadBytes / 4 - 1_000)
  const readyTasks = [{ taskId: 't', input: big, tags: [], priority: 0 }]
  const { snapshots, claims } = server.open({ namespace: randomUUID() })
  const saved = await snapshots.save(aSnapshot({ state: big, readyTasks }))
  const { instanceId, workflowId } = saved
  // Not `toEqual`: it would print both.
  expect((await snapshots.load({ instanceId, workflowId }))?.state === big).toBe(true)
  const next = await claims.claimNext({ workerId: 'w', ttl: 100 })
  expect(next?.task.input === big).toBe(true)
})

it('finds records by the longest keys', async () => {
  // Three bytes each, and at random, so that no index can compress them.
  const long = (units: number): string =>
    Array.from({ length: units }, () => String.fromCharCode(randomInt(0x4e00, 0x9fff))).join('')
  const { snapshots, claims, subscriptions, events, workflows, state } = server.open({
    namespace: long(63),
  })
  const [instanceId, workflowId, taskId, workerId] = [long(255), long(255), long(255), long(255)]
  const snapshot = aSnapshot({ instanceId, workflowId, readyTasks: [{ taskId }] })
  await snapshots.save(snapshot)
  const requestId = long(255)
  const next = await claims.claimNext({ workerId, ttl: null }, { requestId })
  expect(next?.claim).toMatchObject({ instanceId, workflowId, taskId, workerId })
  expect(await claims.claimNext({ workerId, ttl: null }, { requestId })).toEqual(next)

  const topic = { eventName: long(255), eventKey: long(255) }
  const waiting = { ...topic, workflowId, stepId: 's', executionPointerId: 'p', subscribeAsOf: 0 }
  const { id } = await subscriptions.create({ ...waiting, id: long(255) })
  expect(await subscriptions.setToken(id, { token: long(255), workerId, ttl: 1 })).toBe(true)
  expect((await subscriptions.find({ ...topic, asOf: 0 })).items).toHaveLength(1)
  await events.create({ ...topic, id: long(255), eventTime: 0 })
  expect((await events.find({ ...topic, asOf: 0 })).items).toHaveLength(1)

  const names = { definitionId: long(255), reference: long(255), resourceId: long(255) }
  const workflow = await workflows.create(aWorkflow({ id: long(255), ...names }))
  expect((await workflows.list(names)).items).toEqual([workflow])
  await state.set({ workflowId, key: long(255), value: 1 })
  expect(await state.getAll(workflowId)).toHaveLength(1)
})

it('extends a claim from the time when other writes of it are done', async () => {
  const [late, name, ttl] = [randomUUID(), `holdfast ${randomUUID()}`, 1_000_000]
  const { snapshots, claims } = server.open({
    namespace: late,
    pool: server.openPool({ application_name: name }),
  })
  await snapshots.save(aSnapshot())
  const next = await claims.claimNext({ workerId: 'w', ttl })
  if (next === null) throw new Error('Not claimed')

  const serverTime = async (): Promise<number> => {
    const sql = 'select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now'
    const { rows } = await server.pool.query<{ now: number }>(sql)
    return rows[0]?.now ?? Number.NaN
  }
  const blocker = await server.pool.connect()
  try {
    await blocker.query('begin')
    await blocker.query(
      `update "${server.schema}".tasks set priority = priority where namespace = $1`,
      [late],
    )
    const extended = claims.extend(next.claim, ttl)
    const waits = `select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`
    await expect.poll(async () => (await server.pool.query(waits, [name])).rowCount).toBe(1)
    const seen = await serverTime()
    await expect.poll(serverTime).toBeGreaterThan(seen)
    await blocker.query('commit')
    expect((await extended)?.expiresAt).toBeGreaterThan(seen + ttl)
  } finally {
    await blocker.query('rollback')
    blocker.release()
  }
})
