import { PersistenceError } from '@holdfast/spec'

/** What an error of the file system means to a caller. */
export function classify(error: unknown): PersistenceError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const { code } = error
  if (code === 'ENOENT') return unavailable('There is no store: call ensureStore first', error)
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return unavailable('The folder may not be written', error)
  }
  return new PersistenceError('UNAVAILABLE', 'The file system failed', {
    outcome: 'unknown',
    cause: error,
  })
}

function unavailable(message: string, cause: Error): PersistenceError {
  return new PersistenceError('UNAVAILABLE', message, { retryable: false, cause })
}
