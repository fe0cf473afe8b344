import { PersistenceError } from '@holdfast/spec'
import { toNumber, type Int8 } from './codec.ts'

/** A versioned record as a write that found it otherwise than expected sees it. */
export interface Stored {
  readonly stored_version: Int8 | null
  readonly stored_by: string | null
}

/**
 * What became of an update that wrote nothing. `'done'`: an earlier try of the same request wrote it. `'again'`: the
 * record changed while the statement waited for it, so that what the statement saw of it proves nothing.
 *
 * @throws {PersistenceError} `NOT_FOUND`, `CONFLICT`
 */
export function judge(
  { stored_version, stored_by }: Stored,
  seen: number,
  requestId: string,
  what: string,
): 'done' | 'again' {
  if (stored_version === null) throw new PersistenceError('NOT_FOUND', `There is no ${what}`)
  const version = toNumber(stored_version)
  if (isRepeat(version, stored_by, seen, requestId)) return 'done'
  if (version === seen) return 'again'
  throw conflict(`Version ${version} of ${what} is stored, not ${seen}`)
}

/** Whether the stored version is the one that an earlier try of this request wrote. */
export function isRepeat(
  version: number,
  updatedBy: string | null,
  seen: number,
  requestId: string,
): boolean {
  return version === seen + 1 && updatedBy === requestId
}

export function conflict(message: string): PersistenceError {
  return new PersistenceError('CONFLICT', message)
}

/**
 * Creates a record, or finds the one that an earlier try of the same request created.
 *
 * @param insert `undefined` when the id is taken
 * @throws {PersistenceError} `CONFLICT` when somebody else has the id
 */
export async function createOnce<T, Row extends { readonly created_by: string }>(
  what: string,
  requestId: string,
  insert: () => Promise<T | undefined>,
  find: () => Promise<Row | undefined>,
  read: (row: Row) => T,
): Promise<T> {
  for (;;) {
    const inserted = await insert()
    if (inserted !== undefined) return inserted
    const stored = await find()
    if (stored?.created_by === requestId) return read(stored)
    if (stored !== undefined) throw conflict(`There is a ${what} already`)
    // Deleted between the two statements: the id is free.
  }
}

/** Whether a statement was undone because another one took the same unique key at the same time. */
export function isUniqueViolation(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '23505'
}
