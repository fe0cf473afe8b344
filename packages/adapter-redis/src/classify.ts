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
const CREDENTIALS = 'check user and password'
const RIGHTS =
  'the user lacks a right: it needs EVAL, EVALSHA and the commands of scripts, on these keys'

/** The first word of an error of the server. https://redis.io/docs/latest/develop/reference/protocol-spec/ */
const BY_WORD: Readonly<Record<string, Verdict>> = {
  BUSY: busy('another script runs for long; try again'),
  TRYAGAIN: busy('the slot is being moved to another server; try again'),
  LOADING: away('the server is starting up; try again'),
  MASTERDOWN: away('the replica has lost its primary'),
  CLUSTERDOWN: away('the cluster does not serve this slot'),
  MOVED: refused('the server is part of a cluster: use a client for clusters'),
  ASK: refused('the server is part of a cluster: use a client for clusters'),
  CROSSSLOT: refused('the keys are in several slots: leave the braces in the name of the keys'),
  READONLY: away('the server takes reads only; connect to the primary'),
  MISCONF: away('the server cannot write to its disk, and refuses writes'),
  NOREPLICAS: away('too few replicas are in touch with the server, which refuses writes'),
  OOM: away('the memory of the server is full'),
  NOAUTH: refused(CREDENTIALS),
  WRONGPASS: refused(CREDENTIALS),
  NOPERM: refused(RIGHTS),
  DENIED: refused(
    'the server is in protected mode: give it a password, or bind it to a private address',
  ),
  NOPROTO: refused('the server does not speak this version of the protocol'),
  UNKILLABLE: busy('another script runs for long; try again'),
  WRONGTYPE: { ...refused('a key of the store was written by somebody else'), outcome: 'unknown' },
}

const BY_SYSTEM_CODE: Readonly<Record<string, Verdict>> = {
  ECONNREFUSED: away('no server listens there'),
  ENOTFOUND: away('the name of the host is not known'),
  EAI_AGAIN: away('the name of the host could not be looked up'),
  EHOSTUNREACH: away('the host cannot be reached'),
  ENETUNREACH: away('the network cannot be reached'),
  ENOENT: away('no server listens on that socket'),
  EACCES: refused('the socket may not be opened'),
  ECONNRESET: gone(CONNECTION_LOST),
  ECONNABORTED: gone(CONNECTION_LOST),
  EPIPE: gone(CONNECTION_LOST),
  ETIMEDOUT: gone(CONNECTION_LOST),
}

/** Errors of ioredis and of node-redis that are told by their class. */
const BY_NAME: Readonly<Record<string, Verdict>> = {
  MaxRetriesPerRequestError: gone('the client gave up; whether a write was applied is not known'),
  ClusterAllFailedError: gone('no server of the cluster could be reached'),
  AbortError: gone(CONNECTION_LOST),
  InterruptError: gone(CONNECTION_LOST),
  ClientClosedError: refused('the client was closed'),
  ClientOfflineError: away('the client has no connection'),
  DisconnectsClientError: gone(CONNECTION_LOST),
  SocketClosedUnexpectedlyError: gone(CONNECTION_LOST),
  ConnectionTimeoutError: away('no connection could be made in time'),
  SocketTimeoutError: gone(CONNECTION_LOST),
  SocketTimeoutDuringMaintenanceError: gone(CONNECTION_LOST),
  CommandTimeoutDuringMaintenanceError: gone(CONNECTION_LOST),
  TimeoutError: gone('the server did not answer in time'),
  RootNodesUnavailableError: away('no server of the cluster could be reached'),
  ReconnectStrategyError: gone('the client gave up'),
}

/** Errors that have a message only. */
const BY_MESSAGE: readonly (readonly [RegExp, Verdict])[] = [
  [/^Connection is closed/, gone('the client was closed, or gave up')],
  [/^Command timed out/, gone('the server did not answer in time')],
  [/^Socket timeout/, gone('the server did not answer in time')],
  [/^connect ETIMEDOUT/, away('no connection could be made in time')],
  [/^Stream isn't writeable/, away('the client has no connection, and does not wait for one')],
  [/^Cluster isn't ready/, away('the client has no connection, and does not wait for one')],
  [/^Failed to refresh slots cache/, gone('no server of the cluster could be reached')],
  [/^Too many Cluster redirections/, gone('the slots of the cluster are in motion')],
  [/^Cluster is ended|^None of startup nodes/, gone('no server of the cluster could be reached')],
  [/^Socket closed unexpectedly|^Disconnects client/, gone(CONNECTION_LOST)],
  [/^The client is closed/, refused('the client was closed')],
  // Redis 7.0 and older, and newer ones. What the script did before stays.
  [
    /The user executing the script can't|ACL failure in script/,
    { ...refused(RIGHTS), outcome: 'unknown' },
  ],
  [/^ERR .*DB index|^ERR SELECT is not allowed/, refused('the server lacks this database')],
  [/^ERR invalid password|^ERR AUTH|^ERR Client sent AUTH/, refused(CREDENTIALS)],
  [/^ERR unknown command/i, refused('the server does not run scripts, or knows too few commands')],
  [/^ERR max number of clients reached/, busy('the server takes no more connections')],
  [/^ERR Protocol error/, gone('the server did not understand the client')],
]

// Names of Node's and OpenSSL's errors of a certificate.
const TLS = /^ERR_(TLS|SSL|OSSL)_|CERT|SIGNATURE/

// Before Redis 7 the error of a command inside a script comes with the place of the script before it.
const IN_SCRIPT = /@user_script: ?\d+: (?:@user_script: ?\d+: )?-?([A-Z]{3,}) /

/**
 * The error of the contract for an error of the driver or of the network; `undefined` for anything else, which is a bug
 * of ours.
 */
export function classify(error: unknown): PersistenceError | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, syscall, name, message, cause, lastNodeError } = error as Readonly<
    Record<string, unknown>
  >
  const text = typeof message === 'string' ? message : ''
  const verdict =
    byCode(code, syscall) ??
    byText(text, name) ??
    (typeof name === 'string' ? BY_NAME[name] : undefined) ??
    byClass(error)
  if (verdict === undefined) return undefined
  const { code: known, advice, ...options } = verdict
  // Some have no message of their own: a name with several addresses, a cluster without a server.
  const why = [text, ...[cause, lastNodeError].map(messageOf)].filter((part) => part !== '')
  const told = why.length === 0 ? String(code ?? name) : why.join(': ')
  return new PersistenceError(known, `${told} (${advice})`, { ...options, cause: error })
}

function byCode(code: unknown, syscall: unknown): Verdict | undefined {
  if (typeof code !== 'string') return undefined
  const verdict = BY_SYSTEM_CODE[code]
  // Nothing can have been applied on a connection that was never made.
  if (verdict && syscall === 'connect') return { ...verdict, outcome: 'not-applied' }
  if (verdict) return verdict
  return TLS.test(code) ? refused('the certificate was not accepted') : undefined
}

function byText(message: string, name: unknown): Verdict | undefined {
  const [, inScript] = IN_SCRIPT.exec(message) ?? []
  const [word = ''] = message.split(' ', 1)
  const known = BY_MESSAGE.find(([text]) => text.test(message))?.[1] ?? BY_WORD[inScript ?? word]
  if (known) return known
  // What is left of the server's answers is a refusal that we don't know, or a mistake in a script.
  const fromServer = name === 'ReplyError' || name === 'SimpleError' || name === 'BlobError'
  return fromServer ? { ...refused('the server refused'), outcome: 'unknown' } : undefined
}

/** Errors of node-redis say their class in the constructor only. */
function byClass(error: object): Verdict | undefined {
  const { constructor } = error as { readonly constructor?: { readonly name?: string } }
  const name = constructor?.name ?? ''
  if (name === 'SimpleError' || name === 'ErrorReply' || name === 'BlobError') {
    return { ...refused('the server refused'), outcome: 'unknown' }
  }
  return BY_NAME[name]
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}
