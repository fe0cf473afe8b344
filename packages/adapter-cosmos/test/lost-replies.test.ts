import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, openServer, outcomeOf, type Server } from './support.ts'
import { through } from './wire.ts'

// The service applies a write, and its reply does not come through. The driver sends some requests again then; here it
// sends every write again, and in another test none.

const WRITES = new Set(['create', 'upsert', 'replace', 'patch', 'delete', 'batch'])

let server: Server
let store: Store
/** What becomes of the first write: it is made twice, or its reply is lost. */
let fault: 'again' | 'lost' | null = null

beforeAll(async () => {
  server = await openServer()
})

afterAll(async () => server[Symbol.asyncDispose]())

beforeEach(async () => {
  fault = null
  const client = through(server.client, async ({ method }, send) => {
    if (fault === null || !WRITES.has(method)) return send()
    const now = fault
    fault = null
    const answer = await send().catch((error: unknown) => error)
    if (now === 'again') return send()
    if (answer instanceof Error) throw answer
    throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })
  })
  store = await server.make({ client })
})

async function again<T>(call: () => Promise<T>): Promise<T> {
  fault = 'again'
  const answer = await call()
  expect(fault).toBeNull()
  return answer
}

it('a create is applied once, and succeeds', async () => {
  const workflow = await again(() => store.workflows.create(aWorkflow()))
  expect(workflow.version).toBe(1)
  expect((await store.workflows.list()).items).toEqual([workflow])
})

it('an update is applied once, and opens its subscriptions once', async () => {
  const workflow = await store.workflows.create(aWorkflow())
  const updated = await again(() => store.workflows.update({ ...workflow, status: 'complete' }))
  expect(updated).toMatchObject({ version: 2, status: 'complete' })
  const waiting = { stepId: 's', executionPointerId: 'p', eventName: 'n', eventKey: 'k' }
  const subscriptions = [{ ...waiting, workflowId: workflow.id, subscribeAsOf: 0 }]
  const opened = await again(() => store.workflows.update(updated, { subscriptions }))
  expect(opened.version).toBe(3)
  expect(await store.workflows.get(workflow.id)).toEqual(opened)
  const topic = { eventName: 'n', eventKey: 'k', asOf: 0 }
  expect((await store.subscriptions.find(topic)).items).toHaveLength(1)
})

it('a step, an event and a subscription are made once', async () => {
  const step = { workflowId: 'w', stepId: 's', executionIndex: 0, status: 'pending', attempt: 0 }
  const created = await again(() => store.steps.create({ ...step, status: 'pending' }))
  const updated = await again(() => store.steps.update({ ...created, attempt: 1 }))
  expect(updated.version).toBe(2)
  const topic = { eventName: 'n', eventKey: 'k' }
  await again(() => store.events.create({ id: 'e', ...topic, eventTime: 0 }))
  expect((await store.events.find({ ...topic, asOf: 0 })).items).toHaveLength(1)
  const waiting = { workflowId: 'w', stepId: 's', executionPointerId: 'p', subscribeAsOf: 0 }
  const { id } = await again(() => store.subscriptions.create({ ...topic, ...waiting }))
  const hold = { token: 't', workerId: 'v', ttl: 60_000 }
  expect(await again(() => store.subscriptions.setToken(id, hold))).toBe(true)
})

it('claims, extensions and saves are one each', async () => {
  const readyTasks = ['a', 'b', 'c'].map((taskId) => ({ taskId }))
  const saved = await again(() => store.snapshots.save(aSnapshot({ readyTasks })))
  expect(saved.version).toBe(1)
  expect((await again(() => store.snapshots.save(saved))).version).toBe(2)
  const { instanceId, workflowId } = saved
  const task = { instanceId, workflowId, taskId: 'a', workerId: 'v', ttl: 60_000 }
  const claim = await again(() => store.claims.claim(task))
  if (claim === null) throw new Error('Not claimed')
  expect(await again(() => store.claims.extend(claim, 90_000))).toMatchObject({
    token: claim.token,
  })
  // The patch of the first candidate is refused the second time, as it is held: a request that is made again finds it.
  const request = { workerId: 'v', ttl: 60_000 }
  fault = 'lost'
  const requestId = 'mine'
  expect(await outcomeOf(store.claims.claimNext(request, { requestId }))).toBe('UNAVAILABLE')
  const next = await store.claims.claimNext(request, { requestId })
  expect(next?.task.taskId).toBe('b')
  expect((await store.claims.findAvailable()).items.map(({ taskId }) => taskId)).toEqual(['c'])
})

it('errors are appended once, and a command is scheduled and handled once', async () => {
  const error = { workflowId: 'w', errorTime: 1, message: 'm' }
  await again(() => store.errors.append([error, error]))
  const options = { requestId: 'mine' }
  const named = [{ ...error, id: 'x' }]
  await again(() => store.errors.append(named, options))
  await store.errors.append(named, options)
  expect((await store.errors.list({ workflowId: 'w' })).items).toHaveLength(3)
  const command = { name: 'c', data: '', executeAt: 0 }
  await again(() => store.commands.schedule(command))
  const handled: string[] = []
  const report = await again(() =>
    store.commands.process({ asOf: 1 }, ({ name }) => handled.push(name)),
  )
  expect([report, handled]).toEqual([{ processed: 1, failures: [] }, ['c']])
})

it('a reply that is lost leaves the outcome unknown, and the same request gives the answer', async () => {
  const options = { requestId: 'mine' }
  const workflow = aWorkflow()
  fault = 'lost'
  await expect(store.workflows.create(workflow, options)).rejects.toMatchObject({
    ...{ code: 'UNAVAILABLE', retryable: true, outcome: 'unknown' },
  })
  expect((await store.workflows.create(workflow, options)).version).toBe(1)
  fault = 'lost'
  const snapshot = aSnapshot()
  expect(await outcomeOf(store.snapshots.save(snapshot, options))).toBe('UNAVAILABLE')
  expect((await store.snapshots.save(snapshot, options)).version).toBe(1)
})
