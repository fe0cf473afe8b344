import { randomUUID } from 'node:crypto'
import { connect, createServer, type AddressInfo, type Server as Listener } from 'node:net'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Store } from './store.ts'
import { aSnapshot, aWorkflow, openServer, type Server } from './support.ts'

// ioredis sends a call again when its reply was lost. Here the server applies a call, its reply does not come through,
// and the call arrives a second time.

let server: Server
let listener: Listener
let client: Redis
let store: Store
/** How many replies are swallowed, with the connection. */
let swallow = 0
let swallowed = 0

beforeAll(async () => {
  server = await openServer()
  const { hostname, port } = new URL(server.url)
  listener = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) socket.on('error', () => {})
    near.pipe(far)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    far.on('data', (data) => {
      if (swallow === 0) {
        near.write(data)
        return
      }
      swallow -= 1
      swallowed += 1
      near.destroy()
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => listener.once('listening', resolve))
  const url = new URL(server.url)
  url.port = String((listener.address() as AddressInfo).port)
  await teachScripts(server.open())
  // No questions of its own when it is back, so that the reply that is swallowed is that of the call.
  client = new Redis(url.href, { enableReadyCheck: false, disableClientInfo: true })
  client.on('error', () => {})
})

afterAll(async () => {
  client.disconnect()
  listener.close()
  await server[Symbol.asyncDispose]()
})

beforeEach(async () => {
  store = server.open({ client, namespace: randomUUID() })
  await store.ping()
})

/** A server that knows every script answers a call at once, so that the reply that is lost is the one to the write. */
async function teachScripts({
  workflows,
  snapshots,
  claims,
  errors,
  commands,
}: Store): Promise<void> {
  await workflows.update(await workflows.create(aWorkflow()))
  const { instanceId, workflowId } = await snapshots.save(aSnapshot())
  await claims.claim({ instanceId, workflowId, taskId: 'task-1', workerId: 'w', ttl: 60_000 })
  const claim = { instanceId, workflowId, taskId: 'none', workerId: 'w', token: 1, claimedAt: 1 }
  await claims.extend({ ...claim, expiresAt: null }, 60_000)
  await claims.claimNext({ workerId: 'w', ttl: 60_000 })
  await errors.append([{ workflowId: 'w', errorTime: 1, message: 'm' }])
  await commands.schedule({ name: 'c', data: '', executeAt: 0 })
  await commands.process({ asOf: 1 }, () => {})
}

async function losing<T>(call: () => Promise<T>): Promise<T> {
  swallow = 1
  swallowed = 0
  const answer = await call()
  expect(swallowed).toBe(1)
  return answer
}

it('a create is applied once, and succeeds', async () => {
  const workflow = await losing(() => store.workflows.create(aWorkflow()))
  expect(workflow.version).toBe(1)
  expect((await store.workflows.list()).items).toEqual([workflow])
})

it('an update is applied once, and succeeds', async () => {
  const workflow = await store.workflows.create(aWorkflow())
  const updated = await losing(() => store.workflows.update({ ...workflow, status: 'complete' }))
  expect(updated).toMatchObject({ version: 2, status: 'complete' })
  expect(await store.workflows.get(workflow.id)).toEqual(updated)
})

it('claimNext takes one task', async () => {
  const readyTasks = ['a', 'b', 'c'].map((taskId) => ({ taskId }))
  await store.snapshots.save(aSnapshot({ readyTasks }))
  const taken = await losing(() => store.claims.claimNext({ workerId: 'w', ttl: 60_000 }))
  expect(taken?.task.taskId).toBe('a')
  expect((await store.claims.findAvailable()).items.map(({ taskId }) => taskId)).toEqual(['b', 'c'])
})

it('a claim and an extension are one each', async () => {
  const { instanceId, workflowId } = await store.snapshots.save(aSnapshot())
  const request = { instanceId, workflowId, taskId: 'task-1', workerId: 'w', ttl: 60_000 }
  const claim = await losing(() => store.claims.claim(request))
  if (claim === null) throw new Error('Not claimed')
  const extended = await losing(() => store.claims.extend(claim, 90_000))
  expect(extended).toMatchObject({ token: claim.token })
})

it('a save is applied once, and succeeds', async () => {
  const saved = await losing(() => store.snapshots.save(aSnapshot()))
  expect(saved.version).toBe(1)
  const { instanceId, workflowId } = saved
  expect(await store.snapshots.load({ instanceId, workflowId })).toEqual(saved)
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
