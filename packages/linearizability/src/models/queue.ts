import { deterministic, type Model, type NondeterministicModel } from '../model.ts'
import { answer, canonical, of } from './text.ts'

/**
 * What is done to a queue of commands: `add` puts a command in, once, however often it is called; `take` hands one out,
 * to one processor at a time; `done` forgets one that was taken, `back` puts it in again, at the end.
 */
export type QueueInput =
  | { readonly op: 'add' | 'done' | 'back'; readonly key?: string; readonly command: string }
  | { readonly op: 'take'; readonly key?: string }

/** Take gives a command, `null` when none waits; done and back whether the command was taken; add nothing. */
export type QueueOutput = string | boolean | null

/**
 * A command that is added while it is taken both waits and is taken; it is handed out again after `done` or `back`. What
 * waits is in the order of arrival, where that matters, or sorted; what is taken is sorted.
 */
export interface QueueState {
  readonly waiting: readonly string[]
  readonly taken: readonly string[]
}

/** A queue of commands, at least once, in the order of arrival (`fifo`, the default) or in any. */
export function queue(
  options: { readonly order?: 'fifo' | 'any' } = {},
): Model<readonly QueueState[], QueueInput, QueueOutput> {
  const order = options.order ?? 'fifo'
  const model: NondeterministicModel<QueueState, QueueInput, QueueOutput> = {
    name: 'queue',
    init: () => [{ waiting: [], taken: [] }],
    step: (state, input, output) => {
      switch (input.op) {
        case 'add':
          return [add(state, input.command, order)]
        case 'take':
          return take(state, order, output)
        case 'done':
        case 'back': {
          const taken = state.taken.includes(input.command)
          if (output !== undefined && output !== taken) return []
          if (!taken) return [state]
          const after = { ...state, taken: without(state.taken, input.command) }
          return [input.op === 'back' ? add(after, input.command, order) : after]
        }
      }
    },
    fingerprint: ({ waiting, taken }) => JSON.stringify([waiting, taken]),
    key: ({ key }) => key ?? '',
    part: (input, output) => {
      if (input.op !== 'take') return input.command
      return typeof output === 'string' ? output : undefined
    },
    describe: (input, output) => {
      const argument = input.op === 'take' ? '' : canonical(input.command)
      return of(input.key, `${input.op}(${argument}) → ${answer(output)}`)
    },
    describeState: ({ waiting, taken }) =>
      `waiting [${waiting.join(', ')}], taken [${taken.join(', ')}]`,
  }
  const one = deterministic(model)
  if (order === 'any') return one
  // First come, first served leaves one state, so that a refusal tells nothing new.
  return { ...one, isRead: (_input, output) => output === false || output === null }
}

function add(state: QueueState, command: string, order: 'fifo' | 'any'): QueueState {
  const { waiting, taken } = state
  if (waiting.includes(command)) return state
  return { waiting: order === 'fifo' ? [...waiting, command] : insert(waiting, command), taken }
}

function take(
  state: QueueState,
  order: 'fifo' | 'any',
  output: QueueOutput | undefined,
): readonly QueueState[] {
  const free = state.waiting.filter((command) => !state.taken.includes(command))
  const next = order === 'fifo' ? free.slice(0, 1) : free
  if (output === null || (output === undefined && next.length === 0)) {
    return next.length === 0 ? [state] : []
  }
  return next
    .filter((command) => output === undefined || command === output)
    .map((command) => ({
      waiting: without(state.waiting, command),
      taken: insert(state.taken, command),
    }))
}

/** Adds to a sorted list. */
function insert(list: readonly string[], item: string): readonly string[] {
  const place = list.findIndex((other) => other > item)
  return place < 0 ? [...list, item] : list.toSpliced(place, 0, item)
}

function without(list: readonly string[], item: string): readonly string[] {
  return list.filter((other) => other !== item)
}
