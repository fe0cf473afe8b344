import type { Codec } from '@holdfast/spec'
import type { Tables } from './database.ts'

/** What every repository of a provider works with. */
export interface Context {
  readonly tables: Tables
  /** Epoch ms. */
  readonly now: () => number
  readonly codec: Codec
  readonly maxPayloadBytes: number
}
