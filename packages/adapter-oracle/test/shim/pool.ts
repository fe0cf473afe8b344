import { randomUUID } from 'node:crypto'
import type { OracleConnection, OraclePool } from '../../src/index.ts'
import { ShimConnection } from './connection.ts'
import { toOracle } from './errors.ts'
import { driver } from './internals.ts'
import { openPostgres } from './postgres.ts'

/** A database of PostgreSQL that stands in for one of Oracle. */
export interface ShimDatabase extends AsyncDisposable {
  readonly url: string
  openPool(options?: ShimOptions): ShimPool
  /** Runs SQL of PostgreSQL, behind the back of the driver. */
  admin(sql: string, values?: unknown[]): Promise<readonly (readonly unknown[])[]>
}

export interface ShimOptions {
  /** Is told of each round trip that thin mode would take. */
  readonly onTrip?: (sql: string) => void
  readonly max?: number
  /** `host:port`, to reach the server by another way. */
  readonly address?: string
  /** Another user, or other settings. */
  readonly url?: string
}

export interface ShimPool extends OraclePool {
  close(drainTime?: number): Promise<void>
}

/** Texts are ordered byte by byte, as in Oracle. */
const DATABASE = `template template0 encoding 'UTF8' locale_provider libc locale 'C'`

const VIEWS = `
  create view nls_database_parameters as select 'NLS_CHARACTERSET' as parameter, 'AL32UTF8' as value;
  create view nls_session_parameters as
    select 'NLS_COMP' as parameter, coalesce(current_setting('shim.nls_comp', true), 'BINARY') as value;
`

/** Makes a database on this server, that is dropped on disposal. */
export async function openShim(serverUrl: string): Promise<ShimDatabase> {
  const name = `oracle_${randomUUID().replaceAll('-', '')}`
  const server = openPostgres(serverUrl, { max: 1 })
  const onServer = async (sql: string): Promise<void> => {
    const client = await server.connect()
    await client.query(sql).finally(() => client.release())
  }
  await onServer(`create database ${name} ${DATABASE}`)
  const url = Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href
  const own = openPostgres(url, { max: 2 })
  const admin: ShimDatabase['admin'] = async (text, values = []) => {
    const client = await own.connect()
    try {
      const { rows } = await client.query({ text, values, rowMode: 'array' })
      return rows
    } finally {
      client.release()
    }
  }
  for (const view of VIEWS.split(';').filter((sql) => sql.trim() !== '')) await admin(view)
  const pools: ShimPool[] = []
  return {
    url,
    admin,
    openPool(options = {}) {
      const way = new URL(options.url ?? url)
      if (options.address !== undefined) way.host = options.address
      const pool = openShimPool(way.href, options)
      pools.push(pool)
      return pool
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(pools.map(async (pool) => pool.close()))
      await own.end()
      await onServer(`drop database ${name} with (force)`)
      await server.end()
    },
  }
}

/** Connections of the driver to this database. */
export function openShimPool(
  url: string,
  { onTrip = () => {}, max = 20 }: ShimOptions = {},
): ShimPool {
  const pool = openPostgres(url, { max })
  let closed: Promise<void> | undefined
  return {
    async getConnection() {
      const client = await pool.connect().catch((error: unknown) => {
        throw toOracle(error)
      })
      const connection = new driver.Connection()
      connection._impl = new ShimConnection(client, onTrip)
      return connection as unknown as OracleConnection
    },
    close: async () => (closed ??= pool.end()),
  }
}
