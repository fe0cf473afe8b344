import type { BodyFormat } from '@holdfast/spec'
import type { Database } from './database.ts'
import type { NameOf } from './options.ts'

/** What every repository of a provider works with. */
export interface Context extends BodyFormat {
  readonly read: Database['read']
  readonly write: Database['write']
  readonly nameOf: NameOf
  /** The time by the injected clock, else by the server's, as SQL. */
  readonly now: string
}
