import { randomUUID } from 'node:crypto'
import { SPEC_VERSION } from '@holdfast/spec'
import type { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresProvider, postgresSchema } from '../src/index.ts'
import { quoteName } from '../src/statement.ts'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, openServer, outcomeOf, type Server } from './support.ts'

let server: Server

beforeAll(async () => {
  server = await openServer()
})

afterAll(async () => server[Symbol.asyncDispose]())

/** Runs the test with a schema of this name, which is gone before and after. */
async function withSchema(
  schema: string,
  run: (open: (pool?: Pool) => Store) => Promise<void>,
): Promise<void> {
  const drop = `drop schema if exists ${quoteName(schema)} cascade`
  await server.pool.query(drop)
  try {
    await run((pool = server.pool) => createPostgresProvider({ pool, schema }) as Store)
  } finally {
    await server.pool.query(drop)
  }
}

/** Uses a bit of everything. */
async function smoke(store: Store): Promise<void> {
  const { id } = await store.workflows.create(aWorkflow())
  await store.snapshots.save(aSnapshot({ instanceId: id }))
  expect(await store.claims.claimNext({ workerId: 'w', ttl: 1_000 })).not.toBeNull()
  await store.events.create({ eventName: 'n', eventKey: 'k', eventTime: 0 })
  await store.errors.append([{ workflowId: id, errorTime: 0, message: 'm' }])
  expect(await store.workflows.delete(id)).toBe(true)
  expect((await store.errors.list({ workflowId: id })).items).toEqual([])
}

it('makes one store when twenty do it at once, on an empty database and on a store in use', async () => {
  for (let round = 0; round < 3; round += 1) {
    await withSchema(`twenty ${randomUUID()}`, async (open) => {
      const pools = Array.from({ length: 20 }, () => server.openPool({ max: 1 }))
      const stores = pools.map(open)
      await Promise.all(stores.map((store) => store.ensureStore()))
      const workflow = await open().workflows.create(aWorkflow())
      await Promise.all(stores.map((store) => store.ensureStore()))
      expect(await open().workflows.get(workflow.id)).toEqual(workflow)
      await Promise.all(pools.map((pool) => pool.end()))
    })
  }
})

it('makes one store whatever the isolation level of its sessions', async () => {
  await withSchema(`serializable ${randomUUID()}`, async (open) => {
    const options = '-c default_transaction_isolation=serializable'
    const pools = Array.from({ length: 10 }, () => server.openPool({ max: 1, options }))
    await Promise.all(pools.map((pool) => open(pool).ensureStore()))
    await smoke(open(pools[0]))
  })
})

it('does not wait for writers, nor they for it, when the store is there', async () => {
  const client = await server.pool.connect()
  try {
    await client.query(`begin; lock table ${quoteName(server.schema)}.workflows`)
    await server.open().ensureStore()
  } finally {
    await client.query('rollback')
    client.release()
  }
})

it.each([
  'Upper and lower',
  `quotes " ' \\ and $holdfast$ $_holdfast$`,
  'params :namespace, ::casts; -- $1',
  'ünï😀',
  'select',
  'x'.repeat(63),
])('takes the schema name %s', async (schema) => {
  await withSchema(schema, async (open) => {
    await open().ensureStore()
    await open().ensureStore()
    await smoke(open())
    const { rowCount } = await server.pool.query('select from pg_namespace where nspname = $1', [
      schema,
    ])
    expect(rowCount).toBe(1)
  })
})

it('refuses a store of another version', async () => {
  await withSchema('other version', async (open) => {
    await open().ensureStore()
    const { rows } = await server.pool.query('select key, value from "other version".meta')
    expect(rows).toEqual([{ key: 'spec_version', value: SPEC_VERSION }])
    await server.pool.query('update "other version".meta set value = 99')
    await expect(open().ensureStore()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
      message: expect.stringMatching(/other version .* 99 .* needs version/),
    })
  })
})

it('refuses tables that are not its own', async () => {
  await withSchema('other tables', async (open) => {
    const refusal = {
      code: 'UNAVAILABLE',
      retryable: false,
      message: expect.stringMatching(/use the package that made them, or another schema/),
    }
    await server.pool.query(
      'create schema "other tables"; create table "other tables".workflows ()',
    )
    await expect(open().ensureStore()).rejects.toMatchObject(refusal)
    await server.pool.query('drop table "other tables".workflows')
    await open().ensureStore()
    await server.pool.query('alter table "other tables".workflows drop column reference')
    await expect(open().workflows.create(aWorkflow())).rejects.toMatchObject(refusal)
  })
})

it('refuses a database that cannot hold every text', async () => {
  const database = `ascii_${randomUUID().replaceAll('-', '')}`
  const { rows } = await server.pool.query<{ provider: string }>(
    `select case when current_setting('server_version_num')::int >= 150000
      then 'locale_provider libc' else '' end as provider`,
  )
  const provider = rows[0]?.provider ?? ''
  await server.pool.query(
    `create database ${database} encoding 'SQL_ASCII' locale 'C' ${provider} template template0`,
  )
  const url = new URL(server.url)
  url.pathname = `/${database}`
  const store = createPostgresProvider({ connectionString: url.href })
  await expect(store.ensureStore()).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/SQL_ASCII.*UTF8/),
  })
  await store[Symbol.asyncDispose]()
  await server.pool.query(`drop database ${database}`)
})

it('compresses bodies with lz4 where the server can', async () => {
  const { rows } = await server.pool.query<{ name: string; method: string }>(
    `select c.relname as name, a.attcompression as method
    from pg_attribute a join pg_class c on c.oid = a.attrelid
      join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and a.attname = 'body' and c.relkind = 'r'`,
    [server.schema],
  )
  const { rows: able } = await server.pool.query(
    `select from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)`,
  )
  expect(rows).toHaveLength(10)
  expect(new Set(rows.map(({ method }) => method))).toEqual(new Set([able.length > 0 ? 'l' : '']))
})

describe('a user who is no superuser', () => {
  const user = `worker_${randomUUID().replaceAll('-', '')}`
  let pool: Pool

  beforeAll(async () => {
    await server.pool.query(`create role ${user} login password 'secret'`)
    const url = new URL(server.url)
    url.username = user
    url.password = 'secret'
    pool = server.openPool({ connectionString: url.href })
  })

  afterAll(async () => {
    await server.pool.query(`drop owned by ${user}; drop role ${user}`)
  })

  it('makes the store in a schema of its own, without the right to make one', async () => {
    const schema = `own ${user}`
    await withSchema(schema, async (open) => {
      await server.pool.query(`create schema "${schema}" authorization ${user}`)
      await open(pool).ensureStore()
      await smoke(open(pool))
    })
  })

  it('is told that it may not make one', async () => {
    const schema = `not ${user}`
    await withSchema(schema, async (open) => {
      await expect(open(pool).ensureStore()).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        retryable: false,
        message: expect.stringMatching(/permission denied.*postgresSchema\(\)/),
      })
    })
  })

  it('uses a store that somebody else made from the text, with the rights that it names', async () => {
    const schema = `given ${user}`
    await withSchema(schema, async (open) => {
      const text = postgresSchema({ schema })
      await server.pool.query(text)
      await server.pool.query(text)
      await server.pool.query(
        `grant usage on schema "${schema}" to ${user};
        grant select, insert, update, delete on all tables in schema "${schema}" to ${user};
        grant usage on all sequences in schema "${schema}" to ${user}`,
      )
      await open(pool).ensureStore()
      await smoke(open(pool))
    })
  })

  it('is told that a right is missing', async () => {
    const schema = `read by ${user}`
    await withSchema(schema, async (open) => {
      await open().ensureStore()
      await server.pool.query(
        `grant usage on schema "${schema}" to ${user};
        grant select on all tables in schema "${schema}" to ${user}`,
      )
      await open(pool).ensureStore()
      expect(await open(pool).workflows.get('x')).toBeNull()
      await expect(open(pool).workflows.create(aWorkflow())).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        retryable: false,
        message: expect.stringMatching(/permission denied for table workflows .*grant it/),
      })
    })
  })
})

it('says what to do when nobody has called it', async () => {
  await withSchema('nowhere', async (open) => {
    await expect(open().workflows.get('x')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
      message: expect.stringMatching(/ensureStore\(\)/),
    })
    expect(await outcomeOf(open().ping())).toBe('ok')
  })
})
