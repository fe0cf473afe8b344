import { PersistenceError, type ErrorCode, type PersistenceErrorOptions } from '@holdfast/spec'

/** What is told of an error, beside the driver's own message. */
interface Verdict extends PersistenceErrorOptions {
  readonly code: ErrorCode
  /** What to do about it. */
  readonly advice: string
}

// The driver sends a call several times. What its last answer says of itself says nothing of those before.
const busy = (advice: string): Verdict => ({ code: 'BUSY', advice, outcome: 'unknown' })
const gone = (advice: string): Verdict => ({ code: 'UNAVAILABLE', advice, outcome: 'unknown' })
const away = (advice: string): Verdict => ({ code: 'UNAVAILABLE', advice })
const refused = (advice: string): Verdict => ({ code: 'UNAVAILABLE', advice, retryable: false })
const tooLarge = (advice: string): Verdict => ({ code: 'TOO_LARGE', advice })

const CONNECTION_LOST = 'the connection broke; whether a write was applied is not known'
const CREDENTIALS = 'check the account, its key and the clock of this machine'
const RIGHTS =
  'the credential may not do this: it needs to read, add, update and delete, and to create a table that is not there'

/** https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes */
const BY_SERVICE_CODE: Readonly<Record<string, Verdict>> = {
  TableNotFound: refused('there is no such table: run ensureStore'),
  TableBeingDeleted: away('the table is being deleted'),
  AuthenticationFailed: refused(CREDENTIALS),
  InvalidAuthenticationInfo: refused(CREDENTIALS),
  NoAuthenticationInformation: refused(CREDENTIALS),
  AccountIsDisabled: refused('the account is disabled'),
  // Of the firewall, too, and of Azurite for a wrong key.
  AuthorizationFailure: refused(`${CREDENTIALS}, its firewall, and what the credential may do`),
  AuthorizationPermissionMismatch: refused(RIGHTS),
  AuthorizationResourceTypeMismatch: refused(RIGHTS),
  AuthorizationServiceMismatch: refused(RIGHTS),
  InsufficientAccountPermissions: refused(
    'the account takes no writes here: use its primary address, and not that of a replica',
  ),
  ServerBusy: busy('the partition or the account is throttled; try again'),
  OperationTimedOut: busy('the service did not finish in time; try again'),
  InternalError: gone('the service failed'),
  EntityTooLarge: tooLarge('a row may take 1 MiB'),
  PropertyValueTooLarge: tooLarge('a property may take 64 KiB'),
  ContentLengthExceeded: tooLarge('a transaction may take 4 MiB'),
  RequestBodyTooLarge: tooLarge('a transaction may take 4 MiB'),
}

const BY_STATUS: Readonly<Record<number, Verdict>> = {
  401: refused(CREDENTIALS),
  403: refused(RIGHTS),
  404: refused('there is no such account or table: check the address, and run ensureStore'),
  408: gone('the service did not answer in time'),
  413: tooLarge('a transaction may take 4 MiB'),
  429: busy('the partition or the account is throttled; try again'),
  500: gone('the service failed'),
  502: gone('the service did not answer'),
  503: busy('the partition or the account is throttled; try again'),
  504: gone('the service did not answer in time'),
}

const BY_SYSTEM_CODE: Readonly<Record<string, Verdict>> = {
  ECONNREFUSED: away('no server listens there: check the address'),
  ENOTFOUND: away('the name of the host is not known: check the address'),
  EAI_AGAIN: away('the name of the host could not be looked up'),
  EHOSTUNREACH: away('the host cannot be reached'),
  ENETUNREACH: away('the network cannot be reached'),
  ECONNRESET: gone(CONNECTION_LOST),
  ECONNABORTED: gone(CONNECTION_LOST),
  EPIPE: gone(CONNECTION_LOST),
  ETIMEDOUT: gone(CONNECTION_LOST),
  // Of the driver: whatever kept a request from being sent, or its answer from being read.
  REQUEST_SEND_ERROR: gone(CONNECTION_LOST),
  PARSE_ERROR: gone('the answer of the service could not be read'),
}

// Names of Node's and OpenSSL's errors of a certificate.
const TLS = /^ERR_(TLS|SSL|OSSL)_|CERT|SIGNATURE/

/** What says that a row was there, was not there, or was not as it had been seen. */
const CONFLICTS: readonly string[] = [
  'EntityAlreadyExists',
  'ResourceNotFound',
  'EntityNotFound',
  'UpdateConditionNotSatisfied',
  'ConditionNotMet',
]

interface ServiceError {
  readonly name?: unknown
  readonly message?: unknown
  readonly code?: unknown
  readonly statusCode?: unknown
  readonly response?: { readonly headers?: { get(name: string): unknown } }
  readonly details?: {
    readonly errorCode?: unknown
    readonly odataError?: {
      readonly code?: unknown
      readonly message?: { readonly value?: unknown }
    }
  }
}

/** Whether the service says that a row was not as it was meant to be. Nothing of the transaction was applied then. */
export function isConflict(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  return CONFLICTS.includes(serviceCodeOf(error) ?? '')
}

export function isNoTable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && serviceCodeOf(error) === 'TableNotFound'
}

/**
 * The error of the contract for an error of the driver or of the network; `undefined` for anything else, which is a bug
 * of ours.
 */
export function classify(error: unknown): PersistenceError | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, name, message, statusCode, details, response } = error as ServiceError
  // What is refused at the door comes without a code that the driver reads.
  const told = serviceCodeOf(error) ?? response?.headers?.get('x-ms-error-code')
  const serviceCode = typeof told === 'string' ? told : undefined
  const verdict =
    (serviceCode === undefined ? undefined : BY_SERVICE_CODE[serviceCode]) ??
    (typeof statusCode === 'number' ? byStatus(statusCode) : undefined) ??
    (typeof code === 'string' ? bySystemCode(code) : undefined) ??
    (name === 'RestError' || name === 'AbortError' ? gone(CONNECTION_LOST) : undefined)
  if (verdict === undefined) return undefined
  const { code: known, advice, ...options } = verdict
  const said = firstLine(details?.odataError?.message?.value ?? message)
  const text =
    said ?? serviceCode ?? (typeof code === 'string' ? code : `HTTP ${Number(statusCode)}`)
  return new PersistenceError(known, `${text} (${advice})`, { ...options, cause: error })
}

/** What follows it is the number of the request and the time. A page of markup says nothing. */
function firstLine(message: unknown): string | undefined {
  const [line = ''] = typeof message === 'string' ? message.split('\n', 1) : []
  return line === '' || line.startsWith('<') ? undefined : line
}

/** The error for what answered, and is not Table Storage: the driver takes whatever it says for success. */
export function foreign(cause?: unknown): PersistenceError {
  return new PersistenceError(
    'UNAVAILABLE',
    'What answered is not Table Storage: check the address',
    { retryable: false, outcome: 'unknown', cause },
  )
}

/** Errors of a transaction have the code themselves, those of a single request in what the service answered. */
function serviceCodeOf(error: object): string | undefined {
  const { code, details } = error as ServiceError
  const found = details?.odataError?.code ?? details?.errorCode ?? code
  return typeof found === 'string' ? found : undefined
}

function byStatus(status: number): Verdict {
  return BY_STATUS[status] ?? refused('the service refused')
}

function bySystemCode(code: string): Verdict | undefined {
  return (
    BY_SYSTEM_CODE[code] ??
    (TLS.test(code) ? refused('the certificate was not accepted') : undefined)
  )
}
