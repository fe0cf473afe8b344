import { Redis, Cluster } from 'ioredis'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { available, startRedis } from '../src/index.ts'
import { findProgram } from '../src/redis/local.ts'
import { environment, privateTmp } from './support.ts'

const local = environment({ HOLDFAST_ENGINE: 'local' })
/** No engine answers there, and that is known at once. */
const noDocker = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' }
const isInstalled = findProgram(process.env) !== undefined

async function ask(url: string, command: string, ...args: readonly string[]): Promise<unknown> {
  const client = new Redis(url, { lazyConnect: true, enableReadyCheck: false })
  client.on('error', () => {})
  try {
    await client.connect()
    return await client.call(command, ...args)
  } finally {
    client.disconnect()
  }
}

describe.skipIf(!isInstalled)('a local Redis', () => {
  let tmp: Awaited<ReturnType<typeof privateTmp>>
  beforeEach(async () => {
    tmp = await privateTmp()
    vi.stubEnv('TMPDIR', tmp.path)
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await tmp[Symbol.asyncDispose]()
  })

  test('states its version, grade and way, and leaves nothing behind', async () => {
    const engine = await startRedis({ env: local })
    expect(engine).toMatchObject({
      name: 'redis',
      grade: 'real',
      via: 'local',
      skipped: [
        'url: HOLDFAST_REDIS_URL is not set',
        'container: not allowed by HOLDFAST_ENGINE=local',
      ],
    })
    expect(engine.version).toMatch(/^\d+\.\d+\.\d+$/)
    expect(new URL(engine.url).hostname).toBe('127.0.0.1')
    expect(await ask(engine.url, 'PING')).toBe('PONG')
    await engine[Symbol.asyncDispose]()
    await engine[Symbol.asyncDispose]()
    expect(await tmp.entries()).toEqual([])
    await expect(ask(engine.url, 'PING')).rejects.toBeInstanceOf(Error)
  })

  test('does not let in whoever has no password', async () => {
    await using engine = await startRedis({ env: local })
    const url = new URL(engine.url)
    url.password = ''
    await expect(ask(url.href, 'PING')).rejects.toBeInstanceOf(Error)
  })

  test('several at once do not clash', async () => {
    const engines = await Promise.all([1, 2, 3].map(() => startRedis({ env: local })))
    expect(new Set(engines.map(({ url }) => new URL(url).port)).size).toBe(3)
    await Promise.all(engines.map((engine) => engine[Symbol.asyncDispose]()))
    expect(await tmp.entries()).toEqual([])
  })

  test('is a cluster of three primaries when that is asked for', async () => {
    await using engine = await startRedis({ env: local, cluster: true })
    const { hostname, port, password } = new URL(engine.url)
    const cluster = new Cluster([{ host: hostname, port: Number(port) }], {
      redisOptions: { password },
    })
    for (const key of ['a', 'b', 'c', 'd']) expect(await cluster.set(key, key)).toBe('OK')
    expect(cluster.nodes('master')).toHaveLength(3)
    cluster.disconnect()

    const url = environment({ HOLDFAST_REDIS_CLUSTER_URL: engine.url })
    await using found = await startRedis({ env: url, cluster: true })
    expect(found).toMatchObject({ via: 'url', version: engine.version })
    await expect(
      startRedis({ env: environment({ HOLDFAST_REDIS_URL: engine.url }) }),
    ).rejects.toMatchObject({ code: 'MISCONFIGURED' })
  })

  test('HOLDFAST_REDIS_URL reaches a server and leaves it running', async () => {
    await using server = await startRedis({ env: local })
    const env = environment({ HOLDFAST_REDIS_URL: server.url })
    const engine = await startRedis({ env })
    expect(engine).toMatchObject({ grade: 'real', via: 'url', version: server.version })
    await engine[Symbol.asyncDispose]()
    expect(await ask(server.url, 'PING')).toBe('PONG')
    const wrong = new URL(server.url)
    wrong.password = 'not-the-password'
    const start = startRedis({ env: environment({ HOLDFAST_REDIS_URL: wrong.href }) })
    await expect(start).rejects.toMatchObject({ code: 'FAILED' })
    await expect(start).rejects.not.toThrow('not-the-password')
  })
})

test('a server that does not answer is an error, and no other way is tried', async () => {
  const env = environment({ HOLDFAST_REDIS_URL: 'redis://me:secret@127.0.0.1:1' })
  await expect(startRedis({ env })).rejects.toMatchObject({
    name: 'EngineError',
    code: 'FAILED',
    message:
      'HOLDFAST_REDIS_URL (redis://me@127.0.0.1:1) cannot be used: connect ECONNREFUSED 127.0.0.1:1',
  })
})

test('a URL of something else is MISCONFIGURED', async () => {
  const env = environment({ HOLDFAST_REDIS_URL: 'postgres://127.0.0.1' })
  await expect(startRedis({ env })).rejects.toMatchObject({ code: 'MISCONFIGURED' })
})

test('where there is none, the answer is grade none, with what was tried and what to do', async () => {
  const answer = await available('redis', environment({ ...noDocker, PATH: '/nonexistent' }))
  expect(answer).toMatchObject({ name: 'redis', grade: 'none' })
  expect('reason' in answer && answer.reason.split('\n')).toEqual([
    'no Redis here; set HOLDFAST_REDIS_URL, start a Docker engine, or install redis-server',
    '  url: HOLDFAST_REDIS_URL is not set',
    expect.stringContaining('  container: no Docker engine answers at unix:///nonexistent'),
    '  local: there is no redis-server on PATH',
  ])
})
