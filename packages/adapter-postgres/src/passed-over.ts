/** The answer of a statement that takes the first row which nobody has locked. */
export interface PassedOver {
  /** It took nothing, and saw something to take: all of it was locked at that moment, or taken since. */
  readonly passed_over: boolean
}

const TRIES = 100

/**
 * Takes the first row that nobody has locked, and waits for the first row when all are locked. What is locked is not
 * taken: a save locks the tasks that it changes, and a duplicate the command that it finds, for as long as they take
 * to be committed. "There is nothing" would be wrong then.
 *
 * Who waits, waits for one row and holds none, so that no two can wait for each other. It then has that row, or somebody
 * else does, and it looks again.
 */
export async function takeFirst<Row extends PassedOver>(
  take: (waiting: boolean) => Promise<Row | undefined>,
): Promise<Row | undefined> {
  for (let tries = 1; ; tries += 1) {
    const row = await take(tries > 1)
    if (!row?.passed_over || tries === TRIES) return row
  }
}

/** The locking clause of the search for the first row. */
export function lockUnless(waiting: boolean): string {
  return waiting ? '' : 'for no key update skip locked'
}
