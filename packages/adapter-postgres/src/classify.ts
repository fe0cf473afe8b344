import { PersistenceError, type ErrorCode, type PersistenceErrorOptions } from '@holdfast/spec'

/** What is told of an error, beside the driver's own message. */
interface Verdict extends PersistenceErrorOptions {
  readonly code: ErrorCode
  /** What to do about it. */
  readonly advice: string
}

const busy = (advice: string): Verdict => ({ code: 'BUSY', advice })
const gone = (advice: string): Verdict => ({ code: 'UNAVAILABLE', advice, outcome: 'unknown' })
const away = (advice: string): Verdict => ({ code: 'UNAVAILABLE', advice })
const refused = (advice: string): Verdict => ({ code: 'UNAVAILABLE', advice, retryable: false })

const MAKE_STORE = 'the tables are not there: call ensureStore(), or check the option schema'
const CREDENTIALS = 'check user and password'
const NO_DATABASE = 'the database is not there: create it, or check its name'
const ADDRESS = 'check the address: postgres://user:password@host:port/database'
const CONNECTION_LOST = 'the connection broke; whether a write was applied is not known'

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const BY_STATE: Readonly<Record<string, Verdict>> = {
  '23505': { code: 'CONFLICT', advice: 'the key is taken' },
  '40001': busy('a concurrent change came first; leave the isolation level at read committed'),
  '40003': gone('whether the statement completed is not known'),
  '40P01': busy('a deadlock was resolved; try again'),
  '55P03': busy('a lock was not had in time; try again'),
  '57014': busy('the statement was cancelled, by statement_timeout or by a person'),
  '53300': busy('the server has no connection left; use a smaller pool or raise max_connections'),
  '57P01': gone('the server ended the session'),
  '57P02': gone('the server crashed'),
  '57P03': away('the server is starting up or shutting down; try again'),
  '57P05': gone('the session was idle for too long'),
  '08001': away('no connection could be made'),
  '08004': away('the server rejected the connection'),
  '25006': away('the server takes reads only; connect to the primary'),
  '3D000': refused(NO_DATABASE),
  '3F000': refused(MAKE_STORE),
  '42P01': refused(MAKE_STORE),
  '42703': refused(
    'the tables are not those of this version: use the package that made them, or another schema',
  ),
  '42501': refused('a right is missing: grant it, or run postgresSchema() as another user'),
  '26000': refused(
    'a prepared statement was lost: set preparedStatements to false behind a transaction pooler',
  ),
  '42P05': refused(
    'a prepared statement is there already: set preparedStatements to false behind a transaction pooler',
  ),
}

/** The first two characters, for states that have no entry of their own. */
const BY_CLASS: Readonly<Record<string, Verdict>> = {
  '08': gone(CONNECTION_LOST),
  '28': refused(CREDENTIALS),
  '40': busy('the transaction was rolled back; try again'),
  '53': away('the server is out of memory, disk or another resource'),
  '55': busy('something is in use; try again'),
  '57': gone('an operator intervened'),
  '58': gone('the server had an error of its system'),
}

const BY_SYSTEM_CODE: Readonly<Record<string, Verdict>> = {
  ECONNREFUSED: away('no server listens there: start it, or check host and port'),
  ENOTFOUND: away('the name of the host is not known: check the address'),
  EAI_AGAIN: away('the name of the host could not be looked up'),
  EHOSTUNREACH: away('the host cannot be reached'),
  ENETUNREACH: away('the network cannot be reached'),
  ENOENT: away('no server listens on that socket'),
  EACCES: refused('the socket may not be opened'),
  ECONNRESET: gone(CONNECTION_LOST),
  EPIPE: gone(CONNECTION_LOST),
  ETIMEDOUT: gone(CONNECTION_LOST),
  ERR_INVALID_URL: refused(ADDRESS),
}

/** What PgBouncer says almost everything by. */
const POOLER_STATE = '08P01'

/** Errors that are told apart by their message only: of the driver, and of PgBouncer. */
const BY_MESSAGE: readonly (readonly [RegExp, Verdict])[] = [
  [
    /^timeout exceeded when trying to connect/i,
    busy('no connection came free in time, or none could be made'),
  ],
  [/^Connection terminated due to connection timeout/, away('the server did not answer')],
  [/^timeout expired/i, away('the server did not answer')],
  [/^Connection terminated/, gone(CONNECTION_LOST)],
  [/^Client has encountered a connection error/, away('the connection was broken already')],
  [/^Client was closed/, away('the connection was closed already')],
  [/^Query read timeout/, gone('no answer came in time')],
  [/^Cannot use a pool after calling end/, refused('the pool that was handed in was closed')],
  [/^SASL|password must be a string/i, refused(CREDENTIALS)],
  [/^The server does not support SSL/, refused('turn SSL off, or on at the server')],
  [/sslnegotiation/, refused(ADDRESS)],
  [/authentication failed$|^no such user/, refused(CREDENTIALS)],
  [/^database ".*" does not exist|^no such database/, refused(NO_DATABASE)],
  [
    /^query_wait_timeout|^no more connections allowed/,
    busy('the pooler has no connection left; use a smaller pool here, or a larger one there'),
  ],
  [/^server login has been failing|server down/, away('the pooler cannot reach the server')],
]

// Names of Node's and OpenSSL's errors of a certificate.
const TLS = /^ERR_(TLS|SSL|OSSL)_|CERT|SIGNATURE/

/**
 * The error of the contract for an error of the driver or of the network; `undefined` for anything else, which is a bug
 * of ours.
 */
export function classify(error: unknown): PersistenceError | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, severity, syscall, message = '' } = error as Readonly<Record<string, unknown>>
  const text = String(message)
  const verdict =
    typeof code === 'string' ? byCode(code, text, severity !== undefined, syscall) : byMessage(text)
  if (verdict === undefined) return undefined
  const { code: known, advice, ...options } = verdict
  // A failed connection to a name with several addresses has no message of its own.
  return new PersistenceError(known, `${text === '' ? String(code) : text} (${advice})`, {
    ...options,
    cause: error,
  })
}

/** `fromServer`: a SQLSTATE. They have five characters, as EPIPE has. */
function byCode(
  code: string,
  text: string,
  fromServer: boolean,
  syscall: unknown,
): Verdict | undefined {
  if (fromServer) {
    return (
      (code === POOLER_STATE ? byMessage(text) : undefined) ??
      BY_STATE[code] ??
      BY_CLASS[code.slice(0, 2)] ??
      refused(`the server refused the statement with ${code}`)
    )
  }
  if (syscall === 'open') return refused('a file that the connection needs cannot be read')
  const verdict = BY_SYSTEM_CODE[code]
  // Nothing can have been applied on a connection that was never made.
  if (verdict && syscall === 'connect') return { ...verdict, outcome: 'not-applied' }
  if (verdict) return verdict
  return TLS.test(code) ? refused('the certificate was not accepted') : undefined
}

function byMessage(message: string): Verdict | undefined {
  return BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1]
}
