import { PersistenceError, type ErrorCode, type PersistenceErrorOptions } from '@holdfast/spec'

type Meaning = readonly [code: ErrorCode, message: string, options?: PersistenceErrorOptions]

/** The primary result codes of SQLite, where they mean something to a caller. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ABORT: ['BUSY', 'The transaction was rolled back'],
  AUTH: ['UNAVAILABLE', 'The database refused us', { retryable: false }],
  BUSY: ['BUSY', 'Another connection holds the lock of the database'],
  CANTOPEN: ['UNAVAILABLE', 'The database file cannot be opened'],
  CONSTRAINT: ['CONFLICT', 'A record of this key is there already'],
  CORRUPT: ['CORRUPT', 'The database file is damaged'],
  FULL: ['UNAVAILABLE', 'The disk, or the database, is full'],
  INTERRUPT: ['UNAVAILABLE', 'The statement was interrupted'],
  // Also from a commit that may have reached the disk.
  IOERR: ['UNAVAILABLE', 'The disk failed', { outcome: 'unknown' }],
  LOCKED: ['BUSY', 'Another statement holds the lock of a table'],
  NOMEM: ['UNAVAILABLE', 'SQLite is out of memory'],
  NOTADB: ['UNAVAILABLE', 'The file is not a database', { retryable: false }],
  PERM: ['UNAVAILABLE', 'The database refused us', { retryable: false }],
  PROTOCOL: ['BUSY', 'Other connections hold the lock of the log'],
  READONLY: ['UNAVAILABLE', 'The database is read-only', { retryable: false }],
  SCHEMA: ['BUSY', 'The schema changed meanwhile'],
  TOOBIG: ['TOO_LARGE', 'A text is longer than SQLite takes'],
}

/** The primary result codes by number, as node:sqlite has them. */
const NAMES: readonly string[] = (
  'OK ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL ' +
  'EMPTY SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB'
).split(' ')

/** Codes of @libsql/client that are not SQLite's, where nothing was sent or all of it was undone. */
const LIBSQL_MEANINGS: Readonly<Record<string, Meaning>> = {
  CLIENT_CLOSED: ['UNAVAILABLE', 'The client is closed', { retryable: false }],
  TRANSACTION_ACTIVE: ['BUSY', 'A transaction has the only connection of the client'],
  TRANSACTION_CLOSED: ['BUSY', 'The transaction was rolled back'],
  URL_INVALID: ['UNAVAILABLE', 'The url is not valid', { retryable: false }],
  URL_PARAM_NOT_SUPPORTED: ['UNAVAILABLE', 'The url is not valid', { retryable: false }],
  URL_SCHEME_NOT_SUPPORTED: ['UNAVAILABLE', 'The url is not valid', { retryable: false }],
}

/** Errors of a network that come before anything was sent. */
const UNCONNECTED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])

/** What drivers and `fetch` have on their errors. */
interface Detail {
  readonly name?: unknown
  readonly message?: unknown
  readonly code?: unknown
  readonly errcode?: unknown
  readonly status?: unknown
  readonly cause?: unknown
}

/**
 * The error of the contract for an error of node:sqlite, better-sqlite3, @libsql/client or the network below it;
 * `undefined` for any other.
 */
export function classify(error: unknown): PersistenceError | undefined {
  if (!(error instanceof Error)) return undefined
  const { name, code, errcode } = error as Detail
  if (code === 'ERR_SQLITE_ERROR') {
    return ofSqlite(nameOf(Number(errcode)), error)
  }
  if (typeof code === 'string' && code.startsWith('SQLITE_')) {
    return ofSqlite(code.split('_', 2)[1] ?? '', error)
  }
  // The way in which libSQL says that it could not open a file: the number of SQLite at the end of the message.
  const [, unopened] = /^ConnectionFailed\(.*: (\d+)"?\)$/.exec(error.message) ?? []
  if (unopened !== undefined) return ofSqlite(nameOf(Number(unopened)), error)
  if (isClosed(error)) {
    return toError(['UNAVAILABLE', 'The database is closed', { retryable: false }], error)
  }
  if (name === 'LibsqlError' || name === 'LibsqlBatchError') return ofLibsql(error)
  return ofNetwork(error)
}

/** Of an extended code, whose upper bytes say more. */
function nameOf(errcode: number): string {
  return NAMES[errcode & 0xff] ?? ''
}

function ofSqlite(primary: string, error: Error): PersistenceError {
  return toError(MEANINGS[primary] ?? ofMessage(error.message), error)
}

/** SQLITE_ERROR stands for everything else, and for two things that callers can do something about. */
function ofMessage(message: string): Meaning {
  if (/no such (table|column)|has no column named/.test(message)) {
    return [
      'UNAVAILABLE',
      'The tables are not there, or not ours: run ensureStore()',
      { retryable: false },
    ]
  }
  if (message.includes('within a transaction')) {
    return ['BUSY', 'The database that was handed in is inside a transaction of its owner']
  }
  return ['UNAVAILABLE', 'SQLite failed', { retryable: false }]
}

/** node:sqlite: ERR_INVALID_STATE. better-sqlite3: a TypeError without a code. */
function isClosed({ message }: Error): boolean {
  return /^(the )?database (connection )?is not open$|^statement has been finalized$/i.test(message)
}

function ofLibsql(error: Error): PersistenceError {
  const { code, cause } = error as Detail
  const meaning = LIBSQL_MEANINGS[String(code)]
  if (meaning) return toError(meaning, error)
  const status = (cause as Detail | undefined)?.status
  if (status === 401 || status === 403) {
    return toError(['UNAVAILABLE', 'The server refused us', { retryable: false }], error)
  }
  if (status === 429) return toError(['BUSY', 'The server throttles us'], error)
  return ofNetwork(error) ?? unanswered(error)
}

/** Looks for the error of a socket in the causes; `fetch` hides it there. */
function ofNetwork(error: Error): PersistenceError | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = (cause as Detail).cause) {
    const { code } = cause as Detail
    if (typeof code !== 'string') continue
    if (UNCONNECTED.has(code))
      return toError(['UNAVAILABLE', 'The server cannot be reached'], error)
    if (/^(E[A-Z]{3,}|UND_ERR_\w+|CERT_\w+)$/.test(code)) return unanswered(error)
  }
  return error.message === 'fetch failed' ? unanswered(error) : undefined
}

function unanswered(error: Error): PersistenceError {
  return toError(['UNAVAILABLE', 'The server did not answer', { outcome: 'unknown' }], error)
}

function toError([code, message, options]: Meaning, cause: Error): PersistenceError {
  return new PersistenceError(code, `${message} (${cause.message})`, { ...options, cause })
}
