import { randomUUID } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import type { CosmosClient as Driver } from '@azure/cosmos'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { createCosmosProvider, type CosmosClient } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { aWorkflow, openServer, outcomeOf, type Server } from './support.ts'
import { through } from './wire.ts'

let server: Server

beforeAll(async () => {
  server = await openServer()
  await server.make()
})

afterAll(async () => server[Symbol.asyncDispose]())

it('takes a client of the driver as it is', () => {
  expectTypeOf<Driver>().toExtend<CosmosClient>()
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
  })

  it('does not know the key', async () => {
    const url = server.url.replace(/AccountKey=[^;]+/, `AccountKey=${key('wrong')}`)
    const expected = { code: 'UNAVAILABLE', retryable: false, outcome: 'not-applied' }
    expect(await refusedBy(url)).toMatchObject(expected)
  })

  it('is busy', async () => {
    const throttled = Object.assign(new Error('Request rate is large'), {
      ...{ code: 429, retryAfterInMs: 40 },
    })
    const client = through(server.client, () => Promise.reject(throttled))
    const store = server.open({ client })
    for (const call of [store.workflows.create(aWorkflow()), store.workflows.list()]) {
      await expect(call).rejects.toMatchObject({
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
