import { toNumber, type Int } from '@holdfast/spec/rows'

/** The answer of a block that takes the first row which nobody has locked. */
export interface PassedOver {
  readonly taken_now: Int
  /** It saw something to take. */
  readonly seen: Int
}

const TRIES = 100

/**
 * Takes the first row that nobody has locked, and waits for the first row when all are locked. "There is nothing" would
 * be wrong then.
 *
 * Who waits, waits for one row and holds none, so that no two can wait for each other. It then has that row, or somebody
 * else does, and it looks again.
 */
export async function takeFirst<Row extends PassedOver>(
  take: (waiting: boolean) => Promise<Row | undefined>,
): Promise<Row | undefined> {
  for (let tries = 1; ; tries += 1) {
    const row = await take(tries > 1)
    if (row && toNumber(row.taken_now) === 1) return row
    if (!row || toNumber(row.seen) === 0 || tries === TRIES) return undefined
  }
}
