import type { Model } from '../model.ts'
import { answer, canonical, of } from './text.ts'

/** What is done to a set. `key` names it, where there are many. */
export type SetInput =
  | { readonly op: 'add' | 'remove' | 'has'; readonly key?: string; readonly element: string }
  | { readonly op: 'members'; readonly key?: string }

/**
 * Has gives whether it is there, members all of them in any order. Add and remove give nothing, or, where the store
 * tells, whether they changed the set.
 */
export type SetOutput = boolean | readonly string[]

/**
 * Sets. Each element is checked on its own, unless `members` is among the operations (`whole: true`): then a set is
 * checked as one, which costs more.
 */
export function set(
  options: { readonly whole?: boolean } = {},
): Model<ReadonlySet<string>, SetInput, SetOutput> {
  const whole = options.whole ?? false
  return {
    name: 'set',
    init: () => new Set(),
    step: (state, input, output) => {
      if (input.op === 'members') {
        const same =
          output === undefined ||
          (Array.isArray(output) &&
            output.length === state.size &&
            new Set(output).size === state.size &&
            output.every((element) => state.has(element)))
        return same ? state : undefined
      }
      const present = state.has(input.element)
      const after = input.op === 'has' ? present : input.op === 'add'
      const answers = input.op === 'has' ? present : present !== after
      if (output !== undefined && output !== answers) return undefined
      if (present === after) return state
      const changed = new Set(state)
      if (after) changed.add(input.element)
      else changed.delete(input.element)
      return changed
    },
    fingerprint: (state) => (state.size === 0 ? 0 : JSON.stringify([...state].sort())),
    key: (input) => {
      const name = input.key ?? ''
      if (whole) return name
      if (input.op === 'members') {
        throw new TypeError('set: members needs the option { whole: true }')
      }
      return JSON.stringify([name, input.element])
    },
    isRead: ({ op }, output) => op === 'has' || op === 'members' || output === false,
    describe: (input, output) => {
      const argument = input.op === 'members' ? '' : canonical(input.element)
      return of(input.key, `${input.op}(${argument}) → ${answer(output)}`)
    },
    describeState: (state) => `{${[...state].sort().join(', ')}}`,
  }
}
