import { describe, expect, test } from 'vitest'
import { random } from './workload.ts'
import {
  check,
  type CheckResult,
  flag,
  type FlagInput,
  keyValue,
  type KeyValueInput,
  lease,
  type LeaseInput,
  type LeaseOutput,
  type LeaseState,
  type Operation,
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
import { bruteForce, firstIllegal } from './oracle.ts'
import { type Kind, randomHistory } from './random-history.ts'

const booleans = [true, false]

const few: Kind<number | null, RegisterInput<number>, RegisterOutput<number>> = {
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
const twoKeys: typeof few = {
  ...few,
  inputs: few.inputs.flatMap((input) => [
    { ...input, key: 'a' },
    { ...input, key: 'b' },
  ]),
}
/** Values that one operation alone writes, which is what evidence lives on. */
const distinct: typeof few = {
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
const started: typeof few = { ...distinct, model: register({ initial: 3 }) }
const leases: Kind<LeaseState, LeaseInput, LeaseOutput> = {
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
const queues = (order: 'fifo' | 'any'): Kind<readonly QueueState[], QueueInput, QueueOutput> => ({
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
const sets = (whole: boolean): Kind<ReadonlySet<string>, SetInput, SetOutput> => ({
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
const flags: Kind<boolean, FlagInput, boolean> = {
  model: flag(),
  inputs: [{ op: 'get' }, { op: 'set' }, { op: 'clear' }, { op: 'test-and-set' }],
  outputs: ({ op }) => (op === 'set' || op === 'clear' ? [undefined, ...booleans] : booleans),
}
const texts: Kind<string, KeyValueInput, string> = {
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

const ROUNDS = 1200

/** Checks that what a violation says is so: its order is legal, respects time, and goes no further. */
function verifyViolations<S, I, O>(
  { model }: Kind<S, I, O>,
  history: readonly Operation<I, O>[],
  result: CheckResult<S, I, O>,
): void {
  if (result.verdict !== 'illegal') return
  for (const { key, operation, linearization, pending } of result.violations) {
    const own = history.filter(({ input }) => model.key?.(input) === key)
    expect(operation).toBe(firstIllegal(model, own))
    const order = linearization.map((item) => item.operation)
    expect(order).not.toContain(operation)
    expect(pending).toContain(operation)
    expect(new Set(order).size).toBe(order.length)
    let state = model.init()
    for (const [index, item] of linearization.entries()) {
      const { input, output, outcome } = item.operation
      const after = model.step(state, input, outcome === 'ok' ? output : undefined, item.operation)
      if (after === undefined) throw new Error('an illegal step in a linearization')
      state = after
      expect(model.fingerprint(item.state)).toBe(model.fingerprint(state))
      for (const later of order.slice(index + 1)) {
        const before = later.outcome === 'ok' && later.return !== null ? later.return : Infinity
        expect(before >= item.operation.call).toBe(true)
      }
    }
  }
}

function compareWithOracle<S, I, O>(kind: Kind<S, I, O>, seed: number): void {
  const next = random(seed)
  const seen = { ok: 0, illegal: 0, unknown: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    const history = randomHistory(kind, next)
    const result = check(kind.model, history)
    const expected = bruteForce(kind.model, history) ? 'ok' : 'illegal'
    if (result.verdict !== expected) {
      throw new Error(`${result.verdict}, not ${expected}: ${JSON.stringify(history)}`)
    }
    verifyViolations(kind, history, result)
    seen[result.verdict]++
  }
  // A comparison of only one kind of history would say little.
  expect(Math.min(seen.ok, seen.illegal)).toBeGreaterThan(ROUNDS / 10)
}

describe('the checker and a brute-force oracle agree on random histories', () => {
  test('register', () => compareWithOracle(few, 1))
  test('registers', () => compareWithOracle(twoKeys, 2))
  test('register with distinct values', () => compareWithOracle(distinct, 3))
  test('register with an initial value', () => compareWithOracle(started, 11))
  test('lease', () => compareWithOracle(leases, 4))
  test('queue, first in, first out', () => compareWithOracle(queues('fifo'), 5))
  test('queue in any order', () => compareWithOracle(queues('any'), 6))
  test('set by element', () => compareWithOracle(sets(false), 7))
  test('set as a whole', () => compareWithOracle(sets(true), 8))
  test('flag', () => compareWithOracle(flags, 9))
  test('texts', () => compareWithOracle(texts, 10))
})
