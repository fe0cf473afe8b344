import type { TaskClaim } from '../claims.ts'
import { PersistenceError } from '../errors.ts'
import { toNumber, type Int } from './columns.ts'

/** What is stored of a versioned record that a write found otherwise than expected. */
export interface Stored {
  readonly version: Int
  /** The id of the request that wrote it. */
  readonly updated_by: string
}

/**
 * What became of an update that wrote nothing. `'done'`: an earlier try of the same request wrote it. `'again'`: the
 * record has changed since, so that what the statement saw of it proves nothing.
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
  if (isRepeat(stored, seen, requestId)) return 'done'
  const version = toNumber(stored.version)
  if (version === seen) return 'again'
  throw conflict(`Version ${version} of ${what} is stored, not ${seen}`)
}

/** Whether the stored version is the one that an earlier try of this request wrote. */
export function isRepeat(
  { version, updated_by }: Stored,
  seen: number,
  requestId: string,
): boolean {
  return toNumber(version) === seen + 1 && updated_by === requestId
}

/** A {@link PersistenceError} `CONFLICT`. */
export function conflict(message: string): PersistenceError {
  return new PersistenceError('CONFLICT', message)
}

/** A {@link PersistenceError} `CLAIM_LOST`, for a write that is fenced by a claim which is not held. */
export function claimLost({ workerId, taskId }: TaskClaim): PersistenceError {
  return new PersistenceError(
    'CLAIM_LOST',
    `Worker ${workerId} does not hold task ${taskId} any more`,
  )
}

/**
 * Creates a record, or finds the one that an earlier try of the same request created.
 *
 * @param insert gives `undefined` when the id is taken
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
