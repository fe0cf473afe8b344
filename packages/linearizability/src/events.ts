import type { Time } from './history.ts'

/**
 * The calls and returns of one partition in the order of time, as the search walks them. Closed operations, those that
 * returned, are in a doubly linked list; position 0 is its head. Open ones have only a call, and stand apart: they may
 * take effect at any time after it, or never.
 */
export interface Events {
  readonly next: Int32Array
  readonly previous: Int32Array
  /** By position: the operation that is called, or the complement of the one that returns. */
  readonly subject: Int32Array
  /** By position: how many closed operations were called before. */
  readonly called: Int32Array
  /** By operation: where it is called and where it returns, 0 for an open one. */
  readonly callAt: Int32Array
  readonly returnAt: Int32Array
  /** By operation: its number among the closed or among the open ones. */
  readonly rank: Int32Array
  /** The open operations in the order of their calls. */
  readonly open: Int32Array
  readonly closed: number
}

/**
 * `calls` ascends; `returns` is `null` for an open operation. Where a return is only deduced from that of another
 * operation, it comes after it: the blame belongs to what was seen.
 */
export function arrange(
  calls: readonly Time[],
  returns: readonly (Time | null)[],
  deduced: Uint8Array,
): Events {
  const count = calls.length
  const byReturn: number[] = []
  const opens: number[] = []
  for (let operation = 0; operation < count; operation++) {
    if (returns[operation] === null) opens.push(operation)
    else byReturn.push(operation)
  }
  const closed = byReturn.length
  byReturn.sort(
    (a, b) =>
      compare(returns[a] ?? 0, returns[b] ?? 0) || (deduced[a] ?? 0) - (deduced[b] ?? 0) || a - b,
  )

  const positions = count + closed + 1
  const next = new Int32Array(positions)
  const previous = new Int32Array(positions)
  const subject = new Int32Array(positions)
  const called = new Int32Array(positions)
  const callAt = new Int32Array(count)
  const returnAt = new Int32Array(count)
  const rank = new Int32Array(count)

  let last = 0
  let closedCalls = 0
  let openCalls = 0
  const link = (position: number): void => {
    next[last] = position
    previous[position] = last
    last = position
  }
  let call = 0
  let back = 0
  for (let position = 1; position < positions; position++) {
    called[position] = closedCalls
    const returning = byReturn[back]
    // An interval is closed: what is called at the instant of a return is concurrent with what returns.
    const calling =
      call < count &&
      (returning === undefined || compare(calls[call] ?? 0, returns[returning] ?? 0) <= 0)
    if (calling) {
      callAt[call] = position
      subject[position] = call
      if (returns[call] === null) {
        rank[call] = openCalls++
      } else {
        rank[call] = closedCalls++
        link(position)
      }
      call++
    } else if (returning !== undefined) {
      returnAt[returning] = position
      subject[position] = ~returning
      link(position)
      back++
    }
  }
  previous[0] = last
  return {
    next,
    previous,
    subject,
    called,
    callAt,
    returnAt,
    rank,
    open: Int32Array.from(opens),
    closed,
  }
}

export function compare(a: Time, b: Time): number {
  return a < b ? -1 : a > b ? 1 : 0
}
