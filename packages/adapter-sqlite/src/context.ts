import type { BodyFormat } from '@holdfast/spec'
import type { SqliteExecutor } from './executor.ts'

/** What every repository of a provider works with. */
export interface Context extends BodyFormat {
  readonly executor: SqliteExecutor
  readonly namespace: string
}
