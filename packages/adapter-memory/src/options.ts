import type { ProviderOptions } from '@holdfast/spec'
import type { MemoryDatabase } from './database.ts'

export interface MemoryProviderOptions extends ProviderOptions {
  /** Shares records with the other providers that are given it. @default one of its own */
  readonly database?: MemoryDatabase
}
