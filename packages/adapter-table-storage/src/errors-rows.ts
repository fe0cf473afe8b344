import { keyOf } from './keys.ts'

/** The row that says that an id is taken. */
export function errorIdKey(id: string): string {
  return keyOf('X', id)
}
