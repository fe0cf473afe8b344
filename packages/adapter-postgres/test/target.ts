import { randomUUID } from 'node:crypto'
import type { Endpoint, StoredRecord, Target } from '@holdfast/conformance'
import { compressingCodec, type ProviderOptions } from '@holdfast/spec'
import { EngineError, available, type Engine } from '@holdfast/testbed'
import pg from 'pg'
import { createPostgresProvider } from '../src/index.ts'

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

function poolOf(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 20 })
  // Rules may break connections; an idle one that breaks is no failure.
  pool.on('error', () => {})
  return pool
}

type Options = ProviderOptions & { readonly preparedStatements?: boolean }

/** A target on a schema of its own, so that several runs can share a server. */
function postgresTarget(name: string, options: (clock: () => number) => Options): Target {
  let schema = `holdfast test ${randomUUID()}`
  let engine: Engine | undefined
  let pool: pg.Pool | undefined

  const connected = (): pg.Pool => {
    if (pool === undefined) throw new Error('The target was not set up')
    return pool
  }

  const address = (): string => {
    if (engine === undefined) throw new Error('The target was not set up')
    return engine.url
  }

  return {
    name,

    async setup() {
      const found = await available('postgres')
      if (found.grade === 'none') throw new EngineError('UNAVAILABLE', found.reason)
      engine = found
      pool = poolOf(found.url)
    },

    module: import.meta.url,
    share: () => ({ url: engine?.url ?? '', schema }),
    join(shared) {
      const there = shared as { readonly url: string; readonly schema: string }
      schema = there.schema
      pool = poolOf(there.url)
    },

    async teardown() {
      await pool?.query(`drop schema if exists "${schema}" cascade`)
      await pool?.end()
      await engine?.[Symbol.asyncDispose]()
    },

    engine() {
      if (engine === undefined) throw new Error('The target was not set up')
      return { name: 'PostgreSQL', version: engine.version, grade: engine.grade }
    },

    endpoint() {
      const { hostname, port } = new URL(address())
      return { host: hostname, port: Number(port || 5432) }
    },

    open: (namespace, { clock, endpoint }) =>
      createPostgresProvider({
        ...(endpoint ? { connectionString: through(endpoint, address()) } : { pool: connected() }),
        schema,
        namespace,
        ...options(clock),
      }),

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

export const target: Target = postgresTarget('postgres', (clock) => ({ clock }))

/** With the time that the server says. */
export const serverClockTarget: Target = postgresTarget(
  'postgres (clock of the server)',
  () => ({}),
)

/** As behind a pooler that knows no prepared statements, and with bodies that are not JSON. */
export const unpreparedTarget: Target = postgresTarget('postgres (unprepared)', (clock) => ({
  clock,
  preparedStatements: false,
  codec: compressingCodec({ threshold: 1 }),
}))
