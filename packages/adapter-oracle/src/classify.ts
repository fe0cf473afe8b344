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

const CREDENTIALS = 'check user and password'
const MAKE_STORE =
  'the tables are not there, or not to be seen: call ensureStore(), or check schema, prefix and grants'
const CONNECTION_LOST = 'the connection broke; whether a write was applied is not known'
const STARTING = 'the database is starting up or shutting down; try again'
const NO_SERVICE = 'the listener does not know the service, or not yet; check connectString'
const NO_NAME = 'check connectString, and where tnsnames.ora is'
const NO_SPACE = 'there is no room left: add space, or raise the quota'
const UNREACHABLE = 'no listener answers there'
const POOL_CLOSED = 'the pool that was handed in was closed'
const TLS = 'the certificate or the wallet was not accepted'

/** Newer drivers make NJS-500 of most of these, the oldest that we take of hardly any. */
const LOST = [
  ...[22, 31, 45, 378, 602, 603, 609, 1012, 1041, 1043, 1089, 1092, 3113, 3114, 3122, 3135],
  ...[12153, 12537, 12547, 12570, 12583, 25401, 25402, 25408, 27146, 28511, 56600],
]

/** By the number of ORA-…: https://docs.oracle.com/error-help/db/ */
const BY_NUMBER: Readonly<Record<number, Verdict>> = {
  1: { code: 'CONFLICT', advice: 'the key is taken' },
  18: busy('the database has no session left; use smaller pools'),
  20: busy('the database has no process left; use smaller pools'),
  51: busy('a resource was not had in time; try again'),
  54: busy('somebody has locked it; try again'),
  60: busy('a deadlock was resolved; try again'),
  1013: busy('the statement was cancelled'),
  2049: busy('a lock was not had in time; try again'),
  2391: busy('the user has too many sessions; use a smaller pool'),
  4020: busy('a definition is being changed; try again'),
  4021: busy('a definition is being changed; try again'),
  4031: busy('the shared pool has no memory left; try again'),
  4061: busy('a definition has changed; try again'),
  4068: busy('a definition has changed; try again'),
  1555: busy('what was being read changed too fast; try again'),
  22924: busy('what was being read changed too fast; try again'),
  8177: busy('a concurrent change came first; leave the isolation level at read committed'),
  30006: busy('a lock was not had in time; try again'),
  1033: away(STARTING),
  1034: away(STARTING),
  1090: away(STARTING),
  12521: away(NO_SERVICE),
  12505: away(NO_SERVICE),
  12514: away(NO_SERVICE),
  12516: away('the listener has no handler for it; try again'),
  12519: away('the listener has no handler left; try again'),
  12520: away('the listener has no handler left; try again'),
  12526: away(STARTING),
  12528: away(STARTING),
  12170: away(UNREACHABLE),
  12541: away(UNREACHABLE),
  12543: away(UNREACHABLE),
  12545: away(UNREACHABLE),
  16000: away('the database takes reads only; connect to the primary'),
  16456: away('the database is being switched over; try again'),
  2396: gone('the session was idle for too long'),
  2399: gone('the session was connected for too long'),
  28: gone('the session was killed'),
  12154: refused(NO_NAME),
  1005: refused(CREDENTIALS),
  1017: refused(CREDENTIALS),
  28000: refused('the account is locked'),
  28001: refused('the password has expired'),
  1045: refused('the user may not log on: grant create session'),
  942: refused(MAKE_STORE),
  2289: refused(MAKE_STORE),
  1031: refused('a right is missing: grant it, or run oracleSchema() as another user'),
  1950: refused('the user has no quota on the tablespace'),
  41900: refused('a right is missing: grant it'),
  1536: away(NO_SPACE),
  1652: away(NO_SPACE),
  1653: away(NO_SPACE),
  1654: away(NO_SPACE),
  1691: away(NO_SPACE),
  30036: away(NO_SPACE),
  257: away(NO_SPACE),
  ...Object.fromEntries(LOST.map((number) => [number, gone(CONNECTION_LOST)])),
}

/** By NJS-…, the codes of the driver itself. */
const BY_CODE: Readonly<Record<string, Verdict>> = {
  'NJS-002': refused(POOL_CLOSED),
  'NJS-003': gone(CONNECTION_LOST),
  'NJS-040': busy('no connection of the pool came free in time'),
  'NJS-064': refused(POOL_CLOSED),
  'NJS-065': refused(POOL_CLOSED),
  'NJS-076': busy('too many calls wait for a connection of the pool'),
  'NJS-082': busy('the pool is being changed; try again'),
  'NJS-116': refused(
    'the password has an old kind of verifier: set it anew, or use the thick mode of oracledb',
  ),
  'NJS-123': gone('no answer came within callTimeout'),
  'NJS-125': refused('check connectString'),
  'NJS-138': refused('the database is older than the driver takes'),
  'NJS-500': gone(CONNECTION_LOST),
  'NJS-501': gone(CONNECTION_LOST),
  'NJS-503': away(UNREACHABLE),
  'NJS-504': away('the web proxy could not be passed'),
  'NJS-505': refused(TLS),
  'NJS-506': refused(TLS),
  'NJS-507': refused(TLS),
  'NJS-508': refused(TLS),
  'NJS-509': gone('what answers does not speak the protocol of Oracle, or broke off'),
  'NJS-510': away('no listener answered in time'),
  'NJS-511': away('the listener refused the connection'),
  // What older drivers say of a host that is not known, which may pass.
  'NJS-512': away('the host is not known, or connectString has a parameter that is wrong'),
  'NJS-513': gone(CONNECTION_LOST),
  'NJS-514': refused(NO_NAME),
  'NJS-515': refused(NO_NAME),
  'NJS-516': refused(NO_NAME),
  'NJS-517': refused(NO_NAME),
  'NJS-518': away(NO_SERVICE),
  'NJS-519': away(NO_SERVICE),
  'NJS-520': refused(NO_NAME),
  'NJS-521': gone(CONNECTION_LOST),
  'NJS-530': away('the name of the host is not known'),
  'NJS-532': refused('the server demands a network security that thin mode has not'),
  'NJS-533': refused('the server demands native network encryption, which needs thick mode'),
}

const NUMBERED = /^ORA-0*(\d+)/

/**
 * The error of the contract for an error of the driver or of the server; `undefined` for anything else, which is a bug of
 * ours.
 */
export function classify(error: unknown): PersistenceError | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, errorNum, message = '' } = error as Readonly<Record<string, unknown>>
  const verdict = verdictOf(code, errorNum)
  if (verdict === undefined) return undefined
  const { code: known, advice, ...options } = verdict
  return new PersistenceError(known, `${String(message)} (${advice})`, { ...options, cause: error })
}

function verdictOf(code: unknown, errorNum: unknown): Verdict | undefined {
  // The driver's own code first: it stands for several of the server's.
  const own = typeof code === 'string' ? BY_CODE[code] : undefined
  if (own) return own
  const number = numberOf(code, errorNum)
  if (number === undefined) return undefined
  return BY_NUMBER[number] ?? refused(`the server refused the statement with ORA-${number}`)
}

function numberOf(code: unknown, errorNum: unknown): number | undefined {
  if (typeof errorNum === 'number' && errorNum > 0) return errorNum
  const [, digits] = typeof code === 'string' ? (NUMBERED.exec(code) ?? []) : []
  return digits === undefined ? undefined : Number(digits)
}
