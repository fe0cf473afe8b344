import { invalid, type ProviderOptions } from '@holdfast/spec'

/** What is sent to the server in one round trip. */
export interface PostgresQuery {
  text: string
  values?: unknown[]
  /** Prepares the statement on its connection, once. */
  name?: string
}

/**
 * The subset of the `Pool` of the driver `pg` that we need. We don't use its type here, so that `pg` stays a dependency
 * of yours.
 *
 * https://node-postgres.com/apis/pool
 */
export interface PostgresPool {
  query(query: PostgresQuery): Promise<{ rows: unknown[] }>
}

/** Where the database is: exactly one of `pool` and `connectionString`. */
export type PostgresSource =
  | {
      /**
       * A `Pool` of `pg`. It stays yours: it is never closed, and its `error` events are yours to listen to. Leave the
       * default isolation level of its sessions at `read committed`; under a higher one, races end as `BUSY`.
       */
      readonly pool: PostgresPool
      readonly connectionString?: never
    }
  | {
      /** `postgres://…`, opened with `pg` at the first call and closed on disposal. */
      readonly connectionString: string
      readonly pool?: never
    }

/** Options of the PostgreSQL provider. */
export type PostgresProviderOptions = ProviderOptions &
  PostgresSource & {
    /** The database schema that the tables are in. Any name: it is always quoted. @default 'holdfast' */
    readonly schema?: string
    /**
     * Whether statements are prepared once for each connection. Turn it off behind a pooler that hands out another
     * connection for each transaction and does not follow prepared statements: PgBouncer before 1.21, and before 1.24
     * unless its `max_prepared_statements` is set.
     * @default true
     */
    readonly preparedStatements?: boolean
  }

// The server cuts longer names off silently.
const MAX_NAME_BYTES = 63

/**
 * The schema's name.
 *
 * @throws {PersistenceError} `INVALID_VALUE` for what PostgreSQL cannot name a schema
 */
export function readSchema(schema: unknown = 'holdfast'): string {
  if (typeof schema !== 'string' || schema === '') throw invalid('schema', 'a name')
  if (schema.includes('\0') || !schema.isWellFormed())
    throw invalid('schema', 'well-formed Unicode without U+0000')
  if (Buffer.byteLength(schema) > MAX_NAME_BYTES)
    throw invalid('schema', `at most ${MAX_NAME_BYTES} bytes of UTF-8 long`)
  if (schema.startsWith('pg_')) throw invalid('schema', 'without the prefix pg_, which is reserved')
  return schema
}

/** @throws {TypeError} when not exactly one of `pool` and `connectionString` is given */
export function readSource(options: PostgresSource): PostgresSource {
  const { pool, connectionString } = options
  if ((pool === undefined) === (connectionString === undefined))
    throw new TypeError('Give either a pool or a connectionString')
  if (pool !== undefined && typeof pool.query !== 'function')
    throw new TypeError('pool must be a Pool of pg')
  if (connectionString !== undefined && typeof connectionString !== 'string')
    throw new TypeError('connectionString must be a string')
  return options
}
