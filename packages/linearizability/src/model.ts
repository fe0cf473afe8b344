import type { Operation, Time } from './history.ts'

/**
 * What the rest of a history proves about an operation whose outcome is unknown: that it was never applied, or cannot
 * have mattered; or that it was applied at the latest at an instant.
 */
export type Evidence<O> =
  | { readonly applied: false }
  | { readonly applied: true; readonly by: Time; readonly output?: O }

/**
 * Counts what a step costs beyond one step, and what its state takes beyond one entry. When it gives `false` the budget is
 * spent: the step may give up and return anything, nobody looks at it, and its key is `unknown`.
 */
export type Spend = (steps: number, entries: number) => boolean

/** What a store does when operations come one after the other. All functions are pure, and states are never changed. */
export interface Model<S, I, O> {
  readonly name: string
  /** The state before all operations. A state is never `undefined`. */
  init(): S
  /**
   * The state after an operation, or `undefined` when it cannot give this output in this state. Without an output, when
   * the outcome is unknown, it is the state after the operation has been applied. A step that may cost far more than
   * others tells it to `spend`, before it has grown.
   */
  step(
    state: S,
    input: I,
    output: O | undefined,
    operation: Operation<I, O>,
    spend?: Spend,
  ): S | undefined
  /** Two states are the same exactly when their fingerprints are. */
  fingerprint(state: S): string | number
  /** Operations with different keys do not touch each other: they are checked apart, which is what makes a check fast. */
  key?(input: I): string | number
  /**
   * Whether the operation leaves every state as it is. It is asked with the output (a compare-and-set that answers
   * `false` is a read) and without one when the outcome is unknown; an unknown read is left out.
   */
  isRead?(input: I, output: O | undefined): boolean
  /**
   * What of its key an operation is about, for instance one command of a queue; `undefined`, the whole of it. Without all
   * operations of a part, the others are as legal as with them: a history is shrunk faster by whole parts.
   */
  part?(input: I, output: O | undefined): string | number | undefined
  /** Settles operations whose outcome is unknown. It sees the operations of one key in the order of their calls. */
  evidence?(operations: readonly Operation<I, O>[]): ReadonlyMap<Operation<I, O>, Evidence<O>>
  describe?(input: I, output: O | undefined): string
  describeState?(state: S): string
}

/** A model of a store that may go more than one way: `step` gives every state that is possible, none when it is illegal. */
export interface NondeterministicModel<S, I, O> extends Omit<Model<S, I, O>, 'init' | 'step'> {
  init(): readonly S[]
  step(
    state: S,
    input: I,
    output: O | undefined,
    operation: Operation<I, O>,
    spend?: Spend,
  ): readonly S[]
}

/** So much of a fingerprint counts as one step, and as one entry: a set of large states takes more than one of small. */
const CHARACTERS_AN_ENTRY = 8

/** States of a set that are described. */
const DESCRIBED = 4

/**
 * Makes a model of a nondeterministic one: its states are the sets of states that the store may be in. A set costs what
 * is in it: where there are too many possibilities, the budget ends the check.
 */
export function deterministic<S, I, O>(
  model: NondeterministicModel<S, I, O>,
): Model<readonly S[], I, O> {
  const { init: _init, step: _step, isRead, describeState, ...rest } = model
  return {
    ...rest,
    init: () => [
      ...new Map(model.init().map((state) => [model.fingerprint(state), state])).values(),
    ],
    step: (states, input, output, operation, spend) => {
      const distinct = new Map<string | number, S>()
      for (const state of states) {
        const after = model.step(state, input, output, operation, spend)
        if (states.length === 1 && after.length === 1) return after
        if (spend?.(1, 0) === false) return undefined
        for (const next of after) {
          const print = model.fingerprint(next)
          const cost = costOf(print)
          if (spend?.(cost, distinct.has(print) ? 0 : cost) === false) return undefined
          distinct.set(print, next)
        }
      }
      return distinct.size === 0 ? undefined : [...distinct.values()]
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
          describeState: (states: readonly S[]) => {
            const shown = states.slice(0, DESCRIBED).map((state) => describeState(state))
            if (states.length > DESCRIBED) shown.push(`${states.length - DESCRIBED} more`)
            return shown.join(' or ')
          },
        }
      : {}),
  }
}

function costOf(fingerprint: string | number): number {
  return typeof fingerprint === 'number'
    ? 1
    : 1 + Math.ceil(fingerprint.length / CHARACTERS_AN_ENTRY)
}
