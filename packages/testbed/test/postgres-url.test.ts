import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres, type Engine } from '../src/index.ts'
import { sharedEngine } from '../src/vitest-setup.ts'
import { environment, query } from './support.ts'

let server: Engine
beforeAll(async () => {
  server = await startPostgres({ env: environment() })
})
afterAll(() => server[Symbol.asyncDispose]())

describe('HOLDFAST_POSTGRES_URL', () => {
  test('reaches the server and leaves it running', async () => {
    const engine = await startPostgres({ env: environment({ HOLDFAST_POSTGRES_URL: server.url }) })
    expect(engine).toMatchObject({
      name: 'postgres',
      version: server.version,
      grade: 'real',
      via: 'url',
      url: server.url,
    })
    await engine[Symbol.asyncDispose]()
    expect(await query(server.url, 'select 1 as one')).toEqual({ one: 1 })
  })

  test('states the grade that HOLDFAST_POSTGRES_GRADE gives it', async () => {
    const env = environment({
      HOLDFAST_POSTGRES_URL: server.url,
      HOLDFAST_POSTGRES_GRADE: 'stand-in',
    })
    await using engine = await startPostgres({ env })
    expect(engine.grade).toBe('stand-in')
  })

  test('a server that does not answer is an error, and no other way is tried', async () => {
    const env = environment({ HOLDFAST_POSTGRES_URL: 'postgres://me:secret@127.0.0.1:1/db' })
    await expect(startPostgres({ env })).rejects.toMatchObject({
      name: 'EngineError',
      code: 'FAILED',
      message:
        'HOLDFAST_POSTGRES_URL (postgres://me@127.0.0.1:1/db) cannot be used: connect ECONNREFUSED 127.0.0.1:1',
    })
  })

  test('a wrong password is an error that does not repeat the password', async () => {
    const wrong = new URL(server.url)
    wrong.password = 'not-the-password'
    const start = startPostgres({ env: environment({ HOLDFAST_POSTGRES_URL: wrong.href }) })
    await expect(start).rejects.toThrow('password authentication failed for user "postgres"')
    await expect(start).rejects.not.toThrow('not-the-password')
  })

  test('something else on the port is an error', async () => {
    const other = createServer((socket) => socket.resume().end('SSH-2.0-OpenSSH\r\n'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const env = environment({ HOLDFAST_POSTGRES_URL: `postgres://me@127.0.0.1:${port}/db` })
    await expect(startPostgres({ env })).rejects.toMatchObject({ code: 'FAILED' })
    await new Promise((resolve) => other.close(resolve))
  })

  test.each(['localhost', 'http://127.0.0.1/'])('%s is not a URL of PostgreSQL', async (url) => {
    const env = environment({ HOLDFAST_POSTGRES_URL: url })
    await expect(startPostgres({ env })).rejects.toMatchObject({ code: 'MISCONFIGURED' })
  })
})

test('the global setup passes the server on with what is true of it', async () => {
  const before = { ...process.env }
  const { setup, teardown } = sharedEngine('postgres')
  await setup()
  try {
    const engine = await startPostgres()
    expect(engine.url).toBe(process.env.HOLDFAST_POSTGRES_URL)
    expect(engine.via).toBe(before.HOLDFAST_POSTGRES_VIA ?? server.via)
    expect(engine.grade).toBe('real')
    await engine[Symbol.asyncDispose]()
    expect(await query(engine.url, 'select 1 as one')).toEqual({ one: 1 })
  } finally {
    await teardown()
  }
  expect({ ...process.env }).toEqual(before)
})
