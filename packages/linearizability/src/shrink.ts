import { check, type Budget, type CheckResult } from './check.ts'
import { compare } from './events.ts'
import type { Operation, Time } from './history.ts'
import { standsWithout } from './leave-out.ts'
import type { Model } from './model.ts'

export interface ShrinkOptions {
  /** For all checks together. @default 20000000 steps, 4000000 entries */
  readonly budget?: Budget
}

/** What is left of an illegal history. */
export interface Shrunk<S, I, O> {
  /** Some of the operations, in the order of the history. */
  readonly history: readonly Operation<I, O>[]
  /** The check of these alone. It is illegal at the operation at which the whole history was. */
  readonly result: Extract<CheckResult<S, I, O>, { verdict: 'illegal' }>
  /** Whether no single operation more can be left out; `false` also when the budget did not suffice to tell. */
  readonly minimal: boolean
}

/** More than any one check on the way may cost, unless the first one did: most are decided by far less. */
const STEPS_A_CHECK = 100_000

/**
 * Leaves out of an illegal history what its violation does not need; `undefined` when the history is not found to be
 * illegal. Of several keys it keeps the one that was violated first. Deterministic.
 *
 * What is left is no new violation, made by leaving out what would have explained it:
 * - It is illegal at the same operation, and legal before it.
 * - A read can always go: an order of all is an order of the others, too. So can all operations of a {@link Model.part}.
 * - An update goes only where it could not help: what is left is illegal although the update may still take effect
 *   between its call and its return, or never.
 * - If the updates explain the answer of the illegal operation at some time, if not at its own, so do those that are left:
 *   a value that was read stays with what wrote it.
 * @throws {HistoryError} when the history cannot have happened
 */
export function shrinkHistory<S, I, O>(
  model: Model<S, I, O>,
  history: readonly Operation<NoInfer<I>, NoInfer<O>>[],
  options: ShrinkOptions = {},
): Shrunk<S, I, O> | undefined {
  const { steps = 20_000_000, entries = 4_000_000 } = options.budget ?? {}
  const first = check(model, history, { budget: { steps, entries } })
  if (first.verdict !== 'illegal') return undefined
  const { operation: illegal, key } = first.violations[0]
  const share = Math.max(STEPS_A_CHECK, first.steps)
  let left = steps - first.steps
  let decided = true

  const run = <T>(tried: Model<T, I, O>, operations: Operations<I, O>): CheckResult<T, I, O> => {
    const result = check(tried, operations, { budget: { steps: Math.min(left, share), entries } })
    left = Math.max(0, left - result.steps - operations.length)
    if (result.verdict === 'unknown') decided = false
    return result
  }
  const isIllegal: IsIllegal<I, O> = (tried, operations) => {
    const result = run(tried, operations)
    return result.verdict === 'illegal' && result.violations[0].operation === illegal
  }
  const always = alwaysOf(history)
  const hasOrigin = (operations: Operations<I, O>): boolean => {
    const updates = operations.filter((one) => one !== illegal && !isRead(model, one))
    return run(model, [...updates, { ...illegal, ...always }]).verdict === 'ok'
  }

  // What can go without a question, goes first.
  const breaks = (rest: Operations<I, O>): boolean => isIllegal(model, rest)
  const relevant = relevantTo(illegal, key, model, history)
  const parts = reduce(partsOf(model, relevant, illegal), relevant, breaks)
  const reads = parts.filter((operation) => operation !== illegal && isRead(model, operation))
  const whole = reduce(each(reads), parts, breaks)

  const origin = hasOrigin(whole)
  const holds = (rest: Operations<I, O>): boolean =>
    breaks(rest) && (!origin || hasOrigin(rest)) && standsWithout(model, rest, whole, isIllegal)
  let kept = whole
  for (let size = Infinity; kept.length < size;) {
    size = kept.length
    decided = true
    kept = reduce(each(kept.filter((operation) => operation !== illegal)), kept, holds)
  }

  const there = new Set(kept)
  const result = check(model, kept, { budget: { steps, entries } })
  if (result.verdict !== 'illegal') throw new Error('what is left was illegal before')
  return { history: history.filter((one) => there.has(one)), result, minimal: decided }
}

type Operations<I, O> = readonly Operation<I, O>[]
type IsIllegal<I, O> = <T>(model: Model<T, I, O>, operations: Operations<I, O>) => boolean

/**
 * Leaves out as many of the groups as it can, in halves, quarters, and so on down to single ones, as long as the rest
 * holds.
 */
function reduce<T>(
  groups: readonly (readonly T[])[],
  all: readonly T[],
  holds: (rest: readonly T[]) => boolean,
): readonly T[] {
  let kept = all
  let units = groups
  for (let size = units.length; size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < units.length;) {
      const leaving = new Set(units.slice(start, start + size).flat())
      const rest = kept.filter((item) => !leaving.has(item))
      if (holds(rest)) {
        kept = rest
        units = units.toSpliced(start, size)
      } else {
        start += size
      }
    }
  }
  return kept
}

function each<T>(items: readonly T[]): T[][] {
  return items.map((item) => [item])
}

/** What is of the key, says something, and was called before the illegal operation returned; by call. */
function relevantTo<S, I, O>(
  illegal: Operation<I, O>,
  key: string | number | undefined,
  model: Model<S, I, O>,
  history: Operations<I, O>,
): Operations<I, O> {
  return history
    .filter((operation) => {
      const { input, outcome, call } = operation
      if (outcome === 'fail' || (outcome === 'unknown' && isRead(model, operation))) return false
      if (model.key?.(input) !== key) return false
      return illegal.return === null || compare(call, illegal.return) <= 0
    })
    .sort((a, b) => compare(a.call, b.call))
}

/** The operations of each part, but for the part of the illegal operation, and for what belongs to none. */
function partsOf<S, I, O>(
  model: Model<S, I, O>,
  operations: Operations<I, O>,
  illegal: Operation<I, O>,
): Operation<I, O>[][] {
  const part = (operation: Operation<I, O>): string | number | undefined =>
    model.part?.(operation.input, answerOf(operation))
  const parts = Map.groupBy(operations, part)
  parts.delete(undefined)
  parts.delete(part(illegal))
  return [...parts.values()]
}

function isRead<S, I, O>(model: Model<S, I, O>, operation: Operation<I, O>): boolean {
  return model.isRead?.(operation.input, answerOf(operation)) === true
}

function answerOf<I, O>({ outcome, output }: Operation<I, O>): O | undefined {
  return outcome === 'ok' ? output : undefined
}

/** An interval around all others, of a process of its own. */
function alwaysOf<I, O>(
  history: Operations<I, O>,
): Pick<Operation<I, O>, 'process' | 'call' | 'return'> {
  const instants = history.flatMap(({ call, return: back }): Time[] => [call, back ?? call])
  const [first = 0] = instants
  const earliest = instants.reduce((a, b) => (compare(b, a) < 0 ? b : a), first)
  const latest = instants.reduce((a, b) => (compare(b, a) > 0 ? b : a), first)
  return { process: 'at any time', call: earliest, return: latest }
}
