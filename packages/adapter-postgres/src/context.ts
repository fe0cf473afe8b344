import type { BodyFormat } from '@holdfast/spec'
import type { Database } from './database.ts'

/** What every repository of a provider works with. */
export interface Context extends BodyFormat {
  readonly run: Database['run']
  /** The quoted name of the database schema. */
  readonly schema: string
}
