import { randomUUID } from 'node:crypto'
import { MongoNetworkError } from 'mongodb'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, openServer, outcomeOf, type Server } from './support.ts'
import { replicaSet } from './wrapped.ts'

// The driver sends a write again when its reply was lost, if the server is a member of a replica set, which tells the
// second from the first. What is left is a caller who does not know what became of a call, and makes it again with its
// request id. Here the server applies a write, and its reply does not come through.

let server: Server
let store: Store
let losing = false

beforeAll(async () => {
  server = await openServer()
  await server.open().ensureStore()
})

beforeEach(() => {
  const client = replicaSet(server.client, async (call, send) => {
    const answer = await send()
    const isWrite = !/^(find|findOne|commit)$/.test(call.method) && call.collection !== 'meta'
    if (!losing || !isWrite) return answer
    losing = false
    throw new MongoNetworkError('The reply was lost')
  })
  store = server.open({ client, namespace: randomUUID() })
})

afterAll(async () => server[Symbol.asyncDispose]())

/** Makes a call whose reply is lost, and makes it again. */
async function twice<T>(call: (options: { requestId: string }) => Promise<T>): Promise<T> {
  const options = { requestId: randomUUID() }
  losing = true
  await expect(call(options)).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' })
  expect(losing).toBe(false)
  return call(options)
}

it('a create is applied once, and succeeds', async () => {
  const workflow = await twice((options) => store.workflows.create(aWorkflow({ id: 'w' }), options))
  expect((await store.workflows.list()).items).toEqual([workflow])
})

it('an update is applied once, and succeeds', async () => {
  const workflow = await store.workflows.create(aWorkflow())
  const updated = await twice((options) =>
    store.workflows.update({ ...workflow, status: 'complete' }, options),
  )
  expect(updated).toMatchObject({ version: 2, status: 'complete' })
  expect(await outcomeOf(store.workflows.update(workflow))).toBe('CONFLICT')
})

it('claimNext takes one task', async () => {
  await store.snapshots.save(aSnapshot({ readyTasks: ['a', 'b'].map((taskId) => ({ taskId })) }))
  const taken = await twice((options) =>
    store.claims.claimNext({ workerId: 'w', ttl: 60_000 }, options),
  )
  expect(taken?.task.taskId).toBe('a')
  expect((await store.claims.findAvailable()).items.map(({ taskId }) => taskId)).toEqual(['b'])
})

it('a claim is one, and an extension keeps it', async () => {
  const { instanceId, workflowId } = await store.snapshots.save(aSnapshot())
  const request = { instanceId, workflowId, taskId: 'task-1', workerId: 'w', ttl: 60_000 }
  const claim = await twice((options) => store.claims.claim(request, options))
  if (claim === null) throw new Error('Not claimed')
  const extended = await twice((options) => store.claims.extend(claim, 90_000, options))
  expect(extended).toMatchObject({ token: claim.token })
})

it('a save without tasks is applied once, and succeeds', async () => {
  const first = aSnapshot({ readyTasks: [] })
  const saved = await twice((options) => store.snapshots.save(first, options))
  const next = await twice((options) => store.snapshots.save({ ...saved, state: 2 }, options))
  const { instanceId, workflowId } = saved
  expect(await store.snapshots.load({ instanceId, workflowId })).toEqual(next)
  expect(next.version).toBe(2)
})

it('an error is appended once', async () => {
  const error = { id: 'e', workflowId: 'w', errorTime: 1, message: 'm' }
  await twice((options) => store.errors.append([error], options))
  expect((await store.errors.list({ workflowId: 'w' })).items).toEqual([error])
})
