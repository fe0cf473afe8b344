import { randomUUID } from 'node:crypto'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { MongoClient } from 'mongodb'
import type { MongoClient as OldestClient } from 'mongodb-oldest'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { createMongoProvider, type MongoClient as AnyClient } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { aWorkflow, openServer, outcomeOf, type Server } from './support.ts'
import { wrapped } from './wrapped.ts'

let server: Server

beforeAll(async () => {
  server = await openServer()
})

afterAll(async () => server[Symbol.asyncDispose]())

const SOON = 'serverSelectionTimeoutMS=500'

function ownStore(url: string): Store {
  return createMongoProvider({
    ...{ url, namespace: randomUUID(), database: server.database.databaseName },
  }) as Store
}

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

it('takes the client of mongodb as it is', () => {
  expectTypeOf<MongoClient>().toExtend<AnyClient>()
  expectTypeOf<OldestClient>().toExtend<AnyClient>()
})

it('leaves a client that was handed in open', async () => {
  const namespace = randomUUID()
  const store = server.open({ namespace })
  const { id } = await store.workflows.create(aWorkflow())
  await store[Symbol.asyncDispose]()
  expect(await outcomeOf(store.workflows.get(id))).toBe('CLOSED')
  expect(await server.client.db().command({ ping: 1 })).toMatchObject({ ok: 1 })
  expect(await server.open({ namespace }).workflows.get(id)).not.toBeNull()
})

it('opens a client of its own at the first call and closes it', async () => {
  const store = ownStore(server.url)
  await store.ensureStore()
  const { id } = await store.workflows.create(aWorkflow())
  expect(await store.workflows.get(id)).not.toBeNull()
  await store[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  expect(await outcomeOf(store.ping())).toBe('CLOSED')
})

it('opens a client of the oldest driver just as well', async () => {
  const load = vi.fn(() => import('mongodb-oldest'))
  vi.doMock('mongodb', load)
  try {
    await using store = ownStore(server.url)
    const workflow = await store.workflows.create(aWorkflow())
    expect(await store.workflows.get(workflow.id)).toEqual(workflow)
    expect(load).toHaveBeenCalledOnce()
  } finally {
    vi.doUnmock('mongodb')
  }
})

it('makes no connection when it is not used', async () => {
  const store = ownStore(`mongodb://127.0.0.1:${await closedPort()}/?${SOON}`)
  await store[Symbol.asyncDispose]()
})

it('waits for calls under way before it closes', async () => {
  let release = (): void => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  let finished = false
  const client = wrapped(server.client, async (call, send) => {
    if (call.method === 'insertOne') await held
    const answer = await send()
    if (call.method === 'insertOne') finished = true
    return answer
  })
  const store = server.open({ client })
  const creating = store.workflows.create(aWorkflow())
  const closing = store[Symbol.asyncDispose]()
  expect(await outcomeOf(store.ping())).toBe('CLOSED')
  release()
  await closing
  expect(finished).toBe(true)
  expect((await creating).version).toBe(1)
})

it.each([
  { promoteLongs: false, useBigInt64: false, ignoreUndefined: true, promoteValues: false },
  { raw: true },
])('does not depend on what the client makes of values: %o', async (options) => {
  const client = new MongoClient(server.url, options)
  try {
    const store = server.open({ client })
    const workflow = await store.workflows.create(aWorkflow({ nextExecution: 2 ** 40 }))
    expect(await store.workflows.get(workflow.id)).toEqual(workflow)
  } finally {
    await client.close()
  }
})

describe('a server that is not there', () => {
  it('is UNAVAILABLE, and can be tried again', async () => {
    const store = ownStore(`mongodb://127.0.0.1:${await closedPort()}/?${SOON}`)
    await expect(store.workflows.create(aWorkflow())).rejects.toMatchObject({
      ...{ code: 'UNAVAILABLE', retryable: true, outcome: 'not-applied' },
    })
    await store[Symbol.asyncDispose]()
  })

  it('is asked again by the next call', async () => {
    const port = await closedPort()
    const store = ownStore(
      `mongodb://127.0.0.1:${port}/?directConnection=true&serverSelectionTimeoutMS=2000`,
    )
    expect(await outcomeOf(store.ping())).toBe('UNAVAILABLE')
    const far = new URL(server.url)
    const sockets: Socket[] = []
    const relay = createServer((near) => {
      const socket = connect(Number(far.port), far.hostname)
      for (const each of [near, socket]) each.on('error', () => {})
      near.pipe(socket).pipe(near)
      sockets.push(near, socket)
    }).listen(port, '127.0.0.1')
    await new Promise((resolve) => relay.once('listening', resolve))
    expect(await outcomeOf(store.ping())).toBe('ok')
    await store[Symbol.asyncDispose]()
    for (const socket of sockets) socket.destroy()
    relay.close()
  })

  it('has a name that nobody knows', async () => {
    const store = ownStore(`mongodb://nowhere.invalid/?${SOON}`)
    await expect(store.ping()).rejects.toMatchObject({
      ...{ code: 'UNAVAILABLE', retryable: true, outcome: 'not-applied' },
      message: expect.stringContaining('ENOTFOUND') as string,
    })
    await store[Symbol.asyncDispose]()
  })

  it.each([
    ['another protocol', 'http://127.0.0.1/'],
    ['no host', 'mongodb://'],
    ['a port that is none', 'mongodb://127.0.0.1:99999/'],
    ['an option that is none', 'mongodb://127.0.0.1/?bogus=1'],
    ['a password with a broken escape', 'mongodb://user:%ff@127.0.0.1/'],
  ])('has an address that cannot be read: %s', async (_, url) => {
    const store = ownStore(url)
    await expect(store.ping()).rejects.toMatchObject({
      ...{ code: 'UNAVAILABLE', retryable: false, outcome: 'not-applied' },
      message: expect.stringContaining('mongodb://user:password@host') as string,
    })
    await store[Symbol.asyncDispose]()
  })
})
