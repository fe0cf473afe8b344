import type { Events } from './events.ts'
import type { Operation } from './history.ts'
import { at, type Memo } from './memo.ts'
import type { Model, Spend } from './model.ts'

export interface SearchLimits {
  readonly steps: number
  readonly entries: number
}

export interface SearchResult {
  readonly verdict: 'ok' | 'illegal' | 'unknown'
  readonly exhausted?: 'steps' | 'memory'
  /** The operation whose return could not be reached; -1 when there is none. */
  readonly stuck: number
  /** The longest linearization found, as places in the list of operations. */
  readonly order: Int32Array
  readonly steps: number
  readonly entries: number
}

/**
 * Wing and Gong's search with Lowe's memoisation, over one partition, without recursion.
 *
 * Three shortcuts keep it small; none changes a verdict. An operation that leaves every state as it is and is legal now
 * may as well come now: it is taken at once, and no other place is tried. An open operation that changes nothing now is
 * not taken: nobody waits for it. Nor is one whose effect the next operation hides.
 */
export function search<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  outputs: readonly (O | undefined)[],
  reads: Uint8Array,
  events: Events,
  memo: Memo,
  limits: SearchLimits,
): SearchResult {
  const { next, previous, subject, called, callAt, returnAt, rank, open } = events
  const bits = new Int32Array((events.closed >>> 5) + 1)
  const used = new Int32Array((open.length + 31) >>> 5)
  memo.reset(used.length)

  // States are compared by number; a number stands for a fingerprint.
  const states: S[] = []
  let steps = 0
  // What states take beyond one entry each: those that have a number, and the one that a step is making.
  let excess = 0
  let growing = 0
  let peak = 0
  let exhausted: SearchResult['exhausted']
  const within = (): boolean => {
    const entries = memo.entries + states.length + excess + growing
    if (entries > peak) peak = entries
    if (steps + memo.probes > limits.steps) exhausted = 'steps'
    else if (entries > limits.entries) exhausted = 'memory'
    return exhausted === undefined
  }
  const spend: Spend = (more, entries) => {
    steps += more
    growing += entries
    return within()
  }

  const numbers = new Map<string | number, number>()
  const numberOf = (state: S): number => {
    const fingerprint = model.fingerprint(state)
    const known = numbers.get(fingerprint)
    if (known !== undefined) return known
    numbers.set(fingerprint, states.length)
    excess += growing
    return states.push(state) - 1
  }
  let state = numberOf(model.init())

  /** The number of the state after an operation, -1 when it is illegal or the budget does not suffice to tell. */
  const stepFrom = (number: number, operation: number): number => {
    steps++
    const before = states[number]
    const subjectOf = operations[operation]
    if (subjectOf === undefined || before === undefined) return -1
    const after = model.step(before, subjectOf.input, outputs[operation], subjectOf, spend)
    // What a step gives that was cut short is no state.
    const none = after === undefined || exhausted !== undefined
    const reached = none ? -1 : after === before ? number : numberOf(after)
    growing = 0
    return reached
  }

  const stack = new Int32Array(operations.length)
  const stateBefore = new Int32Array(operations.length)
  const limitBefore = new Int32Array(operations.length)
  let depth = 0
  let closedDepth = 0

  // The longest order so far: its first `shared` operations are still those on the stack, the others are in `best`.
  const best = new Int32Array(operations.length)
  let shared = 0
  let bestDepth = 0
  let bestClosed = -1
  let bestLimit = 0

  /** Whether an operation right after an open one hides it: without the open one it leads to the same state. */
  const needless = (operation: number, after: number): boolean => {
    if (depth === 0 || at(returnAt, at(stack, depth - 1)) !== 0) return false
    return stepFrom(at(stateBefore, depth - 1), operation) === after
  }

  const take = (operation: number, after: number, limit: number): void => {
    stack[depth] = operation
    stateBefore[depth] = state
    limitBefore[depth] = limit
    depth++
    state = after
    const number = at(rank, operation)
    const back = at(returnAt, operation)
    if (back === 0) {
      used[number >>> 5] = at(used, number >>> 5) | (1 << (number & 31))
      return
    }
    closedDepth++
    bits[number >>> 5] = at(bits, number >>> 5) | (1 << (number & 31))
    const call = at(callAt, operation)
    next[at(previous, call)] = at(next, call)
    previous[at(next, call)] = at(previous, call)
    next[at(previous, back)] = at(next, back)
    previous[at(next, back)] = at(previous, back)
  }
  const undo = (): number => {
    depth--
    const operation = at(stack, depth)
    if (depth < shared) {
      best[depth] = operation
      shared = depth
    }
    state = at(stateBefore, depth)
    const number = at(rank, operation)
    const back = at(returnAt, operation)
    if (back === 0) {
      used[number >>> 5] = at(used, number >>> 5) & ~(1 << (number & 31))
      return operation
    }
    closedDepth--
    bits[number >>> 5] = at(bits, number >>> 5) & ~(1 << (number & 31))
    const call = at(callAt, operation)
    next[at(previous, back)] = back
    previous[at(next, back)] = back
    next[at(previous, call)] = call
    previous[at(next, call)] = call
    return operation
  }

  const remember = (limit: number): void => {
    if (limit < bestLimit || (limit === bestLimit && closedDepth <= bestClosed)) return
    bestLimit = limit
    bestClosed = closedDepth
    bestDepth = depth
    shared = depth
  }
  const longest = (): Int32Array => {
    best.set(stack.subarray(0, shared))
    return best.slice(0, bestDepth)
  }
  const result = (verdict: SearchResult['verdict']): SearchResult => ({
    verdict,
    ...(verdict === 'unknown' && exhausted ? { exhausted } : {}),
    stuck: bestLimit === 0 ? -1 : ~at(subject, bestLimit),
    order: verdict === 'ok' ? stack.slice(0, depth) : longest(),
    steps: steps + memo.probes,
    entries: Math.max(peak, memo.entries + states.length + excess),
  })

  for (;;) {
    // Take every read that is legal now, up to the first return: its operation has to come before anything later.
    let place = at(next, 0)
    while (place !== 0) {
      const operation = at(subject, place)
      if (operation < 0) break
      const before = at(previous, place)
      if (reads[operation] === 1) {
        const after = stepFrom(state, operation)
        if (after >= 0) {
          if (after !== state) {
            throw new TypeError(
              `model ${model.name}: isRead() is true of a step that changes the state`,
            )
          }
          take(operation, after, 0)
          place = at(next, before)
          continue
        }
      }
      place = at(next, place)
    }
    if (place === 0) return result('ok')

    let limit = place
    const from = at(rank, at(subject, at(next, 0))) >>> 5
    const to = (at(called, limit) - 1) >>> 5
    const fresh = memo.visit(state, bits, from, to, used)
    place = fresh ? at(next, 0) : limit
    let firstOpen = fresh ? 0 : open.length

    for (;;) {
      let taken = -1
      let after = -1
      while (place !== limit) {
        const operation = at(subject, place)
        if (reads[operation] !== 1) {
          after = stepFrom(state, operation)
          if (after >= 0 && !needless(operation, after)) {
            taken = operation
            break
          }
        }
        place = at(next, place)
      }
      // Open operations come last: whoever needs none of them leaves them to others.
      for (let index = firstOpen; taken < 0 && index < open.length; index++) {
        const operation = at(open, index)
        if (at(callAt, operation) > limit) break
        if ((at(used, index >>> 5) & (1 << (index & 31))) !== 0) continue
        after = stepFrom(state, operation)
        if (after >= 0 && after !== state && !needless(operation, after)) taken = operation
      }
      if (!within()) {
        remember(limit)
        return result('unknown')
      }
      if (taken >= 0) {
        take(taken, after, limit)
        break
      }

      remember(limit)
      let undone = -1
      while (depth > 0) {
        const operation = undo()
        if (reads[operation] === 1 && at(returnAt, operation) !== 0) continue
        undone = operation
        break
      }
      if (undone < 0) return result('illegal')
      limit = at(limitBefore, depth)
      if (at(returnAt, undone) === 0) {
        place = limit
        firstOpen = at(rank, undone) + 1
      } else {
        place = at(next, at(callAt, undone))
        firstOpen = 0
      }
    }
  }
}
