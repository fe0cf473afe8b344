import type { Format } from './codec.ts'
import type { Database } from './database.ts'

/** What every repository of a provider works with. */
export interface Context extends Format {
  readonly database: Database
}
