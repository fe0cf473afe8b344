import { randomUUID } from 'node:crypto'
import { available } from '@holdfast/testbed'
import pg from 'pg'
import { createPostgresProvider, type PostgresProviderOptions } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'

/** A server for tests, with a database schema of its own that goes with it. */
export interface Server extends AsyncDisposable {
  readonly url: string
  readonly schema: string
  /** Connections of the user who may do everything. */
  readonly pool: pg.Pool
  openPool(config?: pg.PoolConfig): pg.Pool
  /** A provider on this schema, and on the pool above unless another is given. */
  open(options?: Partial<Pick<PostgresProviderOptions, 'namespace' | 'clock' | 'pool'>>): Store
}

/** @throws when this machine has no PostgreSQL */
export async function openServer(): Promise<Server> {
  const engine = await available('postgres')
  if (engine.grade === 'none') throw new Error(engine.reason)
  const schema = `holdfast test ${randomUUID()}`
  const pools: pg.Pool[] = []
  const openPool = (config: pg.PoolConfig = {}): pg.Pool => {
    const pool = new pg.Pool({ connectionString: engine.url, max: 20, ...config })
    pool.on('error', () => {})
    pools.push(pool)
    return pool
  }
  const pool = openPool()
  const open: Server['open'] = (options = {}) =>
    createPostgresProvider({ pool, schema, ...options }) as Store
  await open().ensureStore()
  return {
    url: engine.url,
    schema,
    pool,
    openPool,
    open,
    async [Symbol.asyncDispose]() {
      await pool.query(`drop schema if exists "${schema}" cascade`)
      for (const opened of pools) if (!opened.ending) await opened.end()
      await engine[Symbol.asyncDispose]()
    },
  }
}

export { aSnapshot, aWorkflow, outcomeOf } from '@holdfast/conformance'
