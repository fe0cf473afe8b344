import type { Int, Stored } from '@holdfast/spec/rows'

/** A versioned record as a write that found it otherwise than expected sees it. */
export interface Seen {
  readonly stored_version: Int | null
  readonly stored_by: string | null
}

/** What is stored; `undefined` when nothing is. */
export function storedOf({ stored_version, stored_by }: Seen): Stored | undefined {
  if (stored_version === null) return undefined
  return { version: stored_version, updated_by: stored_by ?? '' }
}

/** Whether a statement was undone because another one took the same unique key at the same time. */
export function isUniqueViolation(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '23505'
}
