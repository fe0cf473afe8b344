import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { OraclePool } from '../src/index.ts'
import { driverError } from './shim/internals.ts'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, openServer, type Server } from './support.ts'

// The driver does not send anything twice. Here the server applies a call, its reply does not come through, and the
// caller makes the call again with the same request id.

let server: Server
let store: Store
let lose = 0

/** A pool whose connections break after a call was applied. */
function losing(pool: OraclePool): OraclePool {
  return {
    async getConnection() {
      const connection = await pool.getConnection()
      return {
        async execute(sql, binds, options) {
          const result = await connection.execute(sql, binds, options)
          if (lose === 0 || options['autoCommit'] !== true) return result
          lose -= 1
          throw driverError(500)
        },
        close: async (options) => (options ? connection.close(options) : connection.close()),
      }
    },
  }
}

beforeAll(async () => {
  server = await openServer()
})

afterAll(async () => server[Symbol.asyncDispose]())

beforeEach(() => {
  store = server.open({ pool: losing(server.pool), namespace: randomUUID() })
})

/** Makes the call twice: the reply to the first one is lost. */
async function twice<T>(call: (options: { readonly requestId: string }) => Promise<T>): Promise<T> {
  const options = { requestId: randomUUID() }
  lose = 1
  await expect(call(options)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: true,
    outcome: 'unknown',
  })
  expect(lose).toBe(0)
  return call(options)
}

it('a create is applied once, and succeeds', async () => {
  const workflow = await twice((options) =>
    store.workflows.create({ ...aWorkflow(), id: 'same' }, options),
  )
  expect(workflow.version).toBe(1)
  expect((await store.workflows.list()).items).toEqual([workflow])
})

it('an update is applied once, and succeeds', async () => {
  const workflow = await store.workflows.create(aWorkflow())
  const updated = await twice((options) =>
    store.workflows.update({ ...workflow, status: 'complete' }, options),
  )
  expect(updated).toMatchObject({ version: 2, status: 'complete' })
  expect(await store.workflows.get(workflow.id)).toEqual(updated)
})

it('an update opens its subscriptions once', async () => {
  const workflow = await store.workflows.create(aWorkflow())
  const topic = { eventName: 'e', eventKey: 'k' }
  const subscription = {
    ...topic,
    ...{ workflowId: workflow.id, stepId: 's', executionPointerId: 'p', subscribeAsOf: 0 },
  }
  await twice((options) =>
    store.workflows.update(workflow, { ...options, subscriptions: [subscription] }),
  )
  expect((await store.subscriptions.find({ ...topic, asOf: 1 })).items).toHaveLength(1)
})

it('claimNext takes one task', async () => {
  const readyTasks = ['a', 'b', 'c'].map((taskId) => ({ taskId }))
  await store.snapshots.save(aSnapshot({ readyTasks }))
  const taken = await twice((options) =>
    store.claims.claimNext({ workerId: 'w', ttl: 60_000 }, options),
  )
  expect(taken?.task.taskId).toBe('a')
  expect((await store.claims.findAvailable()).items.map(({ taskId }) => taskId)).toEqual(['b', 'c'])
})

it('a claim and an extension are one each', async () => {
  const { instanceId, workflowId } = await store.snapshots.save(aSnapshot())
  const request = { instanceId, workflowId, taskId: 'task-1', workerId: 'w', ttl: 60_000 }
  const claim = await twice((options) => store.claims.claim(request, options))
  if (claim === null) throw new Error('Not claimed')
  const extended = await twice((options) => store.claims.extend(claim, 90_000, options))
  expect(extended).toMatchObject({ token: claim.token })
})

it('a save is applied once, and succeeds, fenced or not', async () => {
  const first = await twice((options) =>
    store.snapshots.save(aSnapshot({ instanceId: 'i' }), options),
  )
  expect(first.version).toBe(1)
  const { claim } = (await store.claims.claimNext({ workerId: 'w', ttl: null })) ?? {}
  if (!claim) throw new Error('Not claimed')
  const second = await twice((options) => store.snapshots.save(first, { ...options, fence: claim }))
  expect(second.version).toBe(2)
  expect(await store.snapshots.load({ instanceId: 'i', workflowId: 'order' })).toEqual(second)
})

it('errors are appended once', async () => {
  const error = { workflowId: 'w', errorTime: 1, message: 'm' }
  await twice((options) => store.errors.append([error, error], options))
  expect((await store.errors.list({ workflowId: 'w' })).items).toHaveLength(2)
})

it('a delete and a release answer false when they are made again', async () => {
  const { id } = await store.workflows.create(aWorkflow())
  expect(await twice((options) => store.workflows.delete(id, options))).toBe(false)
  expect(await store.workflows.get(id)).toBeNull()
})
