import type { SqliteValue } from './options.ts'

/** Values by the name that the SQL gives them after a colon. A statement may leave some of them out. */
export type Params = Readonly<Record<string, SqliteValue>>

/** The rows of each statement of a unit. */
export type Results<R extends readonly object[]> = { readonly [K in keyof R]: readonly R[K][] }

/** The seam between the repositories and a driver. */
export interface SqliteExecutor {
  /** SQL for the time, epoch ms. */
  readonly now: string
  /** The rows of a statement that only reads. One round trip. */
  read<R extends object>(sql: string, params: Params): Promise<readonly R[]>
  /** Runs statements as one atomic unit and one round trip; gives the rows of each. */
  write<R extends readonly object[]>(
    statements: readonly string[],
    params: Params,
  ): Promise<Results<R>>
  /** Lets readers work beside a writer, when the database is a file that we opened. Fails while others use it. */
  useWal(): Promise<void>
  close(): Promise<void>
}

/** The time as a parameter that the executor binds when a unit begins: the wait for a lock may be long. */
export const NOW_PARAMETER = ':now'

/** The time by the clock of the machine that runs the SQL. It stands still within a statement. */
export const NOW_OF_DATABASE = "cast(round((julianday('now') - 2440587.5) * 86400000) as integer)"

/** A property of the file: it holds for every connection, from now on. */
export const USE_WAL = 'pragma journal_mode = wal'

const namesBySql = new Map<string, readonly string[]>()

/** The parameters that `sql` names; node:sqlite refuses those that it does not. */
export function bind(
  sql: string,
  params: Params,
  now: (() => number) | null,
): Record<string, SqliteValue> {
  let names = namesBySql.get(sql)
  if (names === undefined) {
    names = [...new Set(Array.from(sql.matchAll(/:(\w+)/g), ([, name = '']) => name))]
    namesBySql.set(sql, names)
  }
  const bound: Record<string, SqliteValue> = {}
  for (const name of names) {
    const value = name === 'now' && now ? now() : params[name]
    if (value === undefined) throw new TypeError(`No value for :${name} in ${sql}`)
    bound[name] = value
  }
  return bound
}
