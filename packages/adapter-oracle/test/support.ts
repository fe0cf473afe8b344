import { randomBytes } from 'node:crypto'
import { createOracleProvider, type OraclePool, type OracleProviderOptions } from '../src/index.ts'
import { dropStore, openDatabase, type TestDatabase } from './database.ts'
import type { Store } from '@holdfast/conformance'

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

export { aSnapshot, aWorkflow, outcomeOf } from '@holdfast/conformance'
