import type { Model } from '../model.ts'
import { answer, canonical, of } from './text.ts'

/** What is done to a text under a key. A text that was never put is empty. */
export type KeyValueInput =
  | { readonly op: 'get'; readonly key: string }
  | { readonly op: 'put'; readonly key: string; readonly value: string }
  | { readonly op: 'append'; readonly key: string; readonly value: string }

/** Texts by key, with get, put and append. */
export function keyValue(): Model<string, KeyValueInput, string> {
  return {
    name: 'key-value',
    init: () => '',
    step: (state, input, output) => {
      switch (input.op) {
        case 'get':
          return output === undefined || output === state ? state : undefined
        case 'put':
          return input.value
        case 'append':
          return state + input.value
      }
    },
    fingerprint: (state) => state,
    key: ({ key }) => key,
    isRead: ({ op }) => op === 'get',
    describe: (input, output) =>
      of(
        input.key,
        input.op === 'get' ? `get() → ${answer(output)}` : `${input.op}(${canonical(input.value)})`,
      ),
    describeState: canonical,
  }
}
