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

const CONNECTION_LOST = 'the connection broke; whether a write was applied is not known'
const CREDENTIALS = 'check user, password and authSource'
const NO_PRIMARY =
  'the server is not the primary: connect to the replica set, or try again after a failover'
const STEPPED_DOWN = 'the primary changed; whether a write was applied is not known'
const NO_MAJORITY = 'written, but a majority has not confirmed it'
const OTHER_INDEX = 'the collection has an index of this name that somebody else made'
const TRY_AGAIN = 'somebody else works on the same documents; try again'

/** Error codes of the server. https://www.mongodb.com/docs/manual/reference/error-codes/ */
const BY_CODE: Readonly<Record<number, Verdict>> = {
  6: gone(CONNECTION_LOST),
  7: gone('the server could not reach another one'),
  13: refused('the user lacks a right: it needs readWrite on the database'),
  18: refused(CREDENTIALS),
  20: refused('the server does not do this'),
  24: busy('a lock was not granted in time; try again'),
  46: busy('a lock was not granted in time; try again'),
  50: { ...busy('the server did not finish in time'), outcome: 'unknown' },
  64: gone(NO_MAJORITY),
  79: refused('the replica set does not know the write concern'),
  85: refused(OTHER_INDEX),
  86: refused(OTHER_INDEX),
  89: gone('the server could not reach another one in time'),
  91: gone('the server shuts down'),
  100: refused('the replica set has too few members for a majority'),
  112: busy(TRY_AGAIN),
  189: gone(STEPPED_DOWN),
  202: busy('the server could not reach another one in time; try again'),
  225: busy('the transaction was too old; try again'),
  246: busy('the snapshot of the transaction is gone; try again'),
  251: busy('the transaction was ended; try again'),
  262: { ...busy('the server did not finish in time'), outcome: 'unknown' },
  290: busy('the transaction took too long; try again'),
  8000: refused(CREDENTIALS),
  9001: gone(CONNECTION_LOST),
  10058: away(NO_PRIMARY),
  10107: away(NO_PRIMARY),
  10334: { code: 'TOO_LARGE', advice: 'a document takes 16 MiB' },
  11600: gone(STEPPED_DOWN),
  11602: gone(STEPPED_DOWN),
  13388: busy('chunks are being moved; try again'),
  13435: away(NO_PRIMARY),
  13436: away('the server is not ready yet; try again'),
  14031: away('the disk of the server is full'),
  16500: busy('the server asks to slow down'),
  17280: { code: 'TOO_LARGE', advice: 'a key of an index is too long' },
}

/** Errors of the driver, which are told by their name. */
const BY_NAME: Readonly<Record<string, Verdict>> = {
  MongoServerSelectionError: away('no server that takes writes could be reached in time'),
  MongoNetworkError: gone(CONNECTION_LOST),
  MongoNetworkTimeoutError: gone('the server did not answer in time'),
  MongoOperationTimeoutError: gone('the server did not answer in time'),
  MongoWriteConcernError: gone(NO_MAJORITY),
  MongoWaitQueueTimeoutError: busy('no connection of the pool got free in time'),
  MongoPoolClearedError: away('the pool was emptied after an error; try again'),
  PoolClearedOnNetworkError: gone(CONNECTION_LOST),
  MongoServerClosedError: away('the driver let go of the server; try again'),
  MongoPoolClosedError: refused('the client was closed'),
  MongoTopologyClosedError: refused('the client was closed, or never connected: connect it'),
  MongoNotConnectedError: refused('the client was closed'),
  MongoClientClosedError: refused('the client was closed'),
  MongoExpiredSessionError: refused('the client was closed'),
  MongoUnexpectedServerResponseError: gone('the server did not understand the client'),
  MongoParseError: refused('the connection string cannot be read'),
  MongoMissingCredentialsError: refused(CREDENTIALS),
  MongoCompatibilityError: refused('the driver does not know this version of the server'),
  MongoInvalidArgumentError: refused('the client has options that do not go together'),
  MongoMissingDependencyError: refused('a package that the connection string asks for is missing'),
}

const BY_SYSTEM_CODE: Readonly<Record<string, Verdict>> = {
  ECONNREFUSED: away('no server listens there'),
  ENOTFOUND: away('the name of the host is not known'),
  EAI_AGAIN: away('the name of the host could not be looked up'),
  ENODATA: away('the name of the host has no SRV record'),
  ECONNRESET: gone(CONNECTION_LOST),
  EPIPE: gone(CONNECTION_LOST),
  ETIMEDOUT: gone(CONNECTION_LOST),
  // The buffer of the driver, in which it puts a document together.
  ERR_OUT_OF_RANGE: { code: 'TOO_LARGE', advice: 'a document takes 16 MiB' },
}

/**
 * The error of the contract for an error of the driver; `undefined` for anything else, which is a bug of ours.
 */
export function classify(error: unknown): PersistenceError | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const verdict = verdictOf(error)
  if (verdict === undefined) return undefined
  const { code, advice, ...options } = verdict
  const { message } = error as { readonly message?: unknown }
  const told = typeof message === 'string' ? message : 'The call failed'
  return new PersistenceError(code, `${told} (${advice})`, { ...options, cause: error })
}

function verdictOf(error: object): Verdict | undefined {
  const { code, name, syscall, cause, reason } = error as Readonly<Record<string, unknown>>
  if (typeof code === 'number' && BY_CODE[code]) return BY_CODE[code]
  const known = typeof name === 'string' ? BY_NAME[name] : undefined
  // Some of many may have been applied.
  const { errorResponse } = error as { readonly errorResponse?: unknown }
  if (name === 'MongoBulkWriteError' && typeof errorResponse === 'object' && errorResponse) {
    const verdict = verdictOf(errorResponse)
    if (verdict) return { ...verdict, outcome: 'unknown' }
  }
  // Why no server could be chosen: a password that is wrong will be wrong when tried again.
  if (name === 'MongoServerSelectionError') return refusalIn(cause) ?? refusalIn(reason) ?? known
  // Nothing can have been applied on a connection that was never made.
  const early = 'beforeHandshake' in error && error.beforeHandshake === true
  if (known) return early ? { ...known, outcome: 'not-applied' } : known
  if (typeof code === 'string' && BY_SYSTEM_CODE[code]) {
    const verdict = BY_SYSTEM_CODE[code]
    return syscall === 'connect' ? { ...verdict, outcome: 'not-applied' } : verdict
  }
  if (typeof name !== 'string' || !name.startsWith('Mongo')) return undefined
  return { ...refused('the server or its driver refused'), outcome: 'unknown' }
}

function refusalIn(cause: unknown): Verdict | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined
  const { code, name } = cause as Readonly<Record<string, unknown>>
  const verdict =
    typeof code === 'number'
      ? BY_CODE[code]
      : typeof name === 'string' && name !== 'MongoServerSelectionError'
        ? BY_NAME[name]
        : undefined
  return verdict?.retryable === false ? verdict : undefined
}
