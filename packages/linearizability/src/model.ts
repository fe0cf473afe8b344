import type { Operation, Time } from './history.ts'

/**
 * What the rest of a history proves about an operation whose outcome is unknown: that it was never applied, or cannot
 * have mattered; or that it was applied at the latest at an instant.
 */
export type Evidence<O> =
  | { readonly applied: false }
  | { readonly applied: true; readonly by: Time; readonly output?: O }

/** What a store does when operations come one after the other. All functions are pure, and states are never changed. */
export interface Model<S, I, O> {
  readonly name: string
  /** The state before all operations. A state is never `undefined`. */
  init(): S
  /**
   * The state after an operation, or `undefined` when it cannot give this output in this state. Without an output, when
   * the outcome is unknown, it is the state after the operation has been applied.
   */
  step(state: S, input: I, output: O | undefined, operation: Operation<I, O>): S | undefined
  /** Two states are the same exactly when their fingerprints are. */
  fingerprint(state: S): string | number
  /** Operations with different keys do not touch each other: they are checked apart, which is what makes a check fast. */
  key?(input: I): string | number
  /**
   * Whether the operation leaves every state as it is. It is asked with the output (a compare-and-set that answers
   * `false` is a read) and without one when the outcome is unknown; an unknown read is left out.
   */
  isRead?(input: I, output: O | undefined): boolean
  /** Settles operations whose outcome is unknown. It sees the operations of one key in the order of their calls. */
  evidence?(operations: readonly Operation<I, O>[]): ReadonlyMap<Operation<I, O>, Evidence<O>>
  describe?(input: I, output: O | undefined): string
  describeState?(state: S): string
}

/** A model of a store that may go more than one way: `step` gives every state that is possible, none when it is illegal. */
export interface NondeterministicModel<S, I, O> extends Omit<Model<S, I, O>, 'init' | 'step'> {
  init(): readonly S[]
  step(state: S, input: I, output: O | undefined, operation: Operation<I, O>): readonly S[]
}

/** Makes a model of a nondeterministic one: its states are the sets of states that the store may be in. */
export function deterministic<S, I, O>(
  model: NondeterministicModel<S, I, O>,
): Model<readonly S[], I, O> {
  const distinct = (states: readonly S[]): readonly S[] => {
    if (states.length < 2) return states
    return [...new Map(states.map((state) => [model.fingerprint(state), state])).values()]
  }
  const { init: _init, step: _step, isRead, describeState, ...rest } = model
  return {
    ...rest,
    init: () => distinct(model.init()),
    step: (states, input, output, operation) => {
      const [only] = states
      const after =
        states.length === 1 && only !== undefined
          ? model.step(only, input, output, operation)
          : states.flatMap((state) => [...model.step(state, input, output, operation)])
      return after.length === 0 ? undefined : distinct(after)
    },
    fingerprint: (states) => {
      const prints = states.map((state) => {
        const print = model.fingerprint(state)
        return typeof print === 'number' ? `${print}` : JSON.stringify(print)
      })
      return prints.sort().join('|')
    },
    // What a read gives rules out some of the states: only one that gives nothing leaves them all.
    ...(isRead
      ? {
          isRead: (input: I, output: O | undefined) =>
            output === undefined && isRead(input, output),
        }
      : {}),
    ...(describeState
      ? {
          describeState: (states: readonly S[]) => states.map((s) => describeState(s)).join(' or '),
        }
      : {}),
  }
}
