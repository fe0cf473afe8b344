import { PersistenceError } from '@holdfast/spec'
import type { Stamps } from './codec.ts'

/** Whether an earlier try of this request made the record. @throws {PersistenceError} `CONFLICT` when another one did */
export function assertMine(createdBy: string, requestId: string, what: string): void {
  if (createdBy !== requestId) throw conflict(`There is a ${what} already`)
}

/**
 * The stamps of a record after an update that saw `version`; `null` when an earlier try of the same request wrote it.
 *
 * @throws {PersistenceError} `CONFLICT`
 */
export function nextStamps(
  stored: Stamps,
  version: number,
  requestId: string,
  now: number,
  what: string,
): Stamps | null {
  if (stored.version === version + 1 && stored.updatedBy === requestId) return null
  if (stored.version !== version)
    throw conflict(`Version ${stored.version} of ${what} is stored, not ${version}`)
  return {
    ...stored,
    updatedAt: Math.max(stored.updatedAt, now),
    version: version + 1,
    updatedBy: requestId,
  }
}

export function conflict(message: string): PersistenceError {
  return new PersistenceError('CONFLICT', message)
}

export function notFound(what: string): PersistenceError {
  return new PersistenceError('NOT_FOUND', `There is no ${what}`)
}
