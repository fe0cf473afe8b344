import { arrange, compare } from './events.ts'
import { HistoryError, type Operation, type Time } from './history.ts'
import { createMemo, type Memo } from './memo.ts'
import type { Model } from './model.ts'
import { search, type SearchLimits, type SearchResult } from './search.ts'

/** How much a check may cost. What it cannot decide within it is `unknown`. */
export interface Budget {
  /** Calls of `step` and comparisons with earlier configurations, all partitions together. @default 20000000 */
  readonly steps?: number
  /** Configurations and states that are remembered at one time. @default 4000000 */
  readonly entries?: number
}

export interface CheckOptions {
  readonly budget?: Budget
}

/** An operation where it takes effect, and the state after it. */
export interface Linearized<S, I, O> {
  readonly operation: Operation<I, O>
  readonly state: S
}

/** How far the operations of one key could be brought into an order. */
export interface Progress<S, I, O> {
  /** The key of the partition; `undefined` when the model has none. */
  readonly key: string | number | undefined
  /** The longest order that was found. */
  readonly linearization: readonly Linearized<S, I, O>[]
  /** The state after it. */
  readonly state: S
  /** What had been called by then and is not in the order, by call. */
  readonly pending: readonly Operation<I, O>[]
}

export interface Violation<S, I, O> extends Progress<S, I, O> {
  /** The first illegal operation: the history up to its return has no linearization, all before it has one. */
  readonly operation: Operation<I, O>
}

export interface Unfinished<S, I, O> extends Progress<S, I, O> {
  /** What ran out. */
  readonly exhausted: 'steps' | 'memory'
}

interface CheckCost {
  /** How many operations were checked. A history of none is `ok`, and says nothing. */
  readonly operations: number
  /** Operations that say nothing: not applied, reads without an answer, and what evidence rules out. */
  readonly dropped: number
  readonly partitions: number
  readonly steps: number
  /** The most that were remembered at one time. */
  readonly entries: number
}

export type CheckResult<S, I, O> =
  | (CheckCost & { readonly verdict: 'ok' })
  | (CheckCost & {
      readonly verdict: 'illegal'
      /** One for each key that has one, by the return of the illegal operation. */
      readonly violations: readonly [Violation<S, I, O>, ...Violation<S, I, O>[]]
    })
  | (CheckCost & {
      readonly verdict: 'unknown'
      readonly unfinished: readonly [Unfinished<S, I, O>, ...Unfinished<S, I, O>[]]
    })

interface Partition<I, O> {
  readonly key: string | number | undefined
  readonly operations: Operation<I, O>[]
}

/**
 * Tells whether a history is linearizable: whether each operation can be given one instant between its call and its
 * return, so that the model, taking them in that order, gives the outputs that were seen. Two calls with the same
 * arguments give the same result.
 *
 * Failed operations are left out. Operations with an unknown outcome may take effect at any time after their call, or
 * never, unless the model's evidence settles them; if they are reads, they are left out.
 * @throws {HistoryError} when the history cannot have happened
 */
export function check<S, I, O>(
  model: Model<S, I, O>,
  history: readonly Operation<NoInfer<I>, NoInfer<O>>[],
  options: CheckOptions = {},
): CheckResult<S, I, O> {
  const { steps: maxSteps = 20_000_000, entries: maxEntries = 4_000_000 } = options.budget ?? {}
  const { partitions, dropped } = split(model, history)
  const memo = createMemo()
  const violations: Violation<S, I, O>[] = []
  const unfinished: Unfinished<S, I, O>[] = []
  let operations = 0
  let settledAway = 0
  let steps = 0
  let entries = 0

  const run = (partition: Partition<I, O>, share: number): SearchResult['exhausted'] => {
    const prepared = prepare(model, partition.operations)
    const found = searchPrepared(model, prepared, memo, { steps: share, entries: maxEntries })
    steps += found.steps
    entries = Math.max(entries, found.entries)
    if (found.exhausted === 'steps' && share < maxSteps - steps) return 'steps'
    operations += prepared.operations.length
    settledAway += partition.operations.length - prepared.operations.length
    if (found.verdict === 'ok') return undefined
    const progress = progressOf(model, partition.key, prepared, found)
    const operation = prepared.operations[found.stuck]
    if (found.exhausted) unfinished.push({ ...progress, exhausted: found.exhausted })
    else if (operation) violations.push({ ...progress, operation })
    return undefined
  }

  // The small ones first, each with its share, so that a hard one does not take what the others need.
  let waiting = partitions.sort((a, b) => a.operations.length - b.operations.length)
  while (waiting.length > 0) {
    const again: Partition<I, O>[] = []
    for (const [index, partition] of waiting.entries()) {
      const share = Math.floor((maxSteps - steps) / (waiting.length - index))
      if (run(partition, share) === 'steps') again.push(partition)
    }
    waiting = again
  }

  const cost = {
    operations,
    dropped: dropped + settledAway,
    partitions: partitions.length,
    steps,
    entries,
  }
  violations.sort((a, b) => compare(a.operation.return ?? 0, b.operation.return ?? 0))
  const [violation, ...others] = violations
  if (violation) return { verdict: 'illegal', ...cost, violations: [violation, ...others] }
  const [hard, ...rest] = unfinished
  if (hard) return { verdict: 'unknown', ...cost, unfinished: [hard, ...rest] }
  return { verdict: 'ok', ...cost }
}

function split<S, I, O>(
  model: Model<S, I, O>,
  history: readonly Operation<I, O>[],
): { partitions: Partition<I, O>[]; dropped: number } {
  const returned = new Map<string | number, Time>()
  const byKey = new Map<string | number | undefined, Partition<I, O>>()
  let dropped = 0
  const order = orderOfCalls(history)
  for (let place = 0; place < history.length; place++) {
    const index = order?.[place] ?? place
    const operation = history[index]
    if (!operation) continue
    const { process, call, outcome } = operation
    const back = operation.return
    validate(operation, index)
    const busy = returned.get(process)
    if (busy !== undefined && call < busy) {
      throw new HistoryError(
        `process ${process} calls at ${call}, before its call that returns at ${busy} is over`,
        { index },
      )
    }
    if (back !== null) returned.set(process, back)
    const unknown = outcome === 'unknown'
    if (outcome === 'fail' || (unknown && model.isRead?.(operation.input, undefined) === true)) {
      dropped++
      continue
    }
    const key = model.key?.(operation.input)
    const partition = byKey.get(key)
    if (partition) partition.operations.push(operation)
    else byKey.set(key, { key, operations: [operation] })
  }
  return { partitions: [...byKey.values()], dropped }
}

/** The places of the operations by call; `undefined` when they stand in that order. */
function orderOfCalls<I, O>(history: readonly Operation<I, O>[]): number[] | undefined {
  const sorted = history.every(({ call }, index) => {
    const before = history[index - 1]
    return before === undefined || before.call <= call
  })
  if (sorted) return undefined
  const call = (index: number): Time => history[index]?.call ?? 0
  return [...history.keys()].sort((a, b) => compare(call(a), call(b)) || a - b)
}

function validate<I, O>(operation: Operation<I, O>, index: number): void {
  const { call, outcome } = operation
  const back = operation.return
  if (outcome !== 'ok' && outcome !== 'fail' && outcome !== 'unknown') {
    throw new HistoryError(`its outcome is ${String(outcome)}, not ok, fail or unknown`, { index })
  }
  if (typeof call !== 'bigint' && !Number.isFinite(call)) {
    throw new HistoryError(`its call is ${String(call)}, not an instant`, { index })
  }
  if (back === null) {
    if (outcome === 'unknown') return
    throw new HistoryError(`it is ${outcome} and never returns`, { index })
  }
  if (typeof back !== 'bigint' && !Number.isFinite(back)) {
    throw new HistoryError(`its return is ${String(back)}, not an instant`, { index })
  }
  if (back < call) {
    throw new HistoryError(`it returns at ${back}, before its call at ${call}`, { index })
  }
}

interface Prepared<I, O> {
  readonly operations: readonly Operation<I, O>[]
  readonly outputs: readonly (O | undefined)[]
  readonly returns: readonly (Time | null)[]
}

/** Applies the evidence: an operation that was never applied goes, one that was applied gets its latest instant. */
function prepare<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
): Prepared<I, O> {
  const open = operations.some(({ outcome }) => outcome === 'unknown')
  const evidence = open ? model.evidence?.(operations) : undefined
  const kept: Operation<I, O>[] = []
  const outputs: (O | undefined)[] = []
  const returns: (Time | null)[] = []
  for (const operation of operations) {
    const proof = operation.outcome === 'unknown' ? evidence?.get(operation) : undefined
    if (proof?.applied === false) continue
    kept.push(operation)
    if (operation.outcome === 'ok') {
      outputs.push(operation.output)
      returns.push(operation.return)
    } else {
      const late = proof === undefined || proof.by < operation.call
      outputs.push(late ? undefined : proof.output)
      returns.push(late ? null : proof.by)
    }
  }
  return { operations: kept, outputs, returns }
}

function searchPrepared<S, I, O>(
  model: Model<S, I, O>,
  { operations, outputs, returns }: Prepared<I, O>,
  memo: Memo,
  limits: SearchLimits,
): SearchResult {
  const count = operations.length
  const reads = new Uint8Array(count)
  const deduced = new Uint8Array(count)
  for (let index = 0; index < count; index++) {
    const operation = operations[index]
    if (!operation || returns[index] === null) continue
    if (operation.outcome === 'unknown') deduced[index] = 1
    if (model.isRead?.(operation.input, outputs[index]) === true) reads[index] = 1
  }
  const events = arrange(
    operations.map(({ call }) => call),
    returns,
    deduced,
  )
  return search(model, operations, outputs, reads, events, memo, limits)
}

function progressOf<S, I, O>(
  model: Model<S, I, O>,
  key: string | number | undefined,
  { operations, outputs }: Prepared<I, O>,
  { order, stuck }: SearchResult,
): Progress<S, I, O> {
  const linearization: Linearized<S, I, O>[] = []
  const ordered = new Set<number>()
  let state = model.init()
  for (const index of order) {
    const operation = operations[index]
    if (!operation) continue
    const after = model.step(state, operation.input, outputs[index], operation)
    if (after !== undefined) state = after
    linearization.push({ operation, state })
    ordered.add(index)
  }
  const until = operations[stuck]?.return ?? null
  const pending = operations.filter(
    ({ call }, index) => !ordered.has(index) && (until === null || compare(call, until) <= 0),
  )
  return { key, linearization, state, pending }
}
