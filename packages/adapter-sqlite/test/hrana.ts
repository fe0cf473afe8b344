import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { text } from 'node:stream/consumers'

/** What the adapter uses of the protocol that libSQL servers speak (Hrana 2 over HTTP, JSON). */
interface Pipeline {
  readonly requests: readonly StreamRequest[]
}

type StreamRequest =
  | { readonly type: 'execute'; readonly stmt: Statement }
  | { readonly type: 'batch'; readonly batch: { readonly steps: readonly Step[] } }
  | { readonly type: 'store_sql'; readonly sql_id: number; readonly sql: string }
  | { readonly type: 'close' | 'close_sql' }

interface Step {
  readonly condition?: Condition
  readonly stmt: Statement
}

type Condition =
  | { readonly type: 'ok'; readonly step: number }
  | { readonly type: 'not'; readonly cond: Condition }

interface Statement {
  readonly sql?: string
  readonly sql_id?: number
  readonly named_args: readonly { readonly name: string; readonly value: Value }[]
}

type Value =
  | { readonly type: 'null' }
  | { readonly type: 'integer'; readonly value: string }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'text'; readonly value: string }

interface StatementResult {
  readonly cols: readonly { readonly name: string }[]
  readonly rows: readonly (readonly Value[])[]
  readonly affected_row_count: number
  readonly last_insert_rowid: null
}

/** How a server misbehaves at the next request. */
export type Mishap = 'drop-before' | 'drop-after' | number

export interface HranaServer extends AsyncDisposable {
  readonly url: string
  /** How many requests came. */
  requests: number
  /** How many statements they held, without those that begin and end transactions. */
  statements: number
  mishap: Mishap | undefined
}

/**
 * A stand-in for a libSQL server: the protocol in front of node:sqlite. It shows what goes over the wire and how often,
 * not how a server behaves under load.
 */
export async function startHrana(file: string): Promise<HranaServer> {
  const database = new DatabaseSync(file)
  database.exec('pragma busy_timeout = 5000; pragma synchronous = off')
  const server = createServer((request, response) => {
    hrana.requests += 1
    const { mishap } = hrana
    hrana.mishap = undefined
    void text(request).then((body) => {
      if (mishap === 'drop-before') return request.socket.destroy()
      if (typeof mishap === 'number') return response.writeHead(mishap).end('{}')
      const answer = respond(JSON.parse(body) as Pipeline)
      if (mishap === 'drop-after') return request.socket.destroy()
      return response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const hrana: HranaServer = {
    url: `http://127.0.0.1:${port}`,
    requests: 0,
    statements: 0,
    mishap: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      database.close()
    },
  }

  function respond({ requests }: Pipeline): string {
    const stored = new Map<number, string>()
    const results = requests.map((request) => {
      if (request.type === 'store_sql') stored.set(request.sql_id, request.sql)
      const response = (result?: object): object => ({
        type: 'ok',
        response: { type: request.type, ...(result && { result }) },
      })
      if (request.type === 'batch') return response(runBatch(request.batch.steps, stored))
      if (request.type !== 'execute') return response()
      try {
        return response(run(request.stmt, stored))
      } catch (error) {
        return { type: 'error', error: describe(error) }
      }
    })
    return JSON.stringify({ baton: null, base_url: null, results })
  }

  function runBatch(steps: readonly Step[], stored: ReadonlyMap<number, string>): object {
    const results: (StatementResult | null)[] = []
    const errors: (object | null)[] = []
    const holds = (condition: Condition): boolean =>
      condition.type === 'not' ? !holds(condition.cond) : results[condition.step] !== null
    for (const { condition, stmt } of steps) {
      let result: StatementResult | null = null
      let error: object | null = null
      try {
        if (condition === undefined || holds(condition)) result = run(stmt, stored)
      } catch (thrown) {
        error = describe(thrown)
      }
      results.push(result)
      errors.push(error)
    }
    return { step_results: results, step_errors: errors }
  }

  function run(
    { sql, sql_id, named_args }: Statement,
    stored: ReadonlyMap<number, string>,
  ): StatementResult {
    const source = sql ?? stored.get(sql_id ?? 0) ?? ''
    if (!/^(begin|commit|rollback)/i.test(source)) hrana.statements += 1
    const rows = database
      .prepare(source)
      .all(Object.fromEntries(named_args.map(({ name, value }) => [name, fromValue(value)])))
    const cols = Object.keys(rows[0] ?? {}).map((name) => ({ name }))
    return {
      cols,
      rows: rows.map((row) => cols.map(({ name }) => toValue(row[name] ?? null))),
      affected_row_count: 0,
      last_insert_rowid: null,
    }
  }

  return hrana
}

function fromValue(value: Value): SQLInputValue {
  if (value.type === 'null') return null
  return value.type === 'integer' ? BigInt(value.value) : value.value
}

function toValue(value: unknown): Value {
  if (typeof value === 'string') return { type: 'text', value }
  if (typeof value !== 'number') return { type: 'null' }
  return Number.isInteger(value)
    ? { type: 'integer', value: String(value) }
    : { type: 'float', value }
}

const CODES: Readonly<Record<number, string>> = { 1: 'SQLITE_ERROR', 5: 'SQLITE_BUSY' }

function describe(error: unknown): object {
  const { message, errcode = 0 } = error as { message: string; errcode?: number }
  return { message, code: CODES[errcode & 0xff] ?? 'SQLITE_UNKNOWN' }
}
