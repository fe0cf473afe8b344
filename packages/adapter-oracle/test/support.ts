import { randomBytes, randomUUID } from 'node:crypto'
import type { NewSnapshot, NewWorkflow } from '@holdfast/spec'
import { createOracleProvider, type OraclePool, type OracleProviderOptions } from '../src/index.ts'
import { dropStore, openDatabase, type TestDatabase } from './database.ts'
import type { Store } from './store.ts'

/** A database for tests, with tables of its own that go with it. */
export interface Server extends AsyncDisposable {
  readonly database: TestDatabase
  readonly pool: OraclePool
  readonly prefix: string
  /** A provider on these tables, and on the pool above unless another is given. */
  open(
    options?: Partial<
      Pick<OracleProviderOptions, 'namespace' | 'clock' | 'codec' | 'pool' | 'prefix'>
    >,
  ): Store
}

export function aPrefix(): string {
  return `T${randomBytes(4).toString('hex').toUpperCase()}_`
}

/** @throws when this machine has neither an Oracle nor what stands in for one */
export async function openServer(): Promise<Server> {
  const database = await openDatabase()
  const { pool } = database
  const prefix = aPrefix()
  const open: Server['open'] = ({ pool: other, ...options } = {}) =>
    createOracleProvider({ prefix, ...options, pool: other ?? pool }) as Store
  await open().ensureStore()
  return {
    database,
    pool,
    prefix,
    open,
    async [Symbol.asyncDispose]() {
      await dropStore(database, prefix)
      await database[Symbol.asyncDispose]()
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
