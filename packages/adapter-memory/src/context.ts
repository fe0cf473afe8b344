import type { BodyFormat } from '@holdfast/spec'
import type { Tables } from './database.ts'

/** What every repository of a provider works with. */
export interface Context extends BodyFormat {
  readonly tables: Tables
  /** Epoch ms. */
  readonly now: () => number
}
