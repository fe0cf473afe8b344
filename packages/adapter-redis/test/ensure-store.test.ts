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

it('makes one store when twenty do it at once, on an empty namespace and on one in use', async () => {
  const namespace = randomUUID()
  const stores = Array.from({ length: 20 }, () =>
    server.open({ namespace, client: server.openClient() }),
  )
  await Promise.all(stores.map((store) => store.ensureStore()))
  const meta = `${hashTag('holdfast', namespace)}:meta`
  expect(await server.client.hgetall(meta)).toEqual({ version: '1' })
  const [store] = stores
  const workflow = await store?.workflows.create(aWorkflow())
  await Promise.all(stores.map((each) => each.ensureStore()))
  expect(await server.client.hgetall(meta)).toEqual({ version: '1' })
  expect((await store?.workflows.list())?.items).toEqual([workflow])
})

it('a namespace that nothing was made for takes records, and is stamped later', async () => {
  const namespace = randomUUID()
  const store = server.open({ namespace })
  expect(await store.workflows.get('x')).toBeNull()
  const workflow = await store.workflows.create(aWorkflow())
  await store.ensureStore()
  expect(await store.workflows.get(workflow.id)).toEqual(workflow)
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

/** Runs the test with a client of a user who has these rights and no others. */
async function withRights<T>(
  rights: readonly string[],
  run: (client: Redis) => Promise<T>,
): Promise<T> {
  const user = `u${randomUUID()}`
  await server.client.acl('SETUSER', user, 'on', '>secret', ...rights)
  const url = Object.assign(new URL(server.url), { username: user, password: 'secret' }).href
  const client = new Redis(url, { enableReadyCheck: false })
  try {
    return await run(client)
  } finally {
    client.disconnect()
    await server.client.acl('DELUSER', user)
  }
}

const SCRIPTS = ['+eval', '+evalsha']
const COMMANDS = ['+@hash', '+@sortedset', '+exists', '+time']

it('asks nothing that the user may not ask', async () => {
  await server.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
  await withRights(['~{holdfast:*', ...SCRIPTS, ...COMMANDS], async (client) => {
    const store = server.open({ client })
    await store.ensureStore()
    const workflow = await store.workflows.create(aWorkflow())
    expect(await store.workflows.delete(workflow.id)).toBe(true)
  })
})

it.each([
  ['scripts', ['~*', ...COMMANDS], 'not-applied'],
  ['the text of scripts', ['~*', '+evalsha', ...COMMANDS], 'not-applied'],
  ['these keys', ['~other*', ...SCRIPTS, ...COMMANDS], 'not-applied'],
  // A script that is stopped in the middle is not undone.
  ['hashes', ['~*', ...SCRIPTS, '+@sortedset', '+exists', '+time'], 'unknown'],
  ['sorted sets', ['~*', ...SCRIPTS, '+@hash', '+exists', '+time'], 'unknown'],
  ['the time', ['~*', ...SCRIPTS, '+@hash', '+@sortedset', '+exists'], 'unknown'],
])('a user without the right to %s is told which rights it needs', async (_, rights, outcome) => {
  await server.client.script('FLUSH')
  await withRights(rights, async (client) => {
    await expect(server.open({ client }).workflows.create(aWorkflow())).rejects.toMatchObject({
      ...{ code: 'UNAVAILABLE', retryable: false, outcome },
      message: expect.stringContaining('it needs EVAL, EVALSHA') as string,
    })
  })
})
