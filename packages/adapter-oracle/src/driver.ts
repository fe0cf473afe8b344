import { PersistenceError } from '@holdfast/spec'
import type { OraclePool } from './options.ts'

/** A pool that we opened. */
export interface OwnPool extends OraclePool {
  close(drainTime: number): Promise<void>
}

/** What we need of the module `oracledb` itself: types of binds are objects of it, and not numbers. */
export interface OracleDriver {
  readonly STRING: unknown
  readonly NUMBER: unknown
  readonly CLOB: unknown
  readonly BIND_IN: number
  readonly BIND_OUT: number
  readonly OUT_FORMAT_ARRAY: number
  createPool(attributes: Record<string, unknown>): Promise<OwnPool>
}

/** @throws {PersistenceError} `UNAVAILABLE` when `oracledb` is not installed */
export async function importDriver(): Promise<OracleDriver> {
  try {
    // By a name that the compiler does not follow: the driver has no types of its own.
    const name: string = 'oracledb'
    const { default: driver } = (await import(name)) as { readonly default: OracleDriver }
    return driver
  } catch (cause) {
    throw new PersistenceError(
      'UNAVAILABLE',
      'The driver oracledb cannot be loaded; install it: its types of binds are needed also for a pool of your own',
      { retryable: false, cause },
    )
  }
}
