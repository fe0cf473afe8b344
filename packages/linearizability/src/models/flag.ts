import type { Model } from '../model.ts'
import { answer, of } from './text.ts'

/** What is done to a flag. `key` names it, where there are many. */
export type FlagInput = {
  readonly op: 'get' | 'set' | 'clear' | 'test-and-set'
  readonly key?: string
}

/**
 * Flags: get gives the flag, test-and-set whether it was this call that set it. Set and clear give nothing, or, where the
 * store tells, whether they changed it.
 */
export function flag(
  options: { readonly initial?: boolean } = {},
): Model<boolean, FlagInput, boolean> {
  return {
    name: 'flag',
    init: () => options.initial ?? false,
    step: (state, { op }, output) => {
      const after = op === 'get' ? state : op !== 'clear'
      const answers = op === 'get' ? state : state !== after
      return output === undefined || output === answers ? after : undefined
    },
    fingerprint: (state) => (state ? 1 : 0),
    key: ({ key }) => key ?? '',
    isRead: ({ op }, output) => op === 'get' || output === false,
    describe: ({ op, key }, output) => of(key, `${op}() → ${answer(output)}`),
    describeState: (state) => (state ? 'set' : 'clear'),
  }
}
