import type { PersistenceProvider } from '../../src/index.ts'

/** A record of a system whose storage interface the contract unites, and the way in and out of a provider. */
export interface System<R> {
  readonly name: string
  /** Real-looking, every field populated. */
  readonly record: R
  /** Stores the record as the system would through this contract. */
  save(provider: Repositories, record: R): Promise<void>
  /** Reads it back, in the system's own shape. */
  load(provider: Repositories): Promise<R>
}

export type Repositories = Required<PersistenceProvider>

/** What a read found; the tables only read what they stored. */
export function found<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('Nothing was stored')
  return value
}

export function toMs(iso: string): number {
  return Date.parse(iso)
}

export function toIso(ms: number): string {
  return new Date(ms).toISOString()
}
