import { comparePlaces } from '@holdfast/spec'
import type { Collection, Update } from './database.ts'
import { pageFilter, sortBy, type Filter } from './keys.ts'
import type { Row } from './rows.ts'

/** What is taken, of what order. */
export interface Queue<R extends Row> {
  readonly collection: Collection<R>
  /** What nobody holds. */
  readonly free: Filter
  /** What somebody held until now. */
  readonly expired: Filter
  /** The order, as fields; `placeOf` has the same. */
  readonly fields: readonly string[]
  placeOf(row: R): readonly (string | number)[]
  /** Only what comes after this place. */
  readonly after: readonly (string | number)[] | null
}

/**
 * Takes the first document that is free or expired. Each kind has an index: one index for both would make every search
 * step over those that are held, which are the first ones as a rule. Two round trips, when nothing has expired.
 */
export async function takeFirst<R extends Row>(queue: Queue<R>, take: Update): Promise<R | null> {
  const { collection, fields, placeOf, after } = queue
  const sort = sortBy(fields)
  const free = pageFilter(queue.free, fields, after)
  const expired = pageFilter(queue.expired, fields, after)
  for (;;) {
    const late = await collection.findOne(expired, { sort })
    const first = late && (await collection.findOne(free, { sort }))
    if (late === null || (first && comparePlaces(placeOf(first), placeOf(late)) < 0)) {
      return collection.findOneAndUpdate(free, take, { sort, returnDocument: 'after' })
    }
    const own = { ...queue.expired, _id: late._id }
    const taken = await collection.findOneAndUpdate(own, take, { returnDocument: 'after' })
    if (taken !== null) return taken
    // Somebody else was faster.
  }
}
