import { describe, expect, test } from 'vitest'
import { check, type CheckResult, type Operation } from '../src/index.ts'
import {
  distinct,
  few,
  flags,
  guesses,
  leases,
  queues,
  sets,
  started,
  texts,
  twoKeys,
} from './kinds.ts'
import { bruteForce, firstIllegal } from './oracle.ts'
import { type Kind, randomHistory } from './random-history.ts'
import { random } from './workload.ts'

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
  test('queue in any order, of takes without an answer', () => compareWithOracle(guesses, 12))
  test('set by element', () => compareWithOracle(sets(false), 7))
  test('set as a whole', () => compareWithOracle(sets(true), 8))
  test('flag', () => compareWithOracle(flags, 9))
  test('texts', () => compareWithOracle(texts, 10))
})

/** Checks the same histories with ever larger budgets, up to one that suffices. */
function spendLess<S, I, O>(kind: Kind<S, I, O>, seed: number): void {
  const next = random(seed)
  const unknown = { steps: 0, entries: 0 }
  for (let round = 0; round < ROUNDS / 4; round++) {
    const history = randomHistory(kind, next)
    const whole = check(kind.model, history)
    for (const limit of ['steps', 'entries'] as const) {
      for (let budget = 0; budget <= whole[limit]; budget += 1 + (budget >> 2)) {
        const result = check(kind.model, history, { budget: { [limit]: budget } })
        if (result.verdict === 'unknown') unknown[limit]++
        else expect(result.verdict).toBe(whole.verdict)
      }
      const enough = check(kind.model, history, { budget: { [limit]: whole[limit] } })
      expect(enough.verdict).toBe(whole.verdict)
    }
  }
  expect(Math.min(unknown.steps, unknown.entries)).toBeGreaterThan(ROUNDS / 2)
}

describe('a budget that ends anywhere gives the same verdict or none', () => {
  test('register', () => spendLess(few, 1))
  test('queue in any order, of takes without an answer', () => spendLess(guesses, 12))
})
