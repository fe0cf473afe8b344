import { comparePlaces, sliceOf, type Place, type Slice } from '@holdfast/spec'
import { following, tieOf, type Range } from './keys.ts'
import { parallel } from './parallel.ts'
import type { Row } from './table.ts'
import type { Store } from './unit.ts'

/** Whether a list rises or falls. */
export type Direction = 1 | -1

/** How the rows of a range are ordered. */
export interface Order<P extends Place> {
  placeOf(row: Row): P
  /** The key of the row at a place. */
  keyOf(place: P): string
  /** @default 1 */
  readonly direction?: Direction
}

/**
 * The rows of a range after a place, in their order. Keys tell it, but for those of ids that are too long for a key: such
 * rows are put in order here, all those at once whose keys do not differ.
 */
export async function* inOrder<P extends Place>(
  store: Store,
  range: Range,
  order: Order<P>,
  after: P | null,
  size: number,
): AsyncIterable<Row> {
  const { placeOf, direction = 1 } = order
  const rest = after === null ? range : following(range, order.keyOf(after))
  const compare = (a: Row, b: Row): number => direction * comparePlaces(placeOf(a), placeOf(b))
  const isAfter = (row: Row): boolean =>
    after === null || direction * comparePlaces(placeOf(row), after) > 0
  let tied: Row[] = []
  for await (const row of store.rows(rest, size)) {
    const tie = tieOf(row.key, range)
    if (tied[0] && tieOf(tied[0].key, range) !== tie) {
      yield* tied.filter(isAfter).sort(compare)
      tied = []
    }
    if (tie === row.key) yield row
    else tied.push(row)
  }
  yield* tied.filter(isAfter).sort(compare)
}

/** The first rows. */
export async function take(rows: AsyncIterable<Row>, count: number): Promise<Row[]> {
  const taken: Row[] = []
  for await (const row of rows) {
    taken.push(row)
    if (taken.length === count) break
  }
  return taken
}

/**
 * A page of the records that rows of an index name, of which there is one more if the page is not the last. What is not
 * at its place any more when it is read is left out.
 */
export async function pageOf<T, P extends Place>(
  named: readonly Row[],
  limit: number,
  order: Order<P>,
  fetch: (row: Row) => Promise<Row | null>,
  read: (row: Row) => T,
  idOf: (row: Row) => string,
): Promise<Slice<T, P>> {
  const rows = named.slice(0, limit)
  const records = await parallel(rows, async (row) => {
    const record = await fetch(row)
    const isThere = record && comparePlaces(order.placeOf(record), order.placeOf(row)) === 0
    return isThere ? record : null
  })
  const found = records.filter((record) => record !== null)
  const last = named.length > limit ? rows.at(-1) : undefined
  const slice = sliceOf(found, limit, read, order.placeOf, idOf)
  return { ...slice, next: last ? order.placeOf(last) : null }
}
