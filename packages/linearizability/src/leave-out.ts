import type { Operation } from './history.ts'
import { deterministic, type Model } from './model.ts'

/** More states than that, and anything is held to be possible. */
const MOST_STATES = 64

/**
 * Whether what is left of a history is illegal although the updates that are gone may have taken effect, each between its
 * call and its return, or never. What they answered is forgotten. `whole` is in the order of calls.
 */
export function standsWithout<S, I, O>(
  model: Model<S, I, O>,
  rest: readonly Operation<I, O>[],
  whole: readonly Operation<I, O>[],
  isIllegal: <T>(model: Model<T, I, O>, operations: readonly Operation<I, O>[]) => boolean,
): boolean {
  const left = new Set(rest)
  const inTime = new Map<Operation<I, O>, Operation<I, O>>()
  const forgotten = whole.flatMap((operation): Operation<I, O>[] => {
    const { output, ...unanswered } = operation
    if (left.has(operation) || operation.outcome === 'unknown') return [operation]
    if (model.isRead?.(operation.input, output) === true) return []
    const unknown: Operation<I, O> = { ...unanswered, outcome: 'unknown' }
    inTime.set(unknown, unanswered)
    return [unknown]
  })
  // Of most of them, the model knows that they cannot matter.
  const evidence = model.evidence?.(forgotten)
  const matters = forgotten.filter(
    (operation) => left.has(operation) || evidence?.get(operation)?.applied !== false,
  )
  const all = matters.map((operation) => inTime.get(operation) ?? operation)
  const optional = new Set(all.filter((_, index) => all[index] !== matters[index]))
  return optional.size === 0 ? isIllegal(model, all) : isIllegal(withOptional(model, optional), all)
}

/** The same model, where some of the operations take effect or do not. No state at all stands for any state. */
function withOptional<S, I, O>(
  model: Model<S, I, O>,
  optional: ReadonlySet<Operation<I, O>>,
): Model<readonly S[], I, O> {
  const either = deterministic<S, I, O>({
    ...model,
    init: () => [model.init()],
    step: (state, input, output, operation, spend) => {
      const after = model.step(state, input, output, operation, spend)
      const unchanged = optional.has(operation) ? [state] : []
      return after === undefined ? unchanged : [after, ...unchanged]
    },
  })
  return {
    ...either,
    step: (states, ...call) => {
      const after = states.length === 0 ? states : either.step(states, ...call)
      return after !== undefined && after.length > MOST_STATES ? [] : after
    },
  }
}
