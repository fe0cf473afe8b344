import { PersistenceError } from '@holdfast/spec'
import { isDuplicate } from './database.ts'

/** What a versioned record says of its last write. */
export interface Stored {
  readonly version: number
  readonly updatedBy: string
}

/**
 * What became of an update that found another version than it named: `stored`, when an earlier try of the same request
 * wrote it; `undefined`, when it has the version now, so that the update is to be made again.
 *
 * @throws {PersistenceError} `NOT_FOUND`, `CONFLICT`
 */
export function judge<S extends Stored>(
  stored: S | null,
  seen: number,
  requestId: string,
  what: string,
): S | undefined {
  if (stored === null) throw new PersistenceError('NOT_FOUND', `There is no ${what}`)
  if (isRepeat(stored, seen, requestId)) return stored
  if (stored.version === seen) return undefined
  throw conflict(`Version ${stored.version} of ${what} is stored, not ${seen}`)
}

/** Whether the stored version is the one that an earlier try of this request wrote. */
export function isRepeat(stored: Stored, seen: number, requestId: string): boolean {
  return stored.version === seen + 1 && stored.updatedBy === requestId
}

export function conflict(message: string): PersistenceError {
  return new PersistenceError('CONFLICT', message)
}

/**
 * Creates a record, or finds the one that an earlier try of the same request created.
 *
 * @returns `undefined` when it was created now
 * @throws {PersistenceError} `CONFLICT` when somebody else has the id
 */
export async function createOnce<R extends { readonly createdBy: string }>(
  what: string,
  requestId: string,
  insert: () => Promise<unknown>,
  find: () => Promise<R | null>,
): Promise<R | undefined> {
  for (;;) {
    try {
      await insert()
      return undefined
    } catch (error) {
      if (!isDuplicate(error)) throw error
    }
    const stored = await find()
    if (stored?.createdBy === requestId) return stored
    if (stored !== null) throw conflict(`There is a ${what} already`)
    // Deleted between the two calls: the id is free.
  }
}

/**
 * Makes a write again that met another one of the same id: of two upserts that find nothing at once, both insert, and one
 * of them fails. https://www.mongodb.com/docs/manual/reference/method/db.collection.updateOne/
 */
export async function againOnDuplicate<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write()
    } catch (error) {
      if (!isDuplicate(error)) throw error
    }
  }
}
