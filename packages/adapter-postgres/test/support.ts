import { randomUUID } from 'node:crypto'
import type { NewSnapshot, NewWorkflow } from '@holdfast/spec'
import { available } from '@holdfast/testbed'
import pg from 'pg'
import { createPostgresProvider, type PostgresProviderOptions } from '../src/index.ts'
import type { Store } from './store.ts'

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

export function aWorkflow(change: Partial<NewWorkflow> = {}): NewWorkflow {
  return {
    id: randomUUID(),
    definitionId: 'order',
    status: 'runnable',
    nextExecution: 0,
    pointers: [],
    ...change,
  }
}

export function aSnapshot(change: Partial<NewSnapshot> = {}): NewSnapshot {
  return {
    instanceId: randomUUID(),
    workflowId: 'order',
    status: 'running',
    definitionHash: 'hash-1',
    state: { step: 1 },
    readyTasks: [{ taskId: 'task-1' }],
    version: 0,
    ...change,
  }
}

/** The code of the error that a call ends with, or `'ok'`. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'ok'
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error)
  }
}
