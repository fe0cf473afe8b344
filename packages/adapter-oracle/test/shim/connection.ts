import { createHash } from 'node:crypto'
import { toOracle } from './errors.ts'
import {
  ConnectionImpl,
  driver,
  driverError,
  LobImpl,
  ResultSetImpl,
  serverError,
  Statement,
  types,
  type BindInfo,
  type ExecuteOptions,
  type ParsedStatement,
} from './internals.ts'
import type { PgClient, PgResult } from './postgres.ts'
import { translateBlock, translateDefinition, translateSql, type Binds } from './translate.ts'

const MAX_TEXT_BYTES = 4000
const MAX_BLOCK_TEXT_BYTES = 32_767

/** Columns that Oracle keeps as LOBs. */
const LOBS = new Set(['body', 'head', 'tags'])

/** Of blocks of 8 KB. Older drivers ask for it of every LOB. */
const LOB_CHUNK_SIZE = 8132

const INT8 = 20
const NUMERIC = 1700

interface Executed {
  resultSet?: object
  rowsAffected?: number
  outBinds?: Record<string, unknown>
}

/** What is behind a `Connection` of the driver: a session of PostgreSQL that behaves as one of Oracle. */
export class ShimConnection extends ConnectionImpl {
  readonly #client: PgClient
  readonly #onTrip: (sql: string) => void
  readonly #blocks = new Set<string>()
  #broken = false
  #inTransaction = false

  constructor(client: PgClient, onTrip: (sql: string) => void) {
    super()
    this.#client = client
    this.#onTrip = onTrip
  }

  async execute(
    sql: string,
    _iterations: number,
    binds: readonly BindInfo[],
    options: ExecuteOptions,
  ): Promise<Executed> {
    const statement = new Statement()
    statement._prepare(sql)
    checkBinds(statement, sql, binds)
    this.#countTrips(statement, sql, binds)
    try {
      if (/^alter session\b/i.test(sql)) return {}
      if (/^(create|drop)\b/i.test(sql)) return await this.#define(sql)
      await this.#begin(statement, options)
      if (statement.isPlSql) return await this.#block(sql, binds)
      return await this.#statement(statement, sql, binds, options)
    } catch (error) {
      const { code } = error as { code?: string }
      this.#broken ||= code === undefined || /^(57P0|08|E)/.test(code)
      throw toOracle(error, { isDefinition: /^create\b/i.test(sql) })
    }
  }

  /** As in thin mode: a long text for a block is first written to a LOB. */
  #countTrips(statement: ParsedStatement, sql: string, binds: readonly BindInfo[]): void {
    this.#onTrip(sql)
    const isLong = ({ type, values: [value] }: BindInfo): boolean =>
      typeof value === 'string' &&
      (type === types.DB_TYPE_CLOB ||
        (statement.isPlSql && Buffer.byteLength(value) > MAX_BLOCK_TEXT_BYTES))
    for (const bind of binds.filter(isLong)) {
      this.#onTrip(`create a LOB for ${bind.name}`)
      this.#onTrip(`ask for the chunk size of the LOB for ${bind.name}`)
      this.#onTrip(`write the LOB for ${bind.name}`)
    }
  }

  /** What is not committed is lost when the connection is given back. */
  async #begin(statement: ParsedStatement, { autoCommit }: ExecuteOptions): Promise<void> {
    if (statement.isQuery || autoCommit || this.#inTransaction) return
    await this.#client.query('begin')
    this.#inTransaction = true
  }

  async #define(sql: string): Promise<Executed> {
    await this.#client.query(translateDefinition(sql))
    return {}
  }

  async #block(sql: string, given: readonly BindInfo[]): Promise<Executed> {
    const binds = bindsOf(given)
    const name = `block_${createHash('sha256').update(sql).digest('hex').slice(0, 16)}`
    const { create, text, values } = translateBlock(sql, binds, name)
    if (!this.#blocks.has(name)) {
      await this.#client.query(create)
      this.#blocks.add(name)
    }
    const result = await this.#run(text, valuesOf(values, given))
    const [row = []] = result.rows
    const out = [...binds.out.keys()].map((bind, index) => [
      bind,
      this.#outOf(given, bind, row[index]),
    ])
    return { outBinds: Object.fromEntries(out) }
  }

  #outOf(binds: readonly BindInfo[], name: string, found: unknown): unknown {
    const value = toNull(found)
    const bind = binds.find((one) => one.name === name)
    if (bind === undefined || value === null) return null
    if (bind.type === types.DB_TYPE_NUMBER) return Number(value)
    const text = value as string
    if (bind.type === types.DB_TYPE_CLOB) {
      return new ShimLob(this, text, () => this.#onTrip(`read the LOB of ${name}`))
    }
    if (Buffer.byteLength(text) > (bind.maxSize ?? 0))
      throw serverError(6502, 'PL/SQL: numeric or value error: character string buffer too small')
    return text
  }

  async #statement(
    statement: ParsedStatement,
    sql: string,
    given: readonly BindInfo[],
    options: ExecuteOptions,
  ): Promise<Executed> {
    const binds = bindsOf(given)
    const { text, values } = translateSql(sql, binds)
    const result = await this.#run(text, valuesOf(values, given))
    if (statement.isQuery) {
      const onTrip = (): void => this.#onTrip(`fetch: ${sql}`)
      return { resultSet: new ShimResultSet(result, options, onTrip) }
    }
    if (!statement.isReturning) return { rowsAffected: result.rowCount ?? 0 }
    const out = [...binds.out.keys()].map((bind, index) => [
      bind,
      result.rows.map((row) => this.#outOf(given, bind, row[index])),
    ])
    return { rowsAffected: result.rowCount ?? 0, outBinds: Object.fromEntries(out) }
  }

  async #run(text: string, values: unknown[]): Promise<PgResult> {
    const name = createHash('sha256').update(text).digest('hex').slice(0, 32)
    return this.#client.query({ text, values, rowMode: 'array', name })
  }

  async close({ drop = false }: { drop?: boolean } = {}): Promise<void> {
    if (this.#inTransaction && !this.#broken) await this.#client.query('rollback')
    this.#client.release(this.#broken || drop)
  }
}

class ShimLob extends LobImpl {
  readonly #connection: object
  readonly #text: string
  readonly #onTrip: () => void

  constructor(connection: object, text: string, onTrip: () => void) {
    super()
    this.#connection = connection
    this.#text = text
    this.#onTrip = onTrip
  }

  getType(): unknown {
    return types.DB_TYPE_CLOB
  }

  getChunkSize(): number {
    return LOB_CHUNK_SIZE
  }

  getPieceSize(): number {
    return LOB_CHUNK_SIZE
  }

  getLength(): number {
    return this.#text.length
  }

  async getData(): Promise<string> {
    this.#onTrip()
    return this.#text
  }

  _getConnImpl(): object {
    return this.#connection
  }
}

/** Gives rows as thin mode does: the first with the answer, but never those that hold LOBs. */
class ShimResultSet extends ResultSetImpl {
  readonly #onTrip: () => void
  #buffered: readonly (readonly unknown[])[]
  #rest: readonly (readonly unknown[])[]
  #more = true

  constructor({ rows, fields }: PgResult, options: ExecuteOptions, onTrip: () => void) {
    super()
    this.#onTrip = onTrip
    this._setup(
      options,
      fields.map(({ name, dataTypeID }) => ({
        name: name.toUpperCase(),
        dbType: typeOfColumn(name, dataTypeID),
      })),
    )
    const lobs = this.metaData.some(({ dbType }) => dbType === types.DB_TYPE_CLOB)
    for (const { dbType, fetchType } of this.metaData) {
      if (dbType === types.DB_TYPE_CLOB && fetchType === types.DB_TYPE_CLOB)
        throw new Error('A query fetches a LOB, and not its text')
    }
    this.#buffered = []
    this.#rest = rows.map((row) => row.map(toNull))
    if (!lobs) this.#fetch(options.prefetchRows)
  }

  #fetch(count: number): void {
    this.#more = this.#rest.length >= count
    this.#buffered = [...this.#buffered, ...this.#rest.slice(0, count)]
    this.#rest = this.#rest.slice(count)
  }

  async getRows(count: number): Promise<readonly (readonly unknown[])[]> {
    if (this.#buffered.length < count && this.#more) {
      this.#onTrip()
      this.#fetch(count - this.#buffered.length)
    }
    const rows = this.#buffered.slice(0, count)
    this.#buffered = this.#buffered.slice(count)
    return rows
  }

  close(): void {}
}

function typeOfColumn(name: string, oid: number): unknown {
  if (LOBS.has(name)) return types.DB_TYPE_CLOB
  return oid === INT8 || oid === NUMERIC || oid === 23 || oid === 21
    ? types.DB_TYPE_NUMBER
    : types.DB_TYPE_VARCHAR
}

/** What the driver and the server check before anything is done. */
function checkBinds(statement: ParsedStatement, sql: string, binds: readonly BindInfo[]): void {
  if (binds.length !== statement.bindInfoDict.size)
    throw driverError(97, statement.bindInfoDict.size, binds.length)
  for (const { name, dir, type, values } of binds) {
    const infos = statement.bindInfoDict.get(name.toUpperCase())
    if (infos === undefined) throw driverError(98, name)
    if (!statement.isPlSql && infos.some((info) => info.isReturnBind) !== (dir !== driver.BIND_IN))
      throw serverError(1008, `not all variables bound: ${name}`)
    const [value] = values
    const isLong =
      typeof value === 'string' &&
      type !== types.DB_TYPE_CLOB &&
      Buffer.byteLength(value) > MAX_TEXT_BYTES
    // Only what is stored in a LOB may be long.
    if (isLong && !statement.isPlSql && !LOBS.has(name))
      throw serverError(1461, `can bind a LONG value only for insert into a LONG column: ${sql}`)
  }
}

function bindsOf(binds: readonly BindInfo[]): Binds {
  const typed = (isOut: boolean): Binds['given'] =>
    new Map(
      binds
        .filter(({ dir }) => (dir !== driver.BIND_IN) === isOut)
        .map(({ name, type }) => [name, type === types.DB_TYPE_NUMBER ? 'bigint' : 'text']),
    )
  return { given: typed(false), out: typed(true) }
}

function valuesOf(names: readonly string[], binds: readonly BindInfo[]): unknown[] {
  return names.map((name) => toNull(binds.find((bind) => bind.name === name)?.values[0] ?? null))
}

/** To Oracle an empty string is no string. */
function toNull(value: unknown): unknown {
  return value === '' ? null : value
}
