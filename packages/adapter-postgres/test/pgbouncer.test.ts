import { conformance } from '@holdfast/conformance/vitest'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresProvider } from '../src/index.ts'
import { noPgBouncer, startPgBouncer } from './pgbouncer.ts'
import { openServer, type Server } from './support.ts'
import { pooledTarget } from './target.ts'

// Where it must be there, its absence is a failure to start.
const required = (process.env.HOLDFAST_REQUIRE ?? '').split(',').includes('pgbouncer')
const missing = required ? undefined : noPgBouncer()

if (missing === undefined) conformance(pooledTarget.name, pooledTarget, { runs: 25 })

describe.skipIf(missing)('behind PgBouncer in transaction mode', () => {
  let server: Server

  beforeAll(async () => {
    server = await openServer()
  })

  afterAll(async () => server?.[Symbol.asyncDispose]())

  /** Runs with a pooler that has not yet connected to the server. Each pool is a client with one connection to it. */
  const pooled = async (
    run: (openPool: () => pg.Pool, url: string) => Promise<void>,
  ): Promise<void> => {
    await using bouncer = await startPgBouncer(server.url)
    const pools: pg.Pool[] = []
    const openPool = (): pg.Pool => {
      const pool = new pg.Pool({ connectionString: bouncer.url, max: 1 })
      pools.push(pool)
      return pool
    }
    try {
      await run(openPool, bouncer.url)
    } finally {
      for (const pool of pools) await pool.end()
    }
  }

  /** Makes the call when the client of this pool has the connection to the server that was used last. */
  const without = async (pool: pg.Pool, call: () => Promise<void>): Promise<void> => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await call()
    } finally {
      await client.query('rollback')
      client.release()
    }
  }

  const advised = (state: string): object => ({
    code: 'UNAVAILABLE',
    retryable: false,
    message: expect.stringMatching(/set preparedStatements to false/),
    cause: { code: state },
  })

  it('a prepared statement is not there on another connection, and the error says what to do', async () => {
    await pooled(async (openPool) => {
      const store = createPostgresProvider({ pool: openPool() })
      await store.ping()
      await without(openPool(), async () => {
        await expect(store.ping()).rejects.toMatchObject(advised('26000'))
      })
    })
  })

  it('a prepared statement is that of another client, and the error says what to do', async () => {
    await pooled(async (openPool) => {
      await createPostgresProvider({ pool: openPool() }).ping()
      const store = createPostgresProvider({ pool: openPool() })
      await expect(store.ping()).rejects.toMatchObject(advised('42P05'))
    })
  })

  it('nothing is missed when no statements are prepared', async () => {
    await pooled(async (openPool) => {
      const open = (): ReturnType<typeof createPostgresProvider> =>
        createPostgresProvider({ pool: openPool(), preparedStatements: false })
      const store = open()
      await store.ping()
      await without(openPool(), async () => store.ping())
      await open().ping()
    })
  })

  it.each([
    [{ username: 'nobody', password: 'wrong' }, /check user and password/],
    [{ password: 'wrong' }, /check user and password/],
    [{ pathname: '/nowhere' }, /create it, or check its name/],
  ])('%j is refused, and the error says what to do', async (change, message) => {
    await pooled(async (_, url) => {
      const connectionString = Object.assign(new URL(url), change).href
      await using store = createPostgresProvider({ connectionString })
      await expect(store.ping()).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        retryable: false,
        message: expect.stringMatching(message),
      })
    })
  })
})

it.runIf(missing)('keeps the contract through PgBouncer', ({ skip }) => skip(missing))
