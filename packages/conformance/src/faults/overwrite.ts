import { PersistenceError, isPersistenceError } from '@holdfast/spec'

/** What is said by who looks first. */
export function taken(id: string): PersistenceError {
  return new PersistenceError('CONFLICT', `${id} is there already`)
}

/** Writes over whoever was faster. */
export async function insist<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write()
    } catch (error) {
      if (!isPersistenceError(error, 'CONFLICT')) throw error
    }
  }
}
