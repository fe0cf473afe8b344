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
