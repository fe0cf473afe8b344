import { invalid, isPersistenceError } from './errors.ts'
import { integer, nullable, optional, text, type Optional } from './fields.ts'

/** Asks for one page of a result. */
export interface PageRequest {
  /** 1 to 1000. @default 100 */
  readonly limit?: number
  /** The `cursor` of the page before. Absent or `null` for the first page. */
  readonly cursor?: string | null
}

/**
 * One page. A record that is there, and keeps its place in the order, from the first page to the last appears exactly
 * once, whatever is written meanwhile.
 */
export interface Page<T> {
  readonly items: readonly T[]
  /** Asks for the next page; `null` after the last. Opaque: only the method that made it reads it. */
  readonly cursor: string | null
  /** Ids of records of this page whose stored bytes cannot be read. Usually empty; their neighbours are in `items`. */
  readonly corrupt: readonly string[]
}

/** A place in an order: the sort key of the last record seen. */
export type Place = readonly (string | number)[]

/** A page request as a backend sees it. */
export interface PageQuery<P extends Place> {
  readonly limit: number
  /** Records after this place only; `null` for the first page. */
  readonly after: P | null
}

/** A page as a backend answers it. */
export interface Slice<T, P extends Place> {
  readonly items: readonly T[]
  /** The place of the last record, `null` when there is none after it. */
  readonly next: P | null
  readonly corrupt: readonly string[]
}

/** The members that every paged query has. */
export const pageFields: {
  readonly limit: Optional<number>
  readonly cursor: Optional<string | null>
} = {
  limit: optional(integer(1, 1000)),
  cursor: optional(nullable(text)),
}

/** Reads `limit` and `cursor` of a query to the method `method`, whose places have the types of `sample`. */
export function readPage<P extends Place>(
  request: { readonly limit?: number | undefined; readonly cursor?: string | null | undefined },
  method: string,
  sample: P,
): PageQuery<P> {
  const { limit = 100, cursor = null } = request
  return { limit, after: cursor === null ? null : readCursor(cursor, method, sample) }
}

/** The page that a slice stands for. */
export function toPage<T, P extends Place>(slice: Slice<T, P>, method: string): Page<T> {
  return {
    items: slice.items,
    cursor: slice.next && writeCursor(method, slice.next),
    corrupt: slice.corrupt,
  }
}

/**
 * The slice that begins `rows`, which a backend reads with `limit + 1`, so that the last tells whether there is more.
 * A row whose `read` throws `CORRUPT` is named and does not hide its neighbours.
 */
export function sliceOf<Row, T, P extends Place>(
  rows: readonly Row[],
  limit: number,
  read: (row: Row) => T,
  placeOf: (row: Row) => P,
  idOf: (row: Row) => string,
): Slice<T, P> {
  const items: T[] = []
  const corrupt: string[] = []
  const taken = rows.slice(0, limit)
  for (const row of taken) {
    try {
      items.push(read(row))
    } catch (error) {
      if (!isPersistenceError(error, 'CORRUPT')) throw error
      corrupt.push(idOf(row))
    }
  }
  const last = taken.at(-1)
  return { items, next: last !== undefined && rows.length > limit ? placeOf(last) : null, corrupt }
}

function writeCursor(method: string, place: Place): string {
  return Buffer.from(JSON.stringify([method, ...place])).toString('base64url')
}

function readCursor<P extends Place>(cursor: string, method: string, sample: P): P {
  const [name, ...place] = parse(cursor)
  const fits =
    name === method &&
    place.length === sample.length &&
    sample.every((part, index) => isPart(place[index], part))
  if (!fits) throw invalid('cursor', `one that ${method} returned`)
  return place as unknown as P
}

function isPart(part: unknown, sample: string | number): boolean {
  return typeof sample === 'number'
    ? Number.isSafeInteger(part)
    : typeof part === 'string' && part.isWellFormed()
}

function parse(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}
