import { PersistenceError } from '@holdfast/spec'

/** What is stored of a record that names a version. */
interface Written {
  readonly version: number
  readonly updatedBy: string
}

/**
 * Whether a write that was refused is there already, because the same request made it before.
 *
 * @throws {PersistenceError} `NOT_FOUND` when there is no such record, `CONFLICT` when it has another version
 */
export function isRepeat(
  stored: Written | null,
  seen: number,
  requestId: string,
  what: string,
): boolean {
  if (stored === null) throw new PersistenceError('NOT_FOUND', `There is no ${what}`)
  if (stored.version === seen + 1 && stored.updatedBy === requestId) return true
  if (stored.version !== seen)
    throw conflict(`Version ${stored.version} of ${what} is stored, not ${seen}`)
  return false
}

export function taken(what: string): PersistenceError {
  return conflict(`There is a ${what} already`)
}

function conflict(message: string): PersistenceError {
  return new PersistenceError('CONFLICT', message)
}

const ATTEMPTS = 100

/**
 * Makes `attempt` until it gives something else than `undefined`, which says that another write came between: then one
 * of the others has got on.
 *
 * @throws {PersistenceError} `BUSY` after a hundred of them
 */
export async function untilSettled<T>(
  what: string,
  attempt: () => Promise<T | undefined>,
): Promise<T> {
  for (let made = 0; made < ATTEMPTS; made += 1) {
    const result = await attempt()
    if (result !== undefined) return result
  }
  throw new PersistenceError('BUSY', `Other writes of ${what} came between, ${ATTEMPTS} times`)
}
