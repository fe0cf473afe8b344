import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { hashTag } from '../src/options.ts'
import { aWorkflow, openServer, type Server } from './support.ts'

let server: Server

beforeAll(async () => {
  server = await openServer()
})

afterEach(async () => {
  await server.client.config('SET', 'maxmemory-policy', 'noeviction')
})

afterAll(async () => server[Symbol.asyncDispose]())

it('stamps the store, once, and keeps what is there', async () => {
  const namespace = randomUUID()
  const stores = Array.from({ length: 5 }, () => server.open({ namespace }))
  await Promise.all(stores.map((store) => store.ensureStore()))
  const meta = `${hashTag('holdfast', namespace)}:meta`
  expect(await server.client.hgetall(meta)).toEqual({ version: '1' })
  const [store] = stores
  const workflow = await store?.workflows.create(aWorkflow())
  await store?.ensureStore()
  expect(await store?.workflows.get(workflow?.id ?? '')).toEqual(workflow)
})

it('refuses a store of another version, and leaves it alone', async () => {
  const namespace = randomUUID()
  const meta = `${hashTag('holdfast', namespace)}:meta`
  await server.client.hset(meta, 'version', '99')
  await expect(server.open({ namespace }).ensureStore()).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining('99') as string,
  })
  expect(await server.client.hgetall(meta)).toEqual({ version: '99' })
})

it.each(['allkeys-lru', 'volatile-ttl'])('refuses a server that evicts: %s', async (policy) => {
  await server.client.config('SET', 'maxmemory-policy', policy)
  await expect(server.open().ensureStore()).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining(policy) as string,
  })
})

it('asks nothing that the user may not ask', async () => {
  await server.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
  const user = `u${randomUUID()}`
  const rights = ['~{holdfast:*', '+eval', '+evalsha', '+@hash', '+@sortedset', '+exists', '+time']
  await server.client.acl('SETUSER', user, 'on', '>secret', ...rights)
  const url = Object.assign(new URL(server.url), { username: user, password: 'secret' }).href
  const client = new Redis(url, { enableReadyCheck: false })
  try {
    const store = server.open({ client })
    await store.ensureStore()
    const workflow = await store.workflows.create(aWorkflow())
    expect(await store.workflows.delete(workflow.id)).toBe(true)
    const elsewhere = server.open({ client, prefix: 'other' })
    await expect(elsewhere.workflows.create(aWorkflow())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
      outcome: 'not-applied',
    })
  } finally {
    client.disconnect()
    await server.client.acl('DELUSER', user)
  }
})
