import type { Format } from './codec.ts'
import type { SqliteExecutor } from './executor.ts'

/** What every repository of a provider works with. */
export interface Context extends Format {
  readonly executor: SqliteExecutor
  readonly namespace: string
}
