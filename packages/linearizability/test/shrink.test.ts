import { describe, expect, test } from 'vitest'
import {
  check,
  queue,
  type Operation,
  type QueueInput,
  type QueueOutput,
  register,
  type RegisterInput,
  shrinkHistory,
} from '../src/index.ts'
import { distinct, few, flags, leases, queues, sets, started, texts, twoKeys } from './kinds.ts'
import { bruteForce } from './oracle.ts'
import { type Kind, randomHistory } from './random-history.ts'
import { op } from './support.ts'
import { random, simulate, type RegisterOperation } from './workload.ts'

const ROUNDS = 400

/** Every choice of some of the items. */
function choices<T>(items: readonly T[]): T[][] {
  return items.reduce<T[][]>((all, item) => all.flatMap((some) => [some, [...some, item]]), [[]])
}

/**
 * Whether operations are illegal whichever of the others took effect, each in its own time. Reads and whole parts of a
 * queue are left out of the question: an order of all is one without them, too.
 */
function standsAlone<S, I, O>(
  { model }: Kind<S, I, O>,
  kept: readonly Operation<I, O>[],
  history: readonly Operation<I, O>[],
): boolean {
  const known = ({ outcome, output }: Operation<I, O>): O | undefined =>
    outcome === 'ok' ? output : undefined
  const part = (operation: Operation<I, O>): string | number | undefined =>
    model.part?.(operation.input, known(operation))
  const parts = new Set([undefined, ...kept.map(part)])
  const gone = history.filter(
    (operation) =>
      !kept.includes(operation) &&
      operation.outcome !== 'fail' &&
      parts.has(part(operation)) &&
      model.isRead?.(operation.input, known(operation)) !== true,
  )
  const forgotten = gone.map(({ output: _output, ...rest }): Operation<I, O> => rest)
  return choices(forgotten).every((taken) => !bruteForce(model, [...kept, ...taken]))
}

function shrinkAll<S, I, O>(kind: Kind<S, I, O>, seed: number): void {
  const { model } = kind
  const next = random(seed)
  let shrunk = 0
  let again = 0
  for (let round = 0; round < ROUNDS; round++) {
    const history = randomHistory(kind, next)
    const whole = check(model, history)
    const found = shrinkHistory(model, history)
    expect(found !== undefined).toBe(whole.verdict === 'illegal')
    if (whole.verdict !== 'illegal' || found === undefined) continue
    const { history: kept, result, minimal } = found
    if (kept.length < history.length) shrunk++
    expect(kept).toEqual(history.filter((operation) => kept.includes(operation)))
    expect(result.violations.map(({ operation }) => operation)).toEqual([
      whole.violations[0].operation,
    ])
    expect(minimal).toBe(true)
    if (!standsAlone(kind, kept, history)) {
      throw new Error(
        `${JSON.stringify(kept)} is explained by the rest of ${JSON.stringify(history)}`,
      )
    }
    if ((shrinkHistory(model, kept)?.history.length ?? 0) < kept.length) again++
  }
  // Shrunk again it stays as it is, but for what rules out an operation that is not in sight any more.
  expect(again).toBeLessThan(ROUNDS / 50)
  expect(shrunk).toBeGreaterThan(ROUNDS / 20)
}

describe('what is left of a random illegal history is illegal there, by itself, and minimal', () => {
  test('register', () => shrinkAll(few, 1))
  test('registers', () => shrinkAll(twoKeys, 2))
  test('register with distinct values', () => shrinkAll(distinct, 3))
  test('register with an initial value', () => shrinkAll(started, 11))
  test('lease', () => shrinkAll(leases, 4))
  test('queue, first in, first out', () => shrinkAll(queues('fifo'), 5))
  test('queue in any order', () => shrinkAll(queues('any'), 6))
  test('set by element', () => shrinkAll(sets(false), 7))
  test('set as a whole', () => shrinkAll(sets(true), 8))
  test('flag', () => shrinkAll(flags, 9))
  test('texts', () => shrinkAll(texts, 10))
})

describe('what is left of', () => {
  const history = (operations: number): RegisterOperation[] => {
    const all = simulate({ seed: 5, operations, clients: 8, keys: 2, lost: 0.03 })
    const stale = all.findLastIndex(({ input }) => input.op === 'read')
    const early = all.find(
      ({ input }) => input.op === 'write' && input.key === all[stale]?.input.key,
    )
    if (early?.input.op !== 'write') throw new Error('nothing was written')
    return all.map((operation, index) =>
      index === stale && early.input.op === 'write'
        ? { ...operation, output: early.input.value }
        : operation,
    )
  }

  test.each([100, 1000, 5000])(
    'a stale read among %i operations is what it takes',
    (operations) => {
      const found = shrinkHistory(register<number>(), history(operations))
      const kept = found?.history.map(({ input }) => input.op) ?? []
      expect(kept.at(0)).toBe('write')
      expect(kept.at(-1)).toBe('read')
      expect(kept.length).toBeLessThanOrEqual(5)
      expect(found?.minimal).toBe(true)
    },
  )

  test('a value that was read keeps what wrote it, though the read is illegal without it', () => {
    const write = (value: number): RegisterInput<number> => ({ op: 'write', value })
    const stale = [
      op<RegisterInput<number>, number>('a', 0, 1, write(1)),
      op<RegisterInput<number>, number>('a', 2, 3, write(2)),
      op<RegisterInput<number>, number>('b', 4, 5, { op: 'read' }, 1),
    ]
    expect(shrinkHistory(register<number>(), stale)?.history).toEqual(stale)
  })

  test('a queue of many commands is the one that was handed out twice', () => {
    const queued = op<QueueInput, QueueOutput>
    const rounds = Array.from({ length: 40 }, (_, index) => `c${index}`)
    const orderly = rounds.flatMap((command, index) => [
      queued('a', index * 4, index * 4 + 1, { op: 'add', command }),
      queued('b', index * 4 + 2, index * 4 + 3, { op: 'take' }, command),
    ])
    const twice = [...orderly, queued('c', 200, 201, { op: 'take' }, 'c7')]
    const left = shrinkHistory(queue(), twice)?.history.map(
      ({ process, input, output }) => `${process} ${input.op} ${String(output)}`,
    )
    expect(left).toEqual(['a add undefined', 'b take c7', 'c take c7'])
  })

  test('a history whose budget runs out says that it may not be minimal', () => {
    const all = history(1000)
    const { steps } = check(register<number>(), all)
    const found = shrinkHistory(register<number>(), all, { budget: { steps: steps * 2 + 1500 } })
    expect(found?.minimal).toBe(false)
    expect(found?.result.verdict).toBe('illegal')
  })

  test('a history that is not illegal is nothing', () => {
    const all = simulate({ seed: 5, operations: 50, clients: 3, keys: 1 })
    expect(shrinkHistory(register<number>(), all)).toBeUndefined()
  })
})
