import { randomUUID } from 'node:crypto'
import { connect, createServer, type AddressInfo, type Server as Listener } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Store } from '@holdfast/conformance'
import {
  aSnapshot,
  aSubscription,
  aWorkflow,
  addressOf,
  at,
  openClient,
  openService,
  type Service,
} from './support.ts'

// The driver sends a request again when its reply was lost. Here the service applies a transaction, its reply does not
// come through, and the transaction arrives a second time, which conflicts with the first.

let service: Service
let listener: Listener
let store: Store
/** Swallows the reply to the next transaction, with the connection. */
let swallowing = false
let swallowed = 0

beforeAll(async () => {
  service = await openService()
  const { hostname, port } = addressOf(service.url)
  listener = createServer((near) => {
    const far = connect(Number(port), hostname)
    let isWrite = false
    for (const socket of [near, far]) socket.on('error', () => {})
    near.on('data', (data) => {
      if (/^POST \S*\$batch/.test(data.toString('latin1'))) isWrite = true
      far.write(data)
    })
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    far.on('data', (data) => {
      if (!swallowing || !isWrite) {
        near.write(data)
        return
      }
      swallowing = false
      swallowed += 1
      near.destroy()
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => listener.once('listening', resolve))
})

afterAll(async () => {
  listener.close()
  await service[Symbol.asyncDispose]()
})

beforeEach(async () => {
  const { port } = listener.address() as AddressInfo
  const { tableName } = await service.openTable()
  const client = openClient(at(service.url, `127.0.0.1:${port}`), tableName, {
    retryOptions: { retryDelayInMs: 1 },
  })
  store = service.open(client, { namespace: randomUUID() })
})

async function losing<T>(call: () => Promise<T>): Promise<T> {
  swallowing = true
  swallowed = 0
  const answer = await call()
  expect(swallowed).toBe(1)
  return answer
}

it('a create is applied once, and succeeds', async () => {
  const workflow = await losing(() => store.workflows.create(aWorkflow()))
  expect(workflow.version).toBe(1)
  expect(await store.workflows.get(workflow.id)).toEqual(workflow)
})

it('an update is applied once, with its subscriptions, and succeeds', async () => {
  const workflow = await store.workflows.create(aWorkflow())
  const subscriptions = [aSubscription(), aSubscription()]
  const updated = await losing(() => store.workflows.update(workflow, { subscriptions }))
  expect(updated.version).toBe(2)
  const topic = { eventName: 'paid', eventKey: 'order-1', asOf: 0 }
  expect((await store.subscriptions.find(topic)).items).toHaveLength(2)
})

it('an update in many transactions is applied once', async () => {
  const workflow = await store.workflows.create(aWorkflow())
  const subscriptions = Array.from({ length: 60 }, () => aSubscription())
  const updated = await losing(() => store.workflows.update(workflow, { subscriptions }))
  expect(updated.version).toBe(2)
  const topic = { eventName: 'paid', eventKey: 'order-1', asOf: 0, limit: 1000 }
  expect((await store.subscriptions.find(topic)).items).toHaveLength(60)
})

it('steps, events and subscriptions are made once', async () => {
  const step = { workflowId: 'w', stepId: 's', executionIndex: 0, status: 'pending', attempt: 0 }
  const made = await losing(() => store.steps.create({ ...step, status: 'pending' }))
  expect(made.version).toBe(1)
  expect((await losing(() => store.steps.update({ ...made }))).version).toBe(2)
  await losing(() => store.subscriptions.create(aSubscription()))
  const topic = { eventName: 'n', eventKey: 'k' }
  await losing(() => store.events.create({ ...topic, eventTime: 0 }))
  expect((await store.events.find({ ...topic, asOf: 0 })).items).toHaveLength(1)
})

it('a claim is got once, by whoever claimed it', async () => {
  const { instanceId, workflowId } = await losing(() => store.snapshots.save(aSnapshot()))
  const request = { instanceId, workflowId, taskId: 'task-1', workerId: 'w', ttl: 60_000 }
  const claim = await losing(() => store.claims.claim(request))
  expect(claim).toMatchObject({ workerId: 'w', token: 1 })
  const extended = claim && (await losing(() => store.claims.extend(claim, 60_000)))
  expect(extended).toMatchObject({ token: 1 })
  expect(extended && (await store.claims.release(extended))).toBe(true)
})

it('claimNext takes one task', async () => {
  const readyTasks = [{ taskId: 'a' }, { taskId: 'b' }]
  await store.snapshots.save(aSnapshot({ readyTasks }))
  const next = await losing(() => store.claims.claimNext({ workerId: 'w', ttl: null }))
  expect(next?.task.taskId).toBe('a')
  expect((await store.claims.findAvailable()).items.map(({ taskId }) => taskId)).toEqual(['b'])
})

it('a fenced save is applied once', async () => {
  const saved = await store.snapshots.save(aSnapshot())
  const fence = (await store.claims.claimNext({ workerId: 'w', ttl: null }))?.claim
  const next = await losing(() => store.snapshots.save(saved, fence ? { fence } : {}))
  expect(next.version).toBe(2)
})

it('a token is set, and cleared', async () => {
  const { id } = await store.subscriptions.create(aSubscription())
  const request = { token: 't', workerId: 'w', ttl: null }
  expect(await losing(() => store.subscriptions.setToken(id, request))).toBe(true)
  expect(await store.subscriptions.get(id)).toMatchObject({ token: 't' })
})

it('errors are appended once', async () => {
  const error = { workflowId: 'w', errorTime: 1, message: 'm' }
  await losing(() => store.errors.append([error, error]))
  expect((await store.errors.list({ workflowId: 'w' })).items).toHaveLength(2)
})

it('a processor handles a command once', async () => {
  for (const name of ['a', 'b']) await store.commands.schedule({ name, data: '', executeAt: 0 })
  const handled: string[] = []
  const report = await losing(() =>
    store.commands.process({ asOf: 1 }, ({ name }) => handled.push(name)),
  )
  expect(report).toEqual({ processed: 2, failures: [] })
  expect(handled.toSorted()).toEqual(['a', 'b'])
})
