import { randomUUID } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { createPostgresProvider, type PostgresPool } from '../src/index.ts'
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

it('takes the Pool of pg as it is', () => {
  expectTypeOf<pg.Pool>().toExtend<PostgresPool>()
})

it('leaves a pool that was handed in open', async () => {
  const pool = server.openPool()
  const store = server.open({ pool })
  const { id } = await store.workflows.create(aWorkflow())
  await store[Symbol.asyncDispose]()
  expect(await outcomeOf(store.workflows.get(id))).toBe('CLOSED')
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  expect(await server.open({ pool }).workflows.get(id)).not.toBeNull()
})

it('opens a pool of its own at the first call and closes it', async () => {
  const name = `holdfast ${randomUUID()}`
  const url = new URL(server.url)
  url.searchParams.set('application_name', name)
  const count = async (): Promise<number> => {
    const sql = 'select from pg_stat_activity where application_name = $1'
    return (await server.pool.query(sql, [name])).rowCount ?? 0
  }
  const { schema } = server
  const store = createPostgresProvider({ connectionString: url.href, schema }) as Store
  expect(await count()).toBe(0)
  await Promise.all([store.ping(), store.workflows.get('x'), store.workflows.get('y')])
  expect(await count()).toBeGreaterThan(0)
  await store[Symbol.asyncDispose]()
  await expect.poll(count).toBe(0)
  await createPostgresProvider({ connectionString: url.href })[Symbol.asyncDispose]()
})

it('survives that the server ends its idle sessions', async () => {
  const name = `holdfast ${randomUUID()}`
  const url = new URL(server.url)
  url.searchParams.set('application_name', name)
  const { schema } = server
  await using store = createPostgresProvider({ connectionString: url.href, schema }) as Store
  await store.ping()
  await server.pool.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
    [name],
  )
  await expect.poll(() => outcomeOf(store.ping())).toBe('ok')
})

describe('a server that cannot be used', () => {
  const refusedBy = async (connectionString: string): Promise<unknown> => {
    await using store = createPostgresProvider({ connectionString })
    return store.ping().catch((error: unknown) => error)
  }

  it('does not listen', async () => {
    const probe = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => probe.once('listening', resolve))
    const port = String((probe.address() as AddressInfo).port)
    await new Promise((resolve) => probe.close(resolve))
    const error = { code: 'UNAVAILABLE', retryable: true, outcome: 'not-applied' }
    expect(await refusedBy(urlWith({ hostname: '127.0.0.1', port }))).toMatchObject(error)
  })

  it('has no address', async () => {
    const error = { code: 'UNAVAILABLE', retryable: true }
    expect(await refusedBy(urlWith({ hostname: 'nowhere.invalid' }))).toMatchObject(error)
  })

  it.each([{ username: 'nobody', password: 'wrong' }, { password: 'wrong' }])(
    'does not take %j',
    async (credentials) => {
      expect(await refusedBy(urlWith(credentials))).toMatchObject({
        code: 'UNAVAILABLE',
        retryable: false,
        message: expect.stringMatching(/check user and password/),
      })
    },
  )

  it.each([
    ['cannot be read', 'postgres://user:password@127.0.0.1:99999/database', /check the address/],
    ['names a missing file', 'postgres://localhost/?sslrootcert=/nowhere.pem', /file .* cannot be/],
    ['asks for what is not known', 'postgres://localhost/?sslnegotiation=x', /check the address/],
  ])('has an address that %s', async (_, address, message) => {
    const error = { code: 'UNAVAILABLE', message: expect.stringMatching(message) }
    expect(await refusedBy(address)).toMatchObject(error)
  })

  it('does not have the database', async () => {
    const error = { code: 'UNAVAILABLE', retryable: false, message: /create it, or check its name/ }
    const answer = await refusedBy(urlWith({ pathname: '/nowhere' }))
    expect(answer).toMatchObject({ ...error, message: expect.stringMatching(error.message) })
  })

  it('hangs up', async () => {
    const rude = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await new Promise((resolve) => rude.once('listening', resolve))
    const port = String((rude.address() as AddressInfo).port)
    const answer = await refusedBy(`postgres://u:p@127.0.0.1:${port}/d?sslmode=disable`)
    expect(answer).toMatchObject({ code: 'UNAVAILABLE', retryable: true })
    rude.close()
  })
})

it('reads from a server that takes reads only, and says so of writes', async () => {
  const { id } = await server.open().workflows.create(aWorkflow())
  const pool = server.openPool({ options: '-c default_transaction_read_only=on' })
  const store = server.open({ pool })
  await store.ensureStore()
  expect(await store.workflows.get(id)).not.toBeNull()
  const writes: readonly (() => Promise<unknown>)[] = [
    () => store.workflows.create(aWorkflow()),
    () => store.claims.claimNext({ workerId: 'w', ttl: 1 }),
    () => createPostgresProvider({ pool, schema: `none ${randomUUID()}` }).ensureStore(),
  ]
  for (const write of writes) {
    await expect(write()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'not-applied',
      message: expect.stringMatching(/primary/),
    })
  }
})

describe('a row that somebody else has locked', () => {
  const blocked = async (
    pool: pg.Pool,
    meanwhile: (call: Promise<string>, commit: () => Promise<unknown>) => Promise<void>,
  ): Promise<void> => {
    const workflow = await server.open().workflows.create(aWorkflow())
    const blocker = await server.pool.connect()
    try {
      await blocker.query('begin')
      const sql = `update "${server.schema}".workflows set reference = reference where id = $1`
      await blocker.query(sql, [workflow.id])
      const requestId = randomUUID()
      const update = (): Promise<unknown> =>
        server.open({ pool }).workflows.update(workflow, { requestId })
      const call = update().then(
        () => 'ok',
        (error) => `${error.code} ${error.outcome}`,
      )
      await meanwhile(call, () => blocker.query('commit'))
      await blocker.query('commit')
      // The same request again is the same write, whether it was applied or not.
      expect(await update()).toMatchObject({ version: 2 })
    } finally {
      await blocker.query('rollback')
      blocker.release()
    }
  }

  const untilItWaits = async (name: string): Promise<void> => {
    const waits = `select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`
    await expect.poll(async () => (await server.pool.query(waits, [name])).rowCount).toBe(1)
  }

  it.each(['lock_timeout', 'statement_timeout'])('is BUSY after the %s', async (setting) => {
    const pool = server.openPool({ options: `-c ${setting}=50` })
    await blocked(pool, async (call) => expect(await call).toBe('BUSY not-applied'))
  })

  it('is BUSY under a higher isolation level', async () => {
    const name = `holdfast ${randomUUID()}`
    const options = '-c default_transaction_isolation=serializable'
    const pool = server.openPool({ application_name: name, options })
    await blocked(pool, async (call, commit) => {
      await untilItWaits(name)
      await commit()
      expect(await call).toBe('BUSY not-applied')
    })
  })

  it('leaves the outcome unknown when the session ends', async () => {
    const name = `holdfast ${randomUUID()}`
    const pool = server.openPool({ application_name: name, max: 1 })
    await blocked(pool, async (call) => {
      await untilItWaits(name)
      await server.pool.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
        [name],
      )
      expect(await call).toBe('UNAVAILABLE unknown')
    })
  })
})

it('prepares no statements when it is told not to', async () => {
  const names: (string | undefined)[] = []
  const pool: PostgresPool = {
    async query(query) {
      names.push(query.name)
      return server.pool.query(query)
    },
  }
  const { schema } = server
  const store = createPostgresProvider({ pool, schema, preparedStatements: false }) as Store
  const { id } = await store.workflows.create(aWorkflow())
  await store.workflows.list({ status: 'runnable' })
  expect(await store.workflows.delete(id)).toBe(true)
  expect(new Set(names)).toEqual(new Set([undefined]))
})

it('keeps namespaces apart, and schemas', async () => {
  const [one, two] = [server.open({ namespace: 'one' }), server.open({ namespace: 'two' })]
  const workflow = aWorkflow({ id: 'same' })
  await one.workflows.create(workflow)
  expect(await two.workflows.get('same')).toBeNull()
  await two.workflows.create(workflow)
  expect(await one.workflows.delete('same')).toBe(true)
  expect(await two.workflows.get('same')).not.toBeNull()
})

it('reads numbers whatever the application has the driver make of them', async () => {
  const types = {
    getTypeParser: (oid: number) => (oid === 20 ? BigInt : pg.types.getTypeParser(oid)),
  }
  const pool = server.openPool({ types })
  const store = server.open({ pool, namespace: randomUUID() })
  const workflow = await store.workflows.create(aWorkflow({ completedAt: 5 }))
  expect(await store.workflows.get(workflow.id)).toEqual(workflow)
  expect((await store.workflows.list()).items).toEqual([workflow])
  expect(await store.workflows.purge({ status: 'runnable', olderThan: 6 })).toBe(1)
})
