import type { Model, Operation } from '../src/index.ts'

/**
 * Whether operations have a linearization that holds all of `must` and any of `may`, by trying every order: no memo, no
 * partitions, no evidence, no shortcuts. It shares nothing with the checker but the steps of the model.
 */
function hasOrder<S, I, O>(
  model: Model<S, I, O>,
  must: readonly Operation<I, O>[],
  may: readonly Operation<I, O>[],
): boolean {
  const states = new Map<string | number, S>()
  const extend = (left: readonly Operation<I, O>[], spare: readonly Operation<I, O>[]): boolean => {
    if (left.length === 0) return true
    for (const candidate of [...left, ...spare]) {
      if (left.some((other) => other.return !== null && other.return < candidate.call)) continue
      const key = model.key?.(candidate.input) ?? ''
      const before = states.get(key) ?? model.init()
      const output = candidate.outcome === 'ok' ? candidate.output : undefined
      const after = model.step(before, candidate.input, output, candidate)
      if (after === undefined) continue
      states.set(key, after)
      const rest = (list: readonly Operation<I, O>[]): readonly Operation<I, O>[] =>
        list.filter((other) => other !== candidate)
      if (extend(rest(left), rest(spare))) return true
      states.set(key, before)
    }
    return false
  }
  return extend(must, may)
}

/** Whether a history is linearizable. */
export function bruteForce<S, I, O>(
  model: Model<S, I, O>,
  history: readonly Operation<I, O>[],
): boolean {
  return hasOrder(
    model,
    history.filter(({ outcome }) => outcome === 'ok'),
    history.filter(({ outcome }) => outcome === 'unknown'),
  )
}

/** The first operation, by return, such that the history up to its return is not linearizable. */
export function firstIllegal<S, I, O>(
  model: Model<S, I, O>,
  history: readonly Operation<I, O>[],
): Operation<I, O> | undefined {
  const byCall = history.toSorted((a, b) => Number(a.call) - Number(b.call))
  const returned = byCall
    .filter(({ outcome }) => outcome === 'ok')
    .toSorted((a, b) => Number(a.return) - Number(b.return))
  return returned.find((last, index) => {
    const must = returned.slice(0, index + 1)
    const may = byCall.filter(
      (operation) =>
        operation.outcome !== 'fail' &&
        !must.includes(operation) &&
        operation.call <= (last.return ?? 0),
    )
    return !hasOrder(model, must, may)
  })
}
