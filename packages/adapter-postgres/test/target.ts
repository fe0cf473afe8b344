import { randomUUID } from 'node:crypto'
import type { Endpoint, StoredRecord, Target } from '@holdfast/conformance'
import { compressingCodec, type ProviderOptions } from '@holdfast/spec'
import { EngineError, available, type Engine } from '@holdfast/testbed'
import pg from 'pg'
import oldestPg from 'pg-oldest'
import oldest from 'pg-oldest/package.json' with { type: 'json' }
import { createPostgresProvider } from '../src/index.ts'
import { startPgBouncer } from './pgbouncer.ts'

type Table = readonly [name: string, key: readonly string[], bodies: string]

const BODY = `body = '{'`

const TABLES: Readonly<Record<StoredRecord['repository'], readonly Table[]>> = {
  workflows: [['workflows', ['id'], BODY]],
  steps: [
    ['steps', ['workflow_id', 'step_id'], BODY],
    ['outputs', ['workflow_id', 'step_id'], BODY],
  ],
  state: [['state', ['workflow_id', 'key'], BODY]],
  events: [['events', ['id'], BODY]],
  subscriptions: [['subscriptions', ['id'], BODY]],
  commands: [['commands', ['key'], BODY]],
  snapshots: [['snapshots', ['instance_id', 'workflow_id'], `${BODY}, head = '{'`]],
  claims: [['tasks', ['instance_id', 'workflow_id', 'task_id'], BODY]],
  errors: [['errors', ['id'], BODY]],
}

type Options = ProviderOptions & { readonly preparedStatements?: boolean }

/** A way to the server, while it is there. */
interface Way extends AsyncDisposable {
  readonly url: string
}

interface Variant {
  readonly name: string
  readonly engine?: string
  options(clock: () => number): Options
  /** By another user, or another program, than the plain way. */
  way?(server: string, schema: string): Promise<Way>
  /** Other than the one that the provider opens itself: its pool is handed in always. */
  readonly driver?: Pick<typeof pg, 'Pool'>
}

/** A target on a schema of its own, so that several runs can share a server. */
function postgresTarget({
  name,
  engine: product = 'PostgreSQL',
  options,
  way,
  driver,
}: Variant): Target {
  let schema = `Holdfast test ${randomUUID()}`
  let engine: Engine | undefined
  let reached: Way | undefined
  let pool: pg.Pool | undefined

  const connect = (connectionString: string): pg.Pool => {
    const { Pool } = driver ?? pg
    const opened = new Pool({ connectionString, max: 20 })
    // Rules may break connections; an idle one that breaks is no failure.
    opened.on('error', () => {})
    return opened
  }

  const connected = (): pg.Pool => {
    if (pool === undefined) throw new Error('The target was not set up')
    return pool
  }

  const address = (): string => {
    const url = reached?.url ?? engine?.url
    if (url === undefined) throw new Error('The target was not set up')
    return url
  }

  return {
    name,

    async setup() {
      const found = await available('postgres')
      if (found.grade === 'none') throw new EngineError('UNAVAILABLE', found.reason)
      engine = found
      reached = await way?.(found.url, schema)
      pool = connect(address())
    },

    module: import.meta.url,
    share: () => ({ url: address(), schema }),
    join(shared) {
      const there = shared as { readonly url: string; readonly schema: string }
      schema = there.schema
      pool = connect(there.url)
    },

    async teardown() {
      await pool?.query(`drop schema if exists "${schema}" cascade`)
      await pool?.end()
      await reached?.[Symbol.asyncDispose]()
      await engine?.[Symbol.asyncDispose]()
    },

    engine() {
      if (engine === undefined) throw new Error('The target was not set up')
      return { name: product, version: engine.version, grade: engine.grade }
    },

    endpoint() {
      const { hostname, port } = new URL(address())
      return { host: hostname, port: Number(port || 5432) }
    },

    open(namespace, { clock, endpoint }) {
      const rest = { schema, namespace, ...options(clock) }
      if (endpoint === undefined) return createPostgresProvider({ pool: connected(), ...rest })
      const connectionString = through(endpoint, address())
      if (driver === undefined) return createPostgresProvider({ connectionString, ...rest })
      const own = connect(connectionString)
      const provider = createPostgresProvider({ pool: own, ...rest })
      return {
        ...provider,
        async [Symbol.asyncDispose]() {
          await provider[Symbol.asyncDispose]()
          await own.end()
        },
      }
    },

    async corrupt({ namespace, repository, key }) {
      for (const [table, columns, bodies] of TABLES[repository]) {
        const given = columns.slice(0, key.length)
        const where = given.map((column, index) => `${column} = $${index + 2}`).join(' and ')
        await connected().query(
          `update "${schema}".${table} set ${bodies} where namespace = $1 and ${where}`,
          [namespace, ...key.slice(0, columns.length)],
        )
      }
    },
  }
}

/** The same server by another way. */
function through({ host, port }: Endpoint, address: string): string {
  const url = new URL(address)
  url.hostname = host
  url.port = String(port)
  return url.href
}

/** As a user who owns the schema, and may make no other. */
async function asPlainUser(server: string, schema: string): Promise<Way> {
  const user = `holdfast_${randomUUID().replaceAll('-', '')}`
  const administer = async (sql: string): Promise<void> => {
    const client = new pg.Client(server)
    await client.connect()
    await client.query(sql)
    await client.end()
  }
  await administer(
    `create role ${user} login password 'plain'; create schema "${schema}" authorization ${user}`,
  )
  const url = new URL(server)
  url.username = user
  url.password = 'plain'
  return {
    url: url.href,
    [Symbol.asyncDispose]: async () => administer(`drop owned by ${user}; drop role ${user}`),
  }
}

export const target: Target = postgresTarget({ name: 'postgres', options: (clock) => ({ clock }) })

/** With the time that the server says. */
export const serverClockTarget: Target = postgresTarget({
  name: 'postgres (clock of the server)',
  options: () => ({}),
})

/** As a user who is no superuser, without prepared statements, and with bodies that are not JSON. */
export const plainUserTarget: Target = postgresTarget({
  name: 'postgres (plain user, unprepared)',
  way: asPlainUser,
  options: (clock) => ({
    clock,
    preparedStatements: false,
    codec: compressingCodec({ threshold: 1 }),
  }),
})

/** Through a pooler that knows no prepared statements. */
export const pooledTarget: Target = postgresTarget({
  name: 'postgres (through PgBouncer)',
  engine: 'PostgreSQL behind PgBouncer',
  way: startPgBouncer,
  options: (clock) => ({ clock, preparedStatements: false }),
})

/** By the oldest driver that is supported. */
export const oldestTarget: Target = postgresTarget({
  name: `postgres (pg ${oldest.version})`,
  driver: oldestPg,
  options: (clock) => ({ clock }),
})
