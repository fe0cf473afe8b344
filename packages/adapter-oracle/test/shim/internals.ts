import { createRequire } from 'node:module'

// The front half of the real driver: it checks binds and options, converts values and shapes results. Only what speaks to
// the server is replaced.

/** A type of a column or a bind. */
export interface DbType {
  readonly name: string
}

/** A bind, as the front half hands it on. */
export interface BindInfo {
  readonly name: string
  readonly dir: number
  readonly type: DbType
  readonly maxSize?: number
  readonly values: readonly unknown[]
}

export interface ExecuteOptions {
  readonly autoCommit: boolean
  readonly prefetchRows: number
  readonly fetchArraySize: number
}

export interface ParsedStatement {
  readonly isQuery: boolean
  readonly isPlSql: boolean
  readonly isDml: boolean
  readonly isReturning: boolean
  readonly bindInfoDict: ReadonlyMap<string, readonly { readonly isReturnBind: boolean }[]>
  _prepare(sql: string): void
}

/** What the classes of the driver have that we build upon. */
interface Base {
  new (): object
}

interface ResultSetBase {
  new (): {
    metaData: readonly { readonly fetchType: DbType; readonly dbType: DbType }[]
    _setup(options: object, metaData: readonly object[]): void
  }
}

export interface FrontConnection {
  _impl: object
}

const require = createRequire(import.meta.url)

export const { ConnectionImpl, LobImpl, ResultSetImpl } = require('oracledb/lib/impl') as {
  readonly ConnectionImpl: Base
  readonly LobImpl: Base
  readonly ResultSetImpl: ResultSetBase
}
export const { Statement } = require('oracledb/lib/thin/statement.js') as {
  readonly Statement: new () => ParsedStatement
}
export const types: Readonly<Record<string, DbType>> = require('oracledb/lib/types.js')
export const driver = require('oracledb') as {
  readonly BIND_IN: number
  readonly Connection: new () => FrontConnection
  readonly versionString: string
}
const errors = require('oracledb/lib/errors.js') as {
  getErr(number: number, ...args: unknown[]): Error
}

/** An error of the driver itself, NJS-…. */
export function driverError(number: number, ...args: unknown[]): Error {
  return errors.getErr(number, ...args)
}

/** An error of the server, as the driver throws it. */
export function serverError(number: number, message: string, cause?: unknown): Error {
  const code = `ORA-${String(number).padStart(5, '0')}`
  return Object.assign(new Error(`${code}: ${message}`, { cause }), { code, errorNum: number })
}
