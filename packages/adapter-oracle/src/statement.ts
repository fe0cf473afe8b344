/** What a parameter may be. */
export type Param = string | number | null

export type Params = Readonly<Record<string, Param>>

/**
 * One round trip. Its parameters are binds: `:name` is given, and `:o_name` comes back.
 *
 * In a PL/SQL block a name that begins with `v_` is a variable, so that none hides a column.
 */
export interface Statement {
  readonly name: string
  readonly text: string
  readonly given: readonly string[]
  readonly out: readonly string[]
  readonly isQuery: boolean
}

// Quoted names and strings come first, since they may hold a colon.
const TOKEN = /"[^"]*"|'(?:[^']|'')*'|:([a-zA-Z]\w*)/g

export function statement(name: string, text: string): Statement {
  const binds = new Set([...text.matchAll(TOKEN)].flatMap(([, bind]) => bind ?? []))
  const isOut = (bind: string): boolean => bind.startsWith('o_')
  return {
    name,
    text: text.trim(),
    given: [...binds].filter((bind) => !isOut(bind)),
    out: [...binds].filter(isOut),
    isQuery: /^\s*select\b/.test(text),
  }
}

/** Statements of which there is one for each shape that a query takes, made when it is first asked for. */
export function statements<A extends readonly (string | number | boolean)[]>(
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

/**
 * The rows after a place, for an order by `columns`. Oracle does not compare tuples; that the first column is not before
 * the place follows from the rest, and lets the server begin to read the index there.
 */
export function after(columns: readonly string[], place: readonly string[]): string {
  const parts = columns.map((column, index) => {
    const same = columns.slice(0, index).map((earlier, at) => `${earlier} = ${place[at]}`)
    return [...same, `${column} > ${place[index]}`].join(' and ')
  })
  return `${columns[0]} >= ${place[0]} and (${parts.join('\n            or ')})`
}

/**
 * A page of `:limit` rows, from the start or after a place. Oracle cannot begin to read an index at several columns at
 * once, as a comparison of tuples would have it: one search for each column does, however many rows share the first.
 *
 * @param columns have those of `order` among them
 * @param source `from … where …`
 */
export function pageOf(
  columns: string,
  source: string,
  order: readonly string[],
  place: readonly string[] | null,
  direction: 'asc' | 'desc' = 'asc',
): string {
  const end = `order by ${order.map((column) => `${column} ${direction}`).join(', ')}
        fetch first :limit rows only`
  if (place === null) return `select ${columns} ${source}\n        ${end}`
  const operator = direction === 'asc' ? '>' : '<'
  const parts = order.map((column, index) => {
    const same = order.slice(0, index).map((earlier, at) => `and ${earlier} = ${place[at]} `)
    return `select * from (
        select ${columns} ${source}
          ${same.join('')}and ${column} ${operator} ${place[index]}
        ${end}
      )`
  })
  return `select * from (
      ${parts.join('\n      union all\n      ')}
      ) ${end}`
}

/** The server's time in epoch ms, cut off and never rounded up. Stays the same throughout one SQL statement. */
export const SERVER_NOW = `(select extract(day from age) * 86400000 + extract(hour from age) * 3600000
        + extract(minute from age) * 60000 + floor(extract(second from age) * 1000)
      from (select sys_extract_utc(systimestamp) - timestamp '1970-01-01 00:00:00' age from dual))`

/** 255 UTF-16 units, in bytes of UTF-8. */
export const TEXT = 'varchar2(1020 byte)'
