import { PersistenceError } from '@holdfast/spec'
import { toNumber, type Int } from './codec.ts'

/** A versioned record as a write that did not find the version that it saw reads it. */
export interface Stored {
  readonly version: Int
  readonly updated_by: string
}

/**
 * What became of an update that wrote nothing. `'done'`: an earlier try of the same request wrote it. `'again'`: the
 * record has changed since.
 *
 * @throws {PersistenceError} `NOT_FOUND`, `CONFLICT`
 */
export function judge(
  stored: Stored | undefined,
  seen: number,
  requestId: string,
  what: string,
): 'done' | 'again' {
  if (stored === undefined) throw new PersistenceError('NOT_FOUND', `There is no ${what}`)
  const version = toNumber(stored.version)
  if (isRepeat(version, stored.updated_by, seen, requestId)) return 'done'
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
 * @param insert fails when the id is taken
 * @throws {PersistenceError} `CONFLICT` when somebody else has the id
 */
export async function createOnce<T, Row extends { readonly created_by: string }>(
  what: string,
  requestId: string,
  insert: () => Promise<T>,
  find: () => Promise<Row | undefined>,
  read: (row: Row) => T,
): Promise<T> {
  for (;;) {
    const inserted = await unlessTaken(insert)
    if (inserted !== undefined) return inserted
    const stored = await find()
    if (stored?.created_by === requestId) return read(stored)
    if (stored !== undefined) throw conflict(`There is a ${what} already`)
    // Deleted between the two statements: the id is free.
  }
}

/** The answer of a write, or `undefined` when the server undid it because a unique key is taken. */
export async function unlessTaken<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write()
  } catch (error) {
    if (hasNumber(error, UNIQUE_VIOLATION)) return undefined
    throw error
  }
}

const UNIQUE_VIOLATION = 1

/** Whether it is the error ORA-… of the server. */
export function hasNumber(error: unknown, number: number): boolean {
  return (
    typeof error === 'object' && error !== null && 'errorNum' in error && error.errorNum === number
  )
}
