import type { ProviderOptions } from '@holdfast/spec'

/** What goes into a column and comes out of it. */
export type SqliteValue = string | number | null

/** The subset of a prepared statement that we need. */
export interface SqliteStatement {
  all(params: Record<string, SqliteValue>): unknown[]
  run(params: Record<string, SqliteValue>): unknown
  /** better-sqlite3: whether it gives rows. There, `all` throws for one that does not. */
  readonly reader?: boolean
  /** better-sqlite3. */
  safeIntegers?(on: boolean): unknown
  /** node:sqlite. */
  setReadBigInts?(on: boolean): unknown
  /** node:sqlite. */
  setReturnArrays?(on: boolean): unknown
  /** node:sqlite. */
  setAllowBareNamedParameters?(on: boolean): unknown
}

/**
 * The common subset of `DatabaseSync` of node:sqlite and `Database` of better-sqlite3 that we need. We don't use their
 * types here, so that nobody needs both.
 */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement
  exec(sql: string): unknown
  close(): unknown
  /** better-sqlite3. */
  readonly memory?: boolean
  /** node:sqlite: `null` when it is in memory. */
  location?(): string | null
}

export interface LibsqlStatement {
  readonly sql: string
  readonly args: Record<string, SqliteValue>
}

export interface LibsqlResult {
  readonly rows: readonly object[]
}

/** The subset of a client of @libsql/client that we need. Its `intMode` must be `'number'` (its default) or `'bigint'`. */
export interface LibsqlClient {
  /** `'file'` when the database is in this process. */
  readonly protocol: string
  execute(statement: LibsqlStatement): Promise<LibsqlResult>
  batch(statements: LibsqlStatement[], mode: 'write'): Promise<LibsqlResult[]>
  close(): unknown
}

/**
 * Where the database is: exactly one of `path`, `database`, `url` and `client`.
 *
 * Do not open one file with two of the drivers in one process: each has a copy of SQLite of its own, which does not see
 * the locks of the other, and takes them away when it closes the file.
 */
export type SqliteSource =
  | {
      /**
       * A file, opened with node:sqlite at the first call and closed on disposal; `':memory:'` is a database that goes
       * with the provider.
       */
      readonly path: string
      /** How long, in ms, to wait for another connection's lock. It blocks this thread. @default 5000 */
      readonly busyTimeout?: number
    }
  | {
      /**
       * A `DatabaseSync` of node:sqlite or a `Database` of better-sqlite3. It stays yours: its settings (busy timeout,
       * journal mode, synchronous) are not changed, it is never closed, and no transaction of yours may be open on it
       * while a call is under way.
       */
      readonly database: SqliteDatabase
    }
  | {
      /** `libsql:`, `http(s):`, `ws(s):` or `file:`, opened with @libsql/client at the first call, closed on disposal. */
      readonly url: string
      readonly authToken?: string
      /** How long, in ms, to wait for another connection's lock on a `file:`. It blocks this thread. @default 5000 */
      readonly busyTimeout?: number
    }
  | {
      /** A client of @libsql/client. It stays yours: its settings are not changed, and it is never closed. */
      readonly client: LibsqlClient
    }

/**
 * Options of the SQLite provider.
 *
 * `clock` is by default this process's for an embedded database, and the server's for a remote one.
 */
export type SqliteProviderOptions = ProviderOptions & SqliteSource
