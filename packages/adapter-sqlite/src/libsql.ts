import { PersistenceError } from '@holdfast/spec'
import type * as LibsqlModule from '@libsql/client'
import {
  NOW_OF_DATABASE,
  NOW_PARAMETER,
  USE_WAL,
  bind,
  type Params,
  type Results,
  type SqliteExecutor,
} from './executor.ts'
import type { LibsqlClient, LibsqlStatement } from './options.ts'

/** A database behind @libsql/client. */
export interface Libsql {
  /** Called at the first use, and again after it failed. */
  open(): Promise<LibsqlClient>
  /** Whether `open` made it, so that it is ours to close. */
  readonly owned: boolean
  /** Whether it is a file that `open` opened. */
  readonly ownFile: boolean
}

/** Runs SQL through @libsql/client: a read is one `execute`, a unit is one `batch`. */
export function createLibsqlExecutor(libsql: Libsql, clock: (() => number) | null): SqliteExecutor {
  let opening: Promise<LibsqlClient> | undefined

  async function open(): Promise<LibsqlClient> {
    opening ??= libsql.open()
    try {
      return await opening
    } catch (error) {
      opening = undefined
      throw error
    }
  }

  const toStatement = (
    sql: string,
    params: Params,
    now: (() => number) | null,
  ): LibsqlStatement => ({ sql, args: bind(sql, params, now) })

  return {
    now: clock === null ? NOW_OF_DATABASE : NOW_PARAMETER,

    async read<R extends object>(sql: string, params: Params) {
      const client = await open()
      const { rows } = await client.execute(toStatement(sql, params, clock))
      return rows.map(toRow) as unknown as readonly R[]
    },

    async write<R extends readonly object[]>(statements: readonly string[], params: Params) {
      const client = await open()
      const now = clock?.() ?? 0
      const units = statements.map((sql) => toStatement(sql, params, clock && (() => now)))
      const results = await client.batch(units, 'write')
      return results.map(({ rows }) => rows.map(toRow)) as unknown as Results<R>
    },

    async useWal() {
      if (!libsql.ownFile) return
      const client = await open()
      await client.execute({ sql: USE_WAL, args: {} })
    },

    async close() {
      if (!libsql.owned || opening === undefined) return
      const client = await opening
      client.close()
    },
  }
}

/** Opens `url` with @libsql/client, which is loaded only now: the other drivers do not need it. */
export async function openLibsql(
  url: string,
  authToken: string | undefined,
  busyTimeout: number,
): Promise<LibsqlClient> {
  const { createClient } = await load()
  const file = isFileUrl(url)
  const client: LibsqlClient = createClient({
    url,
    ...(authToken === undefined ? {} : { authToken }),
    // One connection to a file, so that the settings below hold for every statement.
    ...(file ? { concurrency: 1, timeout: busyTimeout } : {}),
  })
  if (file) {
    await client.execute({ sql: `pragma busy_timeout = ${busyTimeout}`, args: {} })
    await client.execute({ sql: 'pragma synchronous = full', args: {} })
  }
  return client
}

type Library = Pick<typeof LibsqlModule, 'createClient'>

async function load(): Promise<Library> {
  try {
    return await import('@libsql/client')
  } catch (cause) {
    throw new PersistenceError('UNAVAILABLE', 'A url needs @libsql/client to be installed', {
      retryable: false,
      cause,
    })
  }
}

/** Whether the database is in this process. */
export function isFileUrl(url: string): boolean {
  return url === ':memory:' || url.startsWith('file:')
}

/** A plain row: the client's also count their columns, and hold bigints when it is told so. */
function toRow(row: object): object {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? Number(value) : (value as unknown),
    ]),
  )
}
