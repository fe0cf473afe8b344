import { invalid, type ProviderOptions } from '@holdfast/spec'

/** What a statement answers. */
export interface OracleResult {
  readonly rows?: readonly unknown[] | undefined
  readonly metaData?: readonly { readonly name: string }[] | undefined
  readonly rowsAffected?: number | undefined
  /** By name: the values of a PL/SQL block, and an array for each name of `returning … into`. */
  readonly outBinds?: unknown
}

/** The subset of the `Connection` of the driver `oracledb` that we need. */
export interface OracleConnection {
  execute(
    sql: string,
    binds: Record<string, unknown>,
    options: Record<string, unknown>,
  ): Promise<OracleResult>
  /** Gives it back to its pool; with `drop` it is closed. */
  close(options?: { drop: boolean }): Promise<void>
}

/**
 * The subset of the `Pool` of the driver `oracledb` that we need. We don't use its type here, so that `oracledb` stays a
 * dependency of yours.
 *
 * https://node-oracledb.readthedocs.io/en/latest/api_manual/pool.html
 */
export interface OraclePool {
  getConnection(): Promise<OracleConnection>
}

/** What `oracledb` makes a pool of. */
export interface OracleCredentials {
  readonly user: string
  readonly password: string
  /** An Easy Connect string such as `db.example.com:1521/service`, a name of tnsnames.ora, or a descriptor. */
  readonly connectString: string
}

/** Where the database is: exactly one of `pool` and `connect`. */
export type OracleSource =
  | {
      /**
       * A `Pool` of `oracledb` 6.5 or newer. It stays yours, and is never closed. Leave its sessions at the isolation
       * level `read committed`, and at `NLS_COMP = BINARY`: both are Oracle's defaults.
       */
      readonly pool: OraclePool
      readonly connect?: never
    }
  | {
      /** A pool of ten connections that is opened with `oracledb` at the first call, and closed on disposal. */
      readonly connect: OracleCredentials
      readonly pool?: never
    }

/** Options of the Oracle provider. */
export type OracleProviderOptions = ProviderOptions &
  OracleSource & {
    /** The user whose tables they are, case and all. @default the user who is connected */
    readonly schema?: string
    /** What the names of the tables begin with, case and all. @default 'HOLDFAST_' */
    readonly prefix?: string
  }

/** How the names of tables, indexes and the sequence are made. */
export interface Naming {
  readonly schema?: string | undefined
  readonly prefix?: string | undefined
}

/** A quoted name with its schema. `name` is a table's, an index's or the sequence's, in lower case. */
export type NameOf = (name: string) => string

// Of an identifier, since Oracle 12.2.
const MAX_NAME_BYTES = 128
/** The longest of our own names, `subscriptions_workflow`, with room to grow. */
const MAX_PREFIX_BYTES = MAX_NAME_BYTES - 32

/**
 * The names of the tables, always quoted.
 *
 * @throws {PersistenceError} `INVALID_VALUE` for what Oracle cannot name a table
 */
export function readNames({ schema, prefix = 'HOLDFAST_' }: Naming): NameOf {
  checkName(prefix, 'prefix', MAX_PREFIX_BYTES)
  if (schema !== undefined) checkName(schema, 'schema', MAX_NAME_BYTES)
  const owner = schema === undefined ? '' : `"${schema}".`
  return (name) => `${owner}"${prefix}${name.toUpperCase()}"`
}

function checkName(name: unknown, path: string, maxBytes: number): asserts name is string {
  if (typeof name !== 'string' || name === '') throw invalid(path, 'a name')
  // Not even a quoted name may hold a quote; a colon would read as a bind, since the driver looks for them.
  if (/["\0:]/.test(name) || !name.isWellFormed())
    throw invalid(path, 'well-formed Unicode without double quotes, colons and U+0000')
  if (Buffer.byteLength(name) > maxBytes)
    throw invalid(path, `at most ${maxBytes} bytes of UTF-8 long`)
}

/** @throws {TypeError} when not exactly one of `pool` and `connect` is given */
export function readSource(options: OracleSource): OracleSource {
  const { pool, connect } = options
  if ((pool === undefined) === (connect === undefined))
    throw new TypeError('Give either a pool or what to connect with')
  if (pool !== undefined && typeof pool.getConnection !== 'function')
    throw new TypeError('pool must be a Pool of oracledb')
  if (connect !== undefined && typeof connect.connectString !== 'string')
    throw new TypeError('connect must have user, password and connectString')
  return options
}
