import { randomUUID } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import { Redis, type Cluster } from 'ioredis'
import type OldestRedis from 'ioredis-oldest'
import { createClient, type RedisClusterType } from 'redis'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it, vi } from 'vitest'
import {
  createRedisProvider,
  fromNodeRedis,
  type NodeRedisClient,
  type RedisClient,
} from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { aWorkflow, openServer, outcomeOf, type Server } from './support.ts'

let server: Server

beforeAll(async () => {
  server = await openServer()
})

afterAll(async () => server[Symbol.asyncDispose]())

function urlWith(change: Partial<URL>): string {
  return Object.assign(new URL(server.url), change).href
}

/** A port where nobody listens. */
async function closedPort(): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const port = String((probe.address() as AddressInfo).port)
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** How long each of several runs takes, one after the other. */
async function times(count: number, run: () => Promise<unknown>): Promise<readonly number[]> {
  const found: number[] = []
  for (let n = 0; n < count; n += 1) {
    const start = performance.now()
    await run()
    found.push(performance.now() - start)
  }
  return found
}

it('takes the clients of ioredis as they are, and those of redis through fromNodeRedis', () => {
  expectTypeOf<Redis>().toExtend<RedisClient>()
  expectTypeOf<Cluster>().toExtend<RedisClient>()
  expectTypeOf<OldestRedis.default>().toExtend<RedisClient>()
  expectTypeOf<OldestRedis.Cluster>().toExtend<RedisClient>()
  expectTypeOf<ReturnType<typeof createClient>>().toExtend<NodeRedisClient>()
  expectTypeOf<RedisClusterType>().toExtend<NodeRedisClient>()
})

it('leaves a client that was handed in open', async () => {
  const client = server.openClient()
  const nodeRedis = await createClient({ url: server.url }).connect()
  for (const [handed, ping] of [
    [client, () => client.ping()],
    [fromNodeRedis(nodeRedis), () => nodeRedis.ping()],
  ] as const) {
    const namespace = randomUUID()
    const store = server.open({ client: handed, namespace })
    const { id } = await store.workflows.create(aWorkflow())
    await store[Symbol.asyncDispose]()
    expect(await outcomeOf(store.workflows.get(id))).toBe('CLOSED')
    expect(await ping()).toBe('PONG')
    expect(await server.open({ client: handed, namespace }).workflows.get(id)).not.toBeNull()
  }
  nodeRedis.destroy()
})

it('opens a client of its own at the first call and closes it', async () => {
  const connections = async (): Promise<number> => {
    const list = await server.client.client('LIST')
    return String(list).trim().split('\n').length
  }
  const before = await connections()
  const store = createRedisProvider({ url: server.url, namespace: randomUUID() }) as Store
  expect(await connections()).toBe(before)
  await Promise.all([store.ping(), store.workflows.get('x'), store.workflows.get('y')])
  expect(await connections()).toBe(before + 1)
  await store[Symbol.asyncDispose]()
  await expect.poll(connections).toBe(before)
  await createRedisProvider({ url: server.url })[Symbol.asyncDispose]()
})

it('opens a client of the oldest driver just as well', async () => {
  const load = vi.fn(() => import('ioredis-oldest'))
  vi.doMock('ioredis', load)
  try {
    await using store = createRedisProvider({ url: server.url, namespace: randomUUID() }) as Store
    const workflow = await store.workflows.create(aWorkflow())
    expect(await store.workflows.get(workflow.id)).toEqual(workflow)
    expect(load).toHaveBeenCalledOnce()
  } finally {
    vi.doUnmock('ioredis')
  }
})

it('uses the database that the url names', async () => {
  const namespace = randomUUID()
  const url = urlWith({ pathname: '/3' })
  await using store = createRedisProvider({ url, namespace }) as Store
  const { id } = await store.workflows.create(aWorkflow())
  await server.client.call('CLIENT', 'KILL', 'TYPE', 'normal')
  expect(await store.workflows.get(id)).not.toBeNull()
  expect(await server.open({ namespace }).workflows.get(id)).toBeNull()
})

it('survives that the server ends its connection', async () => {
  await using store = createRedisProvider({ url: server.url, namespace: randomUUID() }) as Store
  await store.ping()
  await server.client.call('CLIENT', 'KILL', 'TYPE', 'normal')
  const workflow = await store.workflows.create(aWorkflow())
  expect(await store.workflows.get(workflow.id)).toEqual(workflow)
})

describe('a server that cannot be used', () => {
  const refusedBy = async (url: string): Promise<unknown> => {
    await using store = createRedisProvider({ url })
    return store.ping().catch((error: unknown) => error)
  }

  it('does not listen', async () => {
    const error = { code: 'UNAVAILABLE', retryable: true, outcome: 'not-applied' }
    const answer = await refusedBy(`redis://127.0.0.1:${await closedPort()}`)
    expect(answer).toMatchObject(error)
    expect(String(answer)).toContain('ECONNREFUSED')
  })

  it('is said to be away soon, however often it is asked', async () => {
    await using store = createRedisProvider({ url: `redis://127.0.0.1:${await closedPort()}` })
    const [first, ...later] = await times(3, () => outcomeOf(store.ping()))
    // The pauses of ioredis itself grow: the second call would wait for ten times as long as the first.
    for (const next of later) expect(next).toBeLessThan(4 * (first ?? 0))
  })

  it.each([
    ['no url', 'localhost'],
    ['another protocol', 'http://127.0.0.1:6379'],
    ['a port that is none', 'redis://127.0.0.1:99999'],
    ['a database that is no number', 'redis://127.0.0.1/first'],
    ['a password with a broken escape', 'redis://:%ff@127.0.0.1'],
  ])('has an address that cannot be read: %s', async (_, url) => {
    expect(await refusedBy(url)).toMatchObject({
      ...{ code: 'UNAVAILABLE', retryable: false, outcome: 'not-applied' },
      message: expect.stringContaining('redis://user:password@host') as string,
    })
  })

  it('lacks the database of the url, and none other is used for it', async () => {
    await using other = await openServer()
    const url = Object.assign(new URL(other.url), { pathname: '/99' }).href
    for (const again of [false, true]) {
      const error = await refusedBy(url)
      expect([again, error]).toMatchObject([again, { code: 'UNAVAILABLE', retryable: false }])
      expect(String(error)).toContain('lacks this database')
    }
    expect(await other.client.dbsize()).toBe(0)
  })

  it('has no address', async () => {
    const error = { code: 'UNAVAILABLE', retryable: true, outcome: 'not-applied' }
    expect(await refusedBy('redis://nowhere.invalid:6379')).toMatchObject(error)
  })

  it('does not know the password', async () => {
    for (const wrong of [{ password: 'wrong' }, { password: '' }, { username: 'nobody' }]) {
      expect(await refusedBy(urlWith(wrong))).toMatchObject({
        ...{ code: 'UNAVAILABLE', retryable: false, outcome: 'not-applied' },
        message: expect.stringContaining('check user and password') as string,
      })
    }
  })

  it('hangs up', async () => {
    const rude = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await new Promise((resolve) => rude.once('listening', resolve))
    const { port } = rude.address() as AddressInfo
    const answer = await refusedBy(`redis://127.0.0.1:${port}`)
    expect(answer).toMatchObject({ code: 'UNAVAILABLE', retryable: true })
    rude.close()
  })

  it('does not listen, by a client that was handed in', async () => {
    const options = { host: '127.0.0.1', port: Number(await closedPort()), maxRetriesPerRequest: 0 }
    const client = new Redis(options)
    client.on('error', () => {})
    const call = server.open({ client }).workflows.create(aWorkflow())
    await expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' })
    client.disconnect()
  })

  it('is gone, by node-redis', async () => {
    const client = createClient({ url: server.url })
    client.on('error', () => {})
    const store = server.open({ client: fromNodeRedis(client) })
    await expect(store.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await client.connect()
    const workflow = await store.workflows.create(aWorkflow())
    expect(await store.workflows.get(workflow.id)).toEqual(workflow)
    client.destroy()
    await expect(store.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})

it('reads from a replica, which refuses writes', async () => {
  await using replica = await openServer()
  const { hostname, port, password } = new URL(server.url)
  const namespace = randomUUID()
  const workflow = await server.open({ namespace }).workflows.create(aWorkflow())
  await server.client.config('SET', 'repl-diskless-sync-delay', '0')
  await replica.client.config('SET', 'masterauth', password)
  await replica.client.replicaof(hostname, Number(port))
  const store = replica.open({ namespace })
  const found = (): Promise<unknown> => store.workflows.get(workflow.id)
  await expect.poll(found, { timeout: 30_000 }).toEqual(workflow)
  for (const call of [() => store.workflows.create(aWorkflow()), () => store.ensureStore()]) {
    await expect(call()).rejects.toMatchObject({
      ...{ code: 'UNAVAILABLE', outcome: 'not-applied' },
      message: expect.stringMatching(/READONLY.*primary/) as string,
    })
  }
})

it('a server without memory refuses writes before they begin', async () => {
  await using full = await openServer()
  const store = full.open()
  const workflow = await store.workflows.create(aWorkflow())
  await full.client.config('SET', 'maxmemory', '1')
  for (const call of [
    () => store.workflows.create(aWorkflow()),
    () => store.workflows.update({ ...workflow, status: 'complete' }),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-applied' })
  }
  expect((await store.workflows.list()).items).toEqual([workflow])
  expect((await store.workflows.getRunnable({ asOf: 1 })).items).toEqual([workflow.id])
  expect(await store.workflows.delete(workflow.id)).toBe(true)
})

it('a script that runs for long makes the others BUSY', async () => {
  await using slow = await openServer()
  await slow.client.config('SET', 'busy-reply-threshold', '50')
  const other = slow.openClient()
  const loop = other.eval('while true do end', 0).catch(() => {})
  const store = slow.open()
  await expect
    .poll(async () =>
      store.ping().then(
        () => 'ok',
        (error: unknown) => error,
      ),
    )
    .toMatchObject({ code: 'BUSY', retryable: true, outcome: 'not-applied' })
  await slow.client.script('KILL')
  await loop
  await store.ping()
})

it('keeps namespaces apart, and prefixes', async () => {
  const prefix = randomUUID()
  const stores = [
    server.open({ prefix, namespace: 'a' }),
    server.open({ prefix, namespace: 'b' }),
    server.open({ prefix: `${prefix}:a`, namespace: 'a' }),
    server.open({ prefix, namespace: 'A' }),
  ]
  for (const store of stores) await store.workflows.create(aWorkflow({ id: 'same' }))
  expect(await stores[0]?.workflows.delete('same')).toBe(true)
  const left = await Promise.all(stores.map((store) => store.workflows.get('same')))
  expect(left.map((workflow) => workflow !== null)).toEqual([false, true, true, true])
})
