import { randomUUID } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import type { CosmosClient as Driver } from '@azure/cosmos'
import type { WorkflowChange } from '@holdfast/spec'
import type { CosmosClient as OldestDriver } from 'cosmos-oldest'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { createCosmosProvider, type CosmosClient } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { openDoor } from './door.ts'
import { aWorkflow, openServer, outcomeOf, type Server } from './support.ts'
import { openOldestClient } from './target.ts'
import { through } from './wire.ts'

let server: Server

beforeAll(async () => {
  server = await openServer()
  await server.make()
})

afterAll(async () => server[Symbol.asyncDispose]())

it('takes a client of the driver as it is', () => {
  expectTypeOf<Driver>().toExtend<CosmosClient>()
  expectTypeOf<OldestDriver>().toExtend<CosmosClient>()
})

it('leaves a client that was handed in open', async () => {
  const namespace = randomUUID()
  const store = await server.make({ namespace })
  const { id } = await store.workflows.create(aWorkflow())
  await store[Symbol.asyncDispose]()
  expect(await outcomeOf(store.workflows.get(id))).toBe('CLOSED')
  expect(await server.open({ namespace }).workflows.get(id)).not.toBeNull()
})

it('opens a client of its own, and disposes of it', async () => {
  const { url: connectionString, database } = server
  const store = createCosmosProvider({ connectionString, database }) as Store
  await store.ensureStore()
  const { id } = await store.workflows.create(aWorkflow())
  expect(await store.workflows.get(id)).not.toBeNull()
  await store[Symbol.asyncDispose]()
  expect(await outcomeOf(store.ping())).toBe('CLOSED')
  // Without a call there is nothing to dispose of.
  await createCosmosProvider({ connectionString })[Symbol.asyncDispose]()
})

it('disposal waits for what is under way', async () => {
  let open = (): void => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const client = through(server.client, async ({ method }, send) => {
    if (method === 'create') await gate
    return send()
  })
  const namespace = randomUUID()
  await server.make({ namespace })
  const store = server.open({ client, namespace })
  const created = store.workflows.create(aWorkflow())
  let isDisposed = false
  const disposed = store[Symbol.asyncDispose]().then(() => {
    isDisposed = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(isDisposed).toBe(false)
  open()
  expect((await created).version).toBe(1)
  await disposed
})

/** A batch. */
function updateOf(store: Store, workflow: WorkflowChange): Promise<unknown> {
  const waiting = { stepId: 's', executionPointerId: 'p', eventName: 'n', eventKey: 'k' }
  const subscriptions = [{ ...waiting, workflowId: workflow.id, subscribeAsOf: 0 }]
  return store.workflows.update(workflow, { subscriptions })
}

describe('an account that cannot be used', () => {
  const refusedBy = async (connectionString: string): Promise<unknown> => {
    await using store = createCosmosProvider({ connectionString })
    return store.ping().catch((error: unknown) => error)
  }
  const key = (text: string): string => Buffer.from(text).toString('base64')

  it('does not listen', async () => {
    const probe = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => probe.once('listening', resolve))
    const { port } = probe.address() as AddressInfo
    await new Promise((resolve) => probe.close(resolve))
    const url = `AccountEndpoint=http://127.0.0.1:${port}/;AccountKey=${key('x')};`
    const error = await refusedBy(url)
    const expected = { code: 'UNAVAILABLE', retryable: true, outcome: 'not-applied' }
    expect(error).toMatchObject(expected)
    expect(String(error)).toContain('check the address')
  })

  it('has a name that nobody knows', async () => {
    const url = `AccountEndpoint=https://nobody.invalid/;AccountKey=${key('x')};`
    const client = server.openClient(url)
    const error: unknown = await server
      .open({ client })
      .ping()
      .catch((thrown: unknown) => thrown)
    const expected = { code: 'UNAVAILABLE', retryable: true, outcome: 'not-applied' }
    expect(error).toMatchObject(expected)
    expect(String(error)).toContain('name of the account')
  })

  it('does not know the key', async () => {
    const url = server.url.replace(/AccountKey=[^;]+/, `AccountKey=${key('wrong')}`)
    const expected = { code: 'UNAVAILABLE', retryable: false, outcome: 'not-applied' }
    const error = await refusedBy(url)
    expect(error).toMatchObject(expected)
    expect(String(error)).toContain('check the key')
  })

  it.each(['', 'nonsense', 'AccountEndpoint=nonsense;AccountKey=eA==;', 'AccountKey=eA==;'])(
    'has the connection string %j',
    async (url) => {
      const expected = { code: 'UNAVAILABLE', retryable: false, outcome: 'not-applied' }
      const error = await refusedBy(url)
      expect(error).toMatchObject(expected)
      expect(String(error)).toContain('AccountEndpoint=')
    },
  )

  it.each([200, 404, 502])('is not the service: a page comes with %i', async (status) => {
    const page = { status, headers: { 'content-type': 'text/html' }, body: '<html>' }
    await using door = await openDoor(server.url, () => page)
    const store = server.open({ client: server.openClient(door.url) })
    for (const call of [
      () => store.ping(),
      () => store.ensureStore(),
      () => store.workflows.get('w'),
      () => store.workflows.list(),
      () => store.workflows.create(aWorkflow()),
      () => updateOf(store, { ...aWorkflow(), id: 'w', version: 1 }),
      () => store.workflows.delete('w'),
    ]) {
      const message = expect.stringContaining('check the address') as string
      await expect(call()).rejects.toMatchObject({ code: 'UNAVAILABLE', message })
    }
  })

  it('fails, and the oldest driver does not say why a batch did', async () => {
    await using door = await openDoor(server.url, () => ({
      ...{ status: 500, headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ code: 'InternalServerError', message: 'Failed' }),
    }))
    const client = openOldestClient(door.url)
    const store = server.open({ client })
    const workflow = { ...aWorkflow(), id: 'w', version: 1 }
    const calls = [() => store.workflows.update(workflow), () => updateOf(store, workflow)]
    for (const call of calls) {
      const error = { code: 'UNAVAILABLE', retryable: true, outcome: 'unknown' }
      await expect(call()).rejects.toMatchObject(error)
    }
    client.dispose()
  })

  // What the service says of a write, as the driver tells it.
  it.each([
    ['a key that only reads', 403, 0, 'UNAVAILABLE', false, 'not-applied', 'may write'],
    ['a region that only reads', 403, 3, 'UNAVAILABLE', true, 'not-applied', 'takes no writes'],
    ['another region', 403, 1008, 'UNAVAILABLE', true, 'not-applied', 'address of the account'],
    ['a full partition', 403, 1014, 'UNAVAILABLE', false, 'not-applied', 'purge'],
    ['an identity', 403, 5300, 'UNAVAILABLE', false, 'not-applied', 'containerDefinition'],
    ['no account', 404, 0, 'UNAVAILABLE', false, 'not-applied', 'check the address'],
    ['a container that is gone', 404, 1003, 'UNAVAILABLE', false, 'not-applied', 'ensureStore'],
    ['a slow service', 408, 0, 'UNAVAILABLE', true, 'unknown', 'in time'],
    ['a partition that moves', 410, 1002, 'UNAVAILABLE', true, 'not-applied', 'try again'],
    ['a large request', 413, 0, 'TOO_LARGE', false, 'not-applied', '2 MB'],
    ['too many requests', 429, 3200, 'BUSY', true, 'not-applied', 'try again in 1 ms'],
    ['writes at once', 449, 0, 'BUSY', true, 'not-applied', 'try again'],
    ['a failure', 500, 0, 'UNAVAILABLE', true, 'unknown', 'failed'],
    ['an outage', 503, 0, 'UNAVAILABLE', true, 'unknown', 'away'],
  ])('has %s: %i/%i', async (_, status, substatus, code, retryable, outcome, advice) => {
    const namespace = randomUUID()
    const open = await server.make({ namespace })
    const workflow = await open.workflows.create(aWorkflow())
    const headers = { 'x-ms-substatus': String(substatus), 'x-ms-retry-after-ms': '1' }
    const body = JSON.stringify({ code: 'Refused', message: 'Refused by the door' })
    await using door = await openDoor(server.url, (kind, forward) =>
      kind === 'write' ? { status, headers, body } : forward(),
    )
    const client = server.openClient(door.url)
    const store = server.open({ client, namespace })
    expect(await store.workflows.get(workflow.id)).toEqual(workflow)
    for (const call of [
      () => store.workflows.create(aWorkflow()),
      () => updateOf(store, workflow),
      () => store.state.set({ workflowId: workflow.id, key: 'k', value: 1 }),
    ]) {
      const message = expect.stringContaining(advice) as string
      await expect(call()).rejects.toMatchObject({ code, retryable, outcome, message })
    }
  })

  it('is busy', async () => {
    const throttled = Object.assign(new Error('Request rate is large'), {
      ...{ code: 429, retryAfterInMs: 40 },
    })
    const client = through(server.client, () => Promise.reject(throttled))
    const store = server.open({ client })
    for (const call of [() => store.workflows.create(aWorkflow()), () => store.workflows.list()]) {
      await expect(call()).rejects.toMatchObject({
        ...{ code: 'BUSY', retryable: true, outcome: 'not-applied', cause: throttled },
        message: expect.stringContaining('40 ms') as string,
      })
    }
  })
})

it('keeps namespaces apart, and containers', async () => {
  const stores = [
    await server.make({ namespace: 'a' }),
    await server.make({ namespace: 'A' }),
    await server.make({ namespace: 'a events' }),
    await server.make({ namespace: 'a', container: 'other' }),
  ]
  for (const store of stores) await store.workflows.create(aWorkflow({ id: 'same' }))
  expect(await stores[0]?.workflows.delete('same')).toBe(true)
  const left = await Promise.all(stores.map((store) => store.workflows.get('same')))
  expect(left.map((workflow) => workflow !== null)).toEqual([false, true, true, true])
  await stores[0]?.events.create({ id: 'e', eventName: 'n', eventKey: 'k', eventTime: 0 })
  expect(await stores[2]?.events.get('e')).toBeNull()
})
