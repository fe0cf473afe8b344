import { PersistenceError } from '@holdfast/spec'
import type Pg from 'pg'
import type { PostgresPool, PostgresQuery, PostgresSource } from './options.ts'
import type { Param, Params, Statement } from './statement.ts'

/** The way to the server. Every call is one round trip. */
export interface Database {
  run<Row>(statement: Statement, params?: Params): Promise<readonly Row[]>
  /** Several statements without parameters, in one transaction. */
  script(sql: string): Promise<void>
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly namespace: string
  readonly clock: (() => number) | null
  readonly preparedStatements: boolean
}

// A server that does not answer shall not hold a call for ever; a burst of calls may wait for a connection.
const CONNECTION_TIMEOUT = 30_000

/** `:namespace` and `:now` are given to every statement that has them. */
export function openDatabase(
  source: PostgresSource,
  { namespace, clock, preparedStatements }: DatabaseOptions,
): Database {
  const { acquire, close } = source.pool ? borrow(source.pool) : own(source.connectionString)

  const valueOf = (name: string, params: Params, { name: where }: Statement): Param => {
    if (name === 'namespace') return namespace
    if (name === 'now') return clock && Math.floor(clock())
    const value = params[name]
    if (value === undefined) throw new TypeError(`${where} lacks its parameter ${name}`)
    return value
  }

  return {
    async run<Row>(statement: Statement, params: Params = {}) {
      const query: PostgresQuery = {
        text: statement.text,
        values: statement.params.map((name) => valueOf(name, params, statement)),
      }
      if (preparedStatements) query.name = statement.name
      const pool = await acquire()
      const { rows } = await pool.query(query)
      return rows as readonly Row[]
    },

    async script(sql) {
      const pool = await acquire()
      // Without values the text goes by the simple protocol, where several statements are one transaction.
      await pool.query({ text: sql })
    },

    close,
  }
}

interface Source {
  acquire(): PostgresPool | Promise<PostgresPool>
  close(): Promise<void>
}

function borrow(pool: PostgresPool): Source {
  return { acquire: () => pool, close: async () => {} }
}

type OwnPool = PostgresPool & { end(): Promise<void> }

function own(connectionString: string): Source {
  let opened: Promise<OwnPool> | undefined
  return {
    acquire: () => (opened ??= openPool(connectionString)),
    close: async () => {
      const pool = await opened?.catch(() => undefined)
      await pool?.end()
    },
  }
}

async function openPool(connectionString: string): Promise<OwnPool> {
  const { default: pg } = await importDriver()
  const pool = new pg.Pool({
    connectionString,
    connectionTimeoutMillis: CONNECTION_TIMEOUT,
    keepAlive: true,
  })
  // An idle connection that breaks is replaced by the pool; an event that nobody listens to would end the process.
  pool.on('error', () => {})
  return pool
}

async function importDriver(): Promise<{ readonly default: typeof Pg }> {
  try {
    return await import('pg')
  } catch (cause) {
    throw new PersistenceError(
      'UNAVAILABLE',
      'The driver pg cannot be loaded; install it, or hand in a pool of your own',
      { retryable: false, cause },
    )
  }
}
