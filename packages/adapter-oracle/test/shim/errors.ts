import { driverError, serverError } from './internals.ts'

/** The error of Oracle that stands for one of PostgreSQL. */
const NUMBERS: Readonly<Record<string, readonly [number: number, message: string]>> = {
  '23505': [1, 'unique constraint violated'],
  '23502': [1400, 'cannot insert NULL'],
  '23503': [2291, 'integrity constraint violated - parent key not found'],
  '40P01': [60, 'deadlock detected while waiting for resource'],
  '40001': [8177, "can't serialize access for this transaction"],
  '55P03': [54, 'resource busy and acquire with NOWAIT specified or timeout expired'],
  '57014': [1013, 'user requested cancel of current operation'],
  '42P01': [942, 'table or view does not exist'],
  '3F000': [942, 'table or view does not exist'],
  '42P07': [955, 'name is already used by an existing object'],
  '42501': [1031, 'insufficient privileges'],
  '25006': [16000, 'database or pluggable database open for read-only access'],
  '28P01': [1017, 'invalid credential or not authorized; logon denied'],
  '28000': [1017, 'invalid credential or not authorized; logon denied'],
  '3D000': [12514, 'listener does not currently know of service requested'],
}

const BROKEN = /^(57P0|08)|^(ECONNRESET|EPIPE)$/

const CONNECTION_CLOSED = 500
const CONNECTION_INCOMPLETE = 503

/** What the driver would throw. Another error of PostgreSQL stays what it is: then the shim is wrong, or the SQL. */
export function toOracle(error: unknown, { isDefinition = false } = {}): unknown {
  const { code, message = '' } = error as { code?: string; message?: string }
  // Two who make one table at once meet in the catalogue.
  if (isDefinition && (code === '23505' || code === '42710'))
    return serverError(955, 'name is already used', error)
  const known = code === undefined ? undefined : NUMBERS[code]
  if (known) return serverError(known[0], `${known[1]} (${message})`, error)
  if (code === 'ECONNREFUSED')
    return driverError(CONNECTION_INCOMPLETE, 'localhost', 0, '', message)
  if ((code !== undefined && BROKEN.test(code)) || message.startsWith('Connection terminated'))
    return driverError(CONNECTION_CLOSED)
  return error
}
