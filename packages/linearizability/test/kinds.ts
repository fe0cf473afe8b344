import {
  flag,
  type FlagInput,
  keyValue,
  type KeyValueInput,
  lease,
  type LeaseInput,
  type LeaseOutput,
  type LeaseState,
  queue,
  type QueueInput,
  type QueueOutput,
  type QueueState,
  register,
  type RegisterInput,
  type RegisterOutput,
  set,
  type SetInput,
  type SetOutput,
} from '../src/index.ts'
import type { Kind } from './random-history.ts'

const booleans = [true, false]

export const few: Kind<number | null, RegisterInput<number>, RegisterOutput<number>> = {
  model: register<number>(),
  inputs: [
    { op: 'read' },
    { op: 'read' },
    { op: 'write', value: 1 },
    { op: 'write', value: 2 },
    { op: 'cas', from: 1, to: 2 },
    { op: 'cas', from: 2, to: 3 },
    { op: 'cas', from: null, to: 1 },
  ],
  outputs: ({ op }) => (op === 'read' ? [null, 1, 2, 3] : op === 'cas' ? booleans : [undefined]),
}
export const twoKeys: typeof few = {
  ...few,
  inputs: few.inputs.flatMap((input) => [
    { ...input, key: 'a' },
    { ...input, key: 'b' },
  ]),
}
/** Values that one operation alone writes, which is what evidence lives on. */
export const distinct: typeof few = {
  model: register<number>(),
  inputs: [
    { op: 'read' },
    { op: 'read' },
    { op: 'read' },
    ...[1, 2, 3, 4, 5, 6].map((value): RegisterInput<number> => ({ op: 'write', value })),
    { op: 'cas', from: 1, to: 7 },
    { op: 'cas', from: 2, to: 8 },
  ],
  outputs: ({ op }) =>
    op === 'read' ? [null, 1, 2, 3, 4, 5, 6, 7, 8] : op === 'cas' ? booleans : [undefined],
}
export const started: typeof few = { ...distinct, model: register({ initial: 3 }) }
export const leases: Kind<LeaseState, LeaseInput, LeaseOutput> = {
  model: lease(),
  inputs: [
    { op: 'claim', ttl: 3 },
    { op: 'claim', ttl: 3 },
    { op: 'claim', ttl: 5 },
    { op: 'claim', ttl: null },
    { op: 'extend', token: 1, ttl: 4 },
    { op: 'extend', token: 2, ttl: 4 },
    { op: 'release', token: 1 },
    { op: 'release', token: 2 },
    { op: 'use', token: 1 },
    { op: 'use', token: 2 },
  ],
  outputs: ({ op }) => (op === 'claim' ? [1, 2, 3, null] : booleans),
}
export const queues = (
  order: 'fifo' | 'any',
): Kind<readonly QueueState[], QueueInput, QueueOutput> => ({
  model: queue({ order }),
  inputs: [
    { op: 'add', command: 'x' },
    { op: 'add', command: 'x' },
    { op: 'add', command: 'y' },
    { op: 'take' },
    { op: 'take' },
    { op: 'take' },
    { op: 'done', command: 'x' },
    { op: 'back', command: 'x' },
    { op: 'back', command: 'y' },
  ],
  outputs: ({ op }) => (op === 'take' ? ['x', 'y', null] : op === 'add' ? [undefined] : booleans),
})
/** Takes that do not tell what they took, so that a queue may be in several states. */
export const guesses: ReturnType<typeof queues> = {
  model: queue({ order: 'any' }),
  inputs: [
    ...['x', 'y', 'z', 'x', 'y', 'z'].map((command): QueueInput => ({ op: 'add', command })),
    { op: 'take' },
    { op: 'take' },
    { op: 'take' },
    { op: 'done', command: 'x' },
    { op: 'back', command: 'y' },
  ],
  outputs: ({ op }) =>
    op === 'take'
      ? ['x', 'y', 'z', null, null, undefined, undefined]
      : op === 'add'
        ? [undefined]
        : booleans,
}
export const sets = (whole: boolean): Kind<ReadonlySet<string>, SetInput, SetOutput> => ({
  model: set({ whole }),
  inputs: [
    { op: 'add', element: 'x' },
    { op: 'add', element: 'y' },
    { op: 'remove', element: 'x' },
    { op: 'remove', element: 'y' },
    { op: 'has', element: 'x' },
    whole ? { op: 'members' } : { op: 'has', element: 'y' },
  ],
  outputs: ({ op }) =>
    op === 'members'
      ? [[], ['x'], ['y'], ['x', 'y']]
      : op === 'has'
        ? booleans
        : [...booleans, undefined],
})
export const flags: Kind<boolean, FlagInput, boolean> = {
  model: flag(),
  inputs: [{ op: 'get' }, { op: 'set' }, { op: 'clear' }, { op: 'test-and-set' }],
  outputs: ({ op }) => (op === 'set' || op === 'clear' ? [undefined, ...booleans] : booleans),
}
export const texts: Kind<string, KeyValueInput, string> = {
  model: keyValue(),
  inputs: [
    { op: 'get', key: 'k' },
    { op: 'get', key: 'k' },
    { op: 'get', key: 'k' },
    { op: 'put', key: 'k', value: 'a' },
    { op: 'put', key: 'k', value: 'b' },
    { op: 'append', key: 'k', value: 'a' },
    { op: 'append', key: 'k', value: 'b' },
  ],
  outputs: ({ op }) => (op === 'get' ? ['', 'a', 'b', 'aa', 'ab', 'ba'] : [undefined]),
}
