import { randomUUID } from 'node:crypto'
import { available } from '@holdfast/testbed'
import { Redis } from 'ioredis'
import { createRedisProvider, type RedisClient, type RedisProviderOptions } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'

/** A server for tests. */
export interface Server extends AsyncDisposable {
  readonly url: string
  /** A client of the user who may do everything. */
  readonly client: Redis
  openClient(): Redis
  /** A provider with a namespace of its own, on the client above unless another is given. */
  open(options?: Partial<Omit<RedisProviderOptions, 'url'>>): Store
}

/** @throws when this machine has no Redis */
export async function openServer(): Promise<Server> {
  const engine = await available('redis')
  if (engine.grade === 'none') throw new Error(engine.reason)
  const clients: Redis[] = []
  const openClient = (): Redis => {
    const client = new Redis(engine.url)
    client.on('error', () => {})
    clients.push(client)
    return client
  }
  const client = openClient()
  return {
    url: engine.url,
    client,
    openClient,
    open: ({ client: other, ...options } = {}) =>
      createRedisProvider({
        namespace: randomUUID(),
        ...options,
        client: other ?? client,
      }) as Store,
    async [Symbol.asyncDispose]() {
      for (const opened of clients) opened.disconnect()
      await engine[Symbol.asyncDispose]()
    },
  }
}

/** A client that counts the calls to another one. */
export interface Counting extends RedisClient {
  readonly calls: string[]
}

export function counting(client: RedisClient): Counting {
  const calls: string[] = []
  return {
    calls,
    async evalsha(sha, keys, ...args) {
      calls.push('evalsha')
      return client.evalsha(sha, keys, ...args)
    },
    async eval(script, keys, ...args) {
      calls.push('eval')
      return client.eval(script, keys, ...args)
    },
  }
}

export { aSnapshot, aWorkflow, outcomeOf } from '@holdfast/conformance'
