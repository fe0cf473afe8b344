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

/** https://learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb */
const BY_STATUS: Readonly<Record<number, Verdict>> = {
  400: refused('the service did not take the request'),
  401: refused('check the key, and the clock of this machine'),
  403: refused(
    'give the client a key or an identity that may write, and let this address through the firewall',
  ),
  404: refused('the store is not there: call ensureStore first, or check the address'),
  408: gone('the service did not answer in time'),
  409: busy('another write came between; try again'),
  410: away('the partition is moving or splitting; try again'),
  412: busy('another write came between; try again'),
  413: { code: 'TOO_LARGE', advice: 'the service takes 2 MB in one request' },
  424: busy('another write of the same batch failed'),
  429: busy('the throughput is used up'),
  449: busy('another write was under way; try again'),
  500: gone('the service failed'),
  502: gone('a gateway failed'),
  503: gone('the service is away'),
  504: gone('a gateway got no answer in time'),
}

/**
 * Where the service's own number beside the status says more.
 *
 * https://learn.microsoft.com/azure/cosmos-db/nosql/troubleshoot-forbidden
 */
const BY_SUBSTATUS: Readonly<Record<string, Verdict>> = {
  '403/3': away('this region takes no writes: give the client the address of the account itself'),
  '403/1008': away('the account is not in this region: give the client the address of the account'),
  '403/1014': refused('the logical partition is full: purge what is over'),
  '403/5300': refused(
    'an identity may not make databases or containers: have one made from containerDefinition',
  ),
  '404/1002': away('the session is not known yet where it was asked for; try again'),
}

const BY_CODE: Readonly<Record<string, Verdict>> = {
  ECONNREFUSED: away('nothing listens there: check the address'),
  ENOTFOUND: away('the name of the account is not known: check the address'),
  EAI_AGAIN: away('the name of the account could not be looked up'),
  EHOSTUNREACH: away('the account cannot be reached'),
  ENETUNREACH: away('the network cannot be reached'),
  ECONNRESET: gone(CONNECTION_LOST),
  ECONNABORTED: gone(CONNECTION_LOST),
  EPIPE: gone(CONNECTION_LOST),
  ETIMEDOUT: gone(CONNECTION_LOST),
  PARSE_ERROR: gone(CONNECTION_LOST),
  REQUEST_SEND_ERROR: gone(CONNECTION_LOST),
  TimeoutError: gone('the service did not answer in time'),
  // Of the driver, when it reads an answer: that of a gateway, say.
  SyntaxError: gone('what answered is not the service: check the address, or try again'),
}

const BATCH = gone(
  'before version 4.10.1 the driver does not say what kept a batch from being made',
)

// Names of Node's and OpenSSL's errors of a certificate.
const TLS = /^ERR_(TLS|SSL|OSSL)_|CERT|SIGNATURE/

/** The status of HTTP that an error stands for, 0 when it stands for none, and the service's own number beside it. */
export function statusOf(error: unknown): { readonly code: number; readonly substatus: number } {
  const { code, substatus } = (error ?? {}) as {
    readonly code?: unknown
    readonly substatus?: unknown
  }
  return {
    code: typeof code === 'number' ? code : 0,
    substatus: typeof substatus === 'number' ? substatus : 0,
  }
}

/**
 * The error of the contract for an error of the driver or of the network; `undefined` for anything else, which is a bug
 * of ours.
 */
export function classify(thrown: unknown): PersistenceError | undefined {
  const isBatch = isOfBatch(thrown)
  // A batch hides its error in another one.
  const error = isBatch ? (thrown.cause ?? thrown) : thrown
  if (typeof error !== 'object' || error === null) return undefined
  const { code, substatus, syscall, message, name, retryAfterInMs } = error as Readonly<
    Record<string, unknown>
  >
  const verdict =
    BY_SUBSTATUS[`${String(code)}/${String(substatus)}`] ??
    verdictOf(code, name) ??
    (isBatch ? BATCH : undefined)
  if (verdict === undefined) return undefined
  const { code: known, advice, ...options } = verdict
  // Nothing can have been applied on a connection that was never made.
  const outcome = syscall === 'connect' ? { outcome: 'not-applied' as const } : {}
  const wait = typeof retryAfterInMs === 'number' ? `; try again in ${retryAfterInMs} ms` : ''
  const told = typeof message === 'string' && message !== '' ? firstLine(message) : String(code)
  const text = `${told} (${advice}${wait})`
  return new PersistenceError(known, text, { ...options, ...outcome, cause: error })
}

function verdictOf(code: unknown, name: unknown): Verdict | undefined {
  if (typeof code === 'number') {
    return BY_STATUS[code] ?? (code >= 500 ? gone('the service failed') : undefined)
  }
  if (typeof code !== 'string') return typeof name === 'string' ? BY_CODE[name] : undefined
  const verdict = BY_CODE[code]
  if (verdict) return verdict
  return TLS.test(code) ? refused('the certificate was not accepted') : undefined
}

function isOfBatch(error: unknown): error is Error {
  return error instanceof Error && error.message.startsWith('Batch request error')
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message
}
