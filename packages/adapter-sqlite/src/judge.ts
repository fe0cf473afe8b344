import { PersistenceError } from '@holdfast/spec'

/** What a statement that wrote a record gives back of it. */
export interface Times {
  readonly createdAt: number
  readonly updatedAt: number
}

/** A statement that gives a row when it did something. */
export interface Done {
  readonly done: number
}

/** How many rows the statement before it changed. */
export interface Count {
  readonly count: number
}

/** SQL that counts what the statement before it, in the same unit, changed. */
export const COUNT_CHANGES = 'select changes() as count'

/**
 * Judges a create that met a record: one that this same request made, whose answer was lost, is its success.
 *
 * @throws {PersistenceError} `CONFLICT`
 */
export function judgeCreate<R extends { readonly createdBy: string }>(
  stored: R | undefined,
  requestId: string,
  what: string,
): R {
  if (stored?.createdBy === requestId) return stored
  throw new PersistenceError('CONFLICT', `There is already ${what}`)
}

/**
 * Judges an update of version `seen` that wrote nothing: one that was applied before, whose answer was lost, is a
 * success.
 *
 * @throws {PersistenceError} `NOT_FOUND` or `CONFLICT`
 */
export function judgeUpdate<R extends { readonly version: number; readonly updatedBy: string }>(
  stored: R | undefined,
  seen: number,
  requestId: string,
  what: string,
): R {
  if (!stored) throw new PersistenceError('NOT_FOUND', `There is no ${what}`)
  if (stored.version === seen + 1 && stored.updatedBy === requestId) return stored
  throw new PersistenceError(
    'CONFLICT',
    `Version ${stored.version} of ${what} is stored, not ${seen}`,
  )
}
