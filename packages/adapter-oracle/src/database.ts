import { importDriver, type OracleDriver, type OwnPool } from './driver.ts'
import type {
  OracleConnection,
  OracleCredentials,
  OraclePool,
  OracleResult,
  OracleSource,
} from './options.ts'
import type { Param, Params, Statement } from './statement.ts'

/** What a write did. */
export interface Written<Out> {
  /** How many rows it touched; 0 for a block. */
  readonly count: number
  /** What came back by `:o_name`, under that name without `o_`; `undefined` when `returning` had no row. */
  readonly out: Out | undefined
}

/** The way to the server. */
export interface Database {
  /** The rows of a query, of at most `limit` rows. */
  read<Row>(statement: Statement, params?: Params, limit?: number): Promise<readonly Row[]>
  /** A statement or a block, and its commit: a transaction of its own, in one round trip. */
  write<Out = unknown>(statement: Statement, params?: Params): Promise<Written<Out>>
  /** Statements that make tables, each of which commits. The session is not used again, whatever they set in it. */
  define<T>(work: (run: (sql: string) => Promise<void>) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly namespace: string
  readonly clock: (() => number) | null
}

// A server that does not answer shall not hold a call for ever; a burst of calls may wait for a connection.
const CONNECTION_TIMEOUT_S = 30
const QUEUE_TIMEOUT_MS = 30_000
const POOL_SIZE = 10
// Each connection prepares a statement once, when they all fit.
const STATEMENT_CACHE = 100

/** What a `varchar2` of SQL holds. In PL/SQL it is eight times as much. */
const MAX_TEXT_BYTES = 4000
const MAX_BLOCK_TEXT_BYTES = 32_767
const MAX_ID_BYTES = 1020

// A database may be set to compare without regard to case.
const COMPARE_BYTES = 'alter session set nls_comp = binary nls_sort = binary'

/** Whose null is one of numbers. */
const NULLABLE_NUMBERS = new Set([
  'nextExecution',
  'completedAt',
  'createdAt',
  'updatedAt',
  'tokenExpiry',
  'ttl',
] as const) as ReadonlySet<string>

/** What comes back that is a number. */
const NUMBERS = new Set(
  [
    'found',
    'saved',
    'gone',
    'fenced',
    'mine',
    'seen',
    'taken_now',
    'version',
    'next',
    'fencing_token',
  ].concat(
    ['next_execution', 'completed_at', 'created_at', 'updated_at', 'claimed_at', 'expires_at'],
    ['subscribe_as_of', 'token_expiry', 'event_time', 'processed'],
    ['execution_index', 'execute_at', 'priority', 'ready_at'],
  ),
) as ReadonlySet<string>

/** A text of a body that fits a bind, and one that does not: that takes one more round trip to read. */
const SHORT_BODY = 'body'
const LONG_BODY = 'long_body'

/** `:namespace` and `:now` are given to every statement that has them. */
export function openDatabase(
  source: OracleSource,
  { namespace, clock }: DatabaseOptions,
): Database {
  const { acquire, close } = source.pool ? borrow(source.pool) : own(source.connect)
  let loading: Promise<OracleDriver> | undefined
  const load = (): Promise<OracleDriver> => (loading ??= importDriver())

  const valueOf = (name: string, params: Params, { name: where }: Statement): Param => {
    if (name === 'namespace') return namespace
    if (name === 'now' && clock) return Math.floor(clock())
    const value = params[name]
    if (value === undefined) throw new TypeError(`${where} lacks its parameter ${name}`)
    return value
  }

  const bindsOf = (
    statement: Statement,
    params: Params,
    driver: OracleDriver,
  ): Record<string, unknown> => {
    const given = statement.given.map((name) => {
      const val = valueOf(name, params, statement)
      return [name, { dir: driver.BIND_IN, type: typeOf(name, val, statement, driver), val }]
    })
    const out = statement.out.map((name) => [name, outBind(name, driver)])
    return Object.fromEntries([...given, ...out])
  }

  /** Whatever the application has set for the whole driver, it does not hold here. */
  const run = async <T>(
    statement: Statement,
    params: Params,
    fetched: number,
    use: (result: OracleResult) => T | Promise<T>,
  ): Promise<T> => {
    const driver = await load()
    const binds = bindsOf(statement, params, driver)
    const connection = await acquire(driver)
    try {
      const result = await connection.execute(statement.text, binds, {
        autoCommit: !statement.isQuery,
        ...(statement.isQuery && {
          outFormat: driver.OUT_FORMAT_ARRAY,
          resultSet: false,
          maxRows: 0,
          // One more than there can be: the answer then says that it is the end, and nothing more is asked.
          prefetchRows: fetched + 1,
          fetchArraySize: fetched + 1,
          // Numbers too: all their digits.
          fetchTypeHandler: () => ({ type: driver.STRING }),
        }),
      })
      return await use(result)
    } finally {
      await release(connection)
    }
  }

  return {
    read: async <Row>(statement: Statement, params: Params = {}, limit = 1) =>
      run(statement, params, limit, (result) => rowsOf(result) as readonly Row[]),

    write: async <Out>(statement: Statement, params: Params = {}) =>
      run(statement, params, 1, async (result) => ({
        count: result.rowsAffected ?? 0,
        out: (await outOf(statement, result)) as Out | undefined,
      })),

    async define(work) {
      const connection = await acquire(await load())
      try {
        return await work(async (sql) => {
          await connection.execute(sql, {}, { autoCommit: true })
        })
      } finally {
        await release(connection, { drop: true })
      }
    },

    close,
  }
}

/** What was done stands also when the connection cannot be given back: its pool forgets it then. */
async function release(connection: OracleConnection, options?: { drop: boolean }): Promise<void> {
  await (options ? connection.close(options) : connection.close()).catch(() => {})
}

function typeOf(name: string, value: Param, statement: Statement, driver: OracleDriver): unknown {
  if (typeof value === 'number') return driver.NUMBER
  if (value === null) return NULLABLE_NUMBERS.has(name) ? driver.NUMBER : driver.STRING
  // In a query a longer one is not a string but a LONG, which only an insert takes.
  return statement.isQuery && Buffer.byteLength(value) > MAX_TEXT_BYTES
    ? driver.CLOB
    : driver.STRING
}

function outBind(bind: string, driver: OracleDriver): object {
  const dir = driver.BIND_OUT
  const name = nameOfOut(bind)
  if (NUMBERS.has(name)) return { dir, type: driver.NUMBER }
  if (name === LONG_BODY) return { dir, type: driver.CLOB }
  const maxSize = name === SHORT_BODY ? MAX_BLOCK_TEXT_BYTES : MAX_ID_BYTES
  return { dir, type: driver.STRING, maxSize }
}

/** Without `o_`. */
function nameOfOut(bind: string): string {
  return bind.slice(2)
}

function rowsOf({ rows = [], metaData = [] }: OracleResult): readonly object[] {
  const names = metaData.map(({ name }) => name.toLowerCase())
  return (rows as readonly (readonly unknown[])[]).map((row) =>
    Object.fromEntries(names.map((name, index) => [name, row[index]])),
  )
}

interface Lob {
  getData(): Promise<string>
}

async function outOf(
  statement: Statement,
  { outBinds }: OracleResult,
): Promise<object | undefined> {
  if (statement.out.length === 0) return undefined
  const given = (outBinds ?? {}) as Readonly<Record<string, unknown>>
  const members = statement.out.map((name): [string, unknown] => {
    const value = given[name]
    return [nameOfOut(name), Array.isArray(value) ? (value as unknown[])[0] : value]
  })
  // Of `returning`, that is; a block gives every name a value, or null.
  if (members.every(([, value]) => value === undefined)) return undefined
  const { long_body: long, ...out } = Object.fromEntries(members)
  return long ? { ...out, body: await (long as Lob).getData() } : out
}

interface Source {
  acquire(driver: OracleDriver): Promise<OracleConnection>
  close(): Promise<void>
}

function borrow(pool: OraclePool): Source {
  return { acquire: async () => pool.getConnection(), close: async () => {} }
}

function own(credentials: OracleCredentials): Source {
  let opened: Promise<OwnPool> | undefined
  return {
    async acquire(driver) {
      opened ??= openPool(driver, credentials)
      return (await opened).getConnection()
    },
    async close() {
      const pool = await opened?.catch(() => undefined)
      await pool?.close(0)
    },
  }
}

async function openPool(
  driver: OracleDriver,
  { user, password, connectString }: OracleCredentials,
): Promise<OwnPool> {
  return driver.createPool({
    ...{ user, password, connectString },
    poolMin: 0,
    poolMax: POOL_SIZE,
    poolIncrement: 1,
    queueTimeout: QUEUE_TIMEOUT_MS,
    connectTimeout: CONNECTION_TIMEOUT_S,
    stmtCacheSize: STATEMENT_CACHE,
    sessionCallback: (
      connection: OracleConnection,
      _tag: string,
      done: (error?: unknown) => void,
    ): void => {
      const ready = connection.execute(COMPARE_BYTES, {}, {})
      ready.then(() => done(), done)
    },
  })
}
