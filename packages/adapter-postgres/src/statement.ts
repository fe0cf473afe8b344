import { createHash } from 'node:crypto'

/** What a parameter may be. */
export type Param = string | number | boolean | null | readonly string[]

export type Params = Readonly<Record<string, Param>>

/** One round trip: its text with `$1`, `$2`, … and the names that these stand for. */
export interface Statement {
  /** Follows from the text, so that two texts never share a prepared statement. */
  readonly name: string
  readonly text: string
  readonly params: readonly string[]
}

// Quoted names and strings come first, since a schema may be called `a:b`; so do casts.
const TOKEN = /"(?:[^"]|"")*"|'(?:[^']|'')*'|::|:([a-zA-Z_]+)/g

/** A statement whose parameters are written `:name`. */
export function statement(name: string, sql: string): Statement {
  const params: string[] = []
  const text = sql.replace(TOKEN, (token: string, param: string | undefined) => {
    if (param === undefined) return token
    const known = params.indexOf(param)
    return `$${known === -1 ? params.push(param) : known + 1}`
  })
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16)
  return { name: `holdfast ${name} ${hash}`, text, params }
}

/** Statements of which there is one for each shape that a query takes, made when it is first asked for. */
export function statements<A extends readonly (string | boolean)[]>(
  make: (...shape: A) => Statement,
): (...shape: A) => Statement {
  const made = new Map<string, Statement>()
  return (...shape) => {
    const key = shape.join()
    const found = made.get(key) ?? make(...shape)
    made.set(key, found)
    return found
  }
}

/** A name as SQL writes it, whatever characters it has. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A string as SQL writes it, whatever the server thinks of backslashes. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
  return text.includes('\\') ? `E${quoted}` : quoted
}

/** The time by the injected clock, else by the server's, now: epoch ms, cut off and never rounded up. */
export const NOW: string = `coalesce(:now::bigint, floor(extract(epoch from clock_timestamp()) * 1000)::bigint)`

/** The time as a table of one row, so that all parts of a statement speak of one instant. */
export const CLOCK: string = `clock as materialized (select ${NOW} as now)`
