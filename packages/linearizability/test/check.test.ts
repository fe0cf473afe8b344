import { describe, expect, test } from 'vitest'
import { simulate } from './workload.ts'
import {
  check,
  explain,
  flag,
  HistoryError,
  keyValue,
  type KeyValueInput,
  type Model,
  type Operation,
  queue,
  type QueueInput,
  type QueueOutput,
  register,
  type RegisterInput,
  type RegisterOutput,
} from '../src/index.ts'
import { op as call } from './support.ts'

type History = Operation<RegisterInput<number>, RegisterOutput<number>>[]

const op = call<RegisterInput<number>, RegisterOutput<number>>
const read: RegisterInput<number> = { op: 'read' }
const write = (value: number): RegisterInput<number> => ({ op: 'write', value })
const cas = (from: number, to: number): RegisterInput<number> => ({ op: 'cas', from, to })
const verdict = (history: History): string => check(register<number>(), history).verdict
const attempt = (history: History) => (): unknown => check(register<number>(), history)

describe('intervals', () => {
  test('an empty history is ok, and says that it holds nothing', () => {
    expect(check(register(), [])).toMatchObject({ verdict: 'ok', operations: 0, partitions: 0 })
  })

  test('a call at the instant of a return is concurrent with what returns', () => {
    expect(verdict([op('a', 0, 5, write(1)), op('b', 5, 6, read, null)])).toBe('ok')
    expect(verdict([op('a', 0, 5, write(1)), op('b', 6, 7, read, null)])).toBe('illegal')
  })

  test('operations that take no time and share an instant come in any order', () => {
    const history = [
      op('a', 1, 1, read, 2),
      op('b', 1, 1, write(1)),
      op('c', 1, 1, cas(1, 2), true),
    ]
    expect(verdict(history)).toBe('ok')
  })

  test('instants are numbers or bigints, also beyond what a number holds', () => {
    const start = 2n ** 60n
    const history = (gap: bigint): History => [
      op('a', start, start + 1n, write(1)),
      op('b', start + 1n + gap, start + 3n, read, null),
    ]
    expect(verdict(history(0n))).toBe('ok')
    expect(verdict(history(1n))).toBe('illegal')
  })

  test('the order in which operations stand in the history does not matter', () => {
    const history = simulate({ seed: 7, operations: 300, clients: 4, keys: 3 })
    const turned = history.toReversed()
    expect(check(register<number>(), turned)).toEqual(check(register<number>(), history))
  })
})

describe('outcomes', () => {
  test('a failed operation is left out', () => {
    const failed = op('a', 0, 1, write(1), undefined, 'fail')
    expect(verdict([failed, op('b', 2, 3, read, null)])).toBe('ok')
    expect(verdict([failed, op('b', 2, 3, read, 1)])).toBe('illegal')
  })

  test('an unknown write stays open: it may come at any time after its call, or never', () => {
    // Two writers of one value, so that evidence settles nothing.
    const lost = op('a', 0, 1, write(1), undefined, 'unknown')
    const other = op('d', 90, 91, write(1))
    expect(verdict([lost, op('b', 5, 6, read, null), op('b', 7, 8, read, 1), other])).toBe('ok')
    expect(verdict([lost, op('b', 5, 6, read, null), op('b', 7, 8, read, null)])).toBe('ok')
    expect(verdict([lost, op('b', 5, 6, read, 1), op('b', 7, 8, read, null), other])).toBe(
      'illegal',
    )
  })

  test('a process may go on after an unknown outcome', () => {
    expect(verdict([op('a', 0, null, write(1)), op('a', 1, 2, read, 1)])).toBe('ok')
  })

  test('an unknown read is dropped, and counted as such', () => {
    const result = check(register<number>(), [op('a', 0, null, read), op('b', 1, 2, read, null)])
    expect(result).toMatchObject({ verdict: 'ok', operations: 1, dropped: 1 })
  })

  test('an operation that is ok without an output was applied, whatever it gave', () => {
    expect(
      verdict([op('a', 0, 1, write(1)), op('a', 2, 3, cas(1, 2)), op('b', 4, 5, read, 2)]),
    ).toBe('ok')
    expect(
      verdict([op('a', 0, 1, write(1)), op('a', 2, 3, cas(1, 2)), op('b', 4, 5, read, 1)]),
    ).toBe('illegal')
  })

  test('open writes come in any order, whatever the order of their calls', () => {
    const get = { op: 'get', key: 'k' } as const
    const lost = ['a', 'b', 'c'].map((value, i) =>
      call<KeyValueInput, string>(value, i, null, { op: 'put', key: 'k', value }),
    )
    for (const order of ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']) {
      const gets = order
        .split('')
        .map((value, i) => call<KeyValueInput, string>('d', 10 + 2 * i, 11 + 2 * i, get, value))
      const again = call<KeyValueInput, string>('d', 20, 21, get, order[0])
      expect(check(keyValue(), [...lost, ...gets]).verdict).toBe('ok')
      expect(check(keyValue(), [...lost, ...gets, again]).verdict).toBe('illegal')
    }
  })

  test('evidence from before the call is none: the blame is with the read', () => {
    const early = op('b', 0, 1, read, 1)
    const result = check(register<number>(), [early, op('a', 5, null, write(1))])
    if (result.verdict !== 'illegal') throw new Error(result.verdict)
    expect(result.violations[0].operation).toBe(early)
  })

  test('the initial value is no evidence of a write of it', () => {
    const history = [
      op('a', 0, 5, read, 3),
      op('b', 1, null, write(3)),
      op('a', 6, 7, write(4)),
      op('a', 8, 9, read, 3),
    ]
    expect(check(register({ initial: 3 }), history).verdict).toBe('ok')
  })

  test('an unknown write of a value that nobody saw is ruled out by evidence', () => {
    const history = Array.from({ length: 40 }, (_, i) => op(`lost ${i}`, i, null, write(100 + i)))
    const result = check(register<number>(), [...history, op('b', 50, 51, read, null)])
    expect(result).toMatchObject({ verdict: 'ok', operations: 1, dropped: 40 })
  })

  test('forty lost writes, some seen, do not make forty open ones', () => {
    const history = Array.from({ length: 40 }, (_, i) => [
      op(`lost ${i}`, 10 * i, null, write(i)),
      op('b', 10 * i + 5, 10 * i + 6, read, i),
    ]).flat()
    const result = check(register<number>(), [...history, op('c', 500, 501, read, 38)])
    expect(result.verdict).toBe('illegal')
    expect(result.steps).toBeLessThan(1000)
  })
})

describe('histories that cannot have happened', () => {
  test.each<[string, History, RegExp, number]>([
    [
      'a process that calls twice at a time',
      [op('a', 0, 5, write(1)), op('a', 3, 6, write(2))],
      /^operation 1: process a calls at 3, before its call that returns at 5 is over$/,
      1,
    ],
    [
      'the same in another order',
      [op('a', 3, 6, write(2)), op('a', 0, 5, write(1))],
      /^operation 0: process a calls at 3/,
      0,
    ],
    [
      'a return before its call',
      [op('a', 5, 4, write(1))],
      /operation 0: it returns at 4, before/,
      0,
    ],
    [
      'an acknowledged operation that never returns',
      [op('a', 0, null, write(1), undefined, 'ok')],
      /operation 0: it is ok and never returns/,
      0,
    ],
    ['a call at NaN', [op('a', Number.NaN, 4, write(1))], /operation 0: its call is NaN/, 0],
    ['a return at infinity', [op('a', 0, Infinity, write(1))], /its return is Infinity/, 0],
  ])('%s', (_name, history, message, index) => {
    expect(attempt(history)).toThrow(HistoryError)
    expect(attempt(history)).toThrow(message)
    expect(attempt(history)).toThrow(expect.objectContaining({ index }))
  })

  test('another outcome', () => {
    const history = JSON.parse('[{"process":1,"call":0,"return":1,"outcome":"maybe","input":{}}]')
    expect(() => check(register(), history)).toThrow(/outcome is maybe, not ok, fail or unknown/)
  })
})

describe('violations', () => {
  test('each key that has one, by the return of the illegal operation', () => {
    const at = (key: string, time: number): History => [
      op(`${key}1`, time, time + 1, { op: 'write', key, value: 1 }),
      op(`${key}2`, time + 2, time + 3, { op: 'read', key }, 7),
    ]
    const result = check(register<number>(), [...at('late', 50), ...at('soon', 10)])
    if (result.verdict !== 'illegal') throw new Error(result.verdict)
    expect(result.violations.map(({ key }) => key)).toEqual(['soon', 'late'])
    const [first] = result.violations
    expect(first.operation.process).toBe('soon2')
    expect(first.state).toBe(1)
    expect(first.linearization.map(({ operation }) => operation.process)).toEqual(['soon1'])
    expect(first.pending).toEqual([first.operation])
  })

  test('the order is the longest of all that were tried', () => {
    const history = [
      op('a', 0, 10, write(7)),
      op('b', 0, 10, { op: 'cas', from: null, to: 1 }, true),
      op('c', 0, 10, cas(1, 2), true),
      op('d', 0, 5, read, 99),
    ]
    const result = check(register<number>(), history)
    if (result.verdict !== 'illegal') throw new Error(result.verdict)
    const order = result.violations[0].linearization.map(({ operation }) => operation.process)
    expect(order).toEqual(['b', 'c', 'a'])
  })

  test('a model without keys is one partition', () => {
    const { key: _key, ...whole } = register<number>()
    const result = check(whole, [op('a', 0, 1, { op: 'write', key: 'x', value: 1 })])
    expect(result).toMatchObject({ verdict: 'ok', partitions: 1 })
  })

  test('a model that calls a write a read is refused', () => {
    const wrong: Model<
      boolean,
      { readonly op: 'set' | 'get' | 'clear' | 'test-and-set' },
      boolean
    > = { ...flag(), isRead: () => true }
    expect(() => check(wrong, [call('a', 0, 1, { op: 'set' })])).toThrow(/flag: isRead\(\) is true/)
  })
})

describe('budget', () => {
  const hard = simulate({ seed: 4, operations: 400, clients: 24, keys: 1, violationAt: 350 })

  test('out of steps is unknown, with the longest order that was found', () => {
    const result = check(register<number>(), hard, { budget: { steps: 5000 } })
    if (result.verdict !== 'unknown') throw new Error(result.verdict)
    const [part] = result.unfinished
    expect(part.exhausted).toBe('steps')
    expect(part.linearization.length).toBeGreaterThan(10)
    expect(result.steps).toBeLessThan(6000)
  })

  test('out of memory is unknown', () => {
    const result = check(register<number>(), hard, { budget: { entries: 300 } })
    if (result.verdict !== 'unknown') throw new Error(result.verdict)
    expect(result.unfinished[0].exhausted).toBe('memory')
    expect(result.entries).toBeLessThan(350)
  })

  test('a hard key does not take what the others need', () => {
    const others = simulate({ seed: 1, operations: 500, clients: 4, keys: 50 })
    const renamed = others.map((operation) => ({
      ...operation,
      process: `other ${operation.process}`,
    }))
    const wrong = op('late', 90_000, 90_001, { op: 'read', key: 'k7' } as const, -1)
    const budget = { steps: 20_000 }
    const found = check(register<number>(), [...hard, ...renamed, wrong], { budget })
    expect(found.verdict).toBe('illegal')
    const result = check(register<number>(), [...hard, ...renamed], { budget })
    if (result.verdict !== 'unknown') throw new Error(result.verdict)
    expect(result.unfinished.map(({ key }) => key)).toEqual(['k0'])
  })

  test('what the others leave goes to a hard key', () => {
    const { steps } = check(register<number>(), hard)
    const easy = simulate({ seed: 1, operations: 1200, clients: 2, keys: 2 }).map((operation) => ({
      ...operation,
      process: `easy ${operation.process}`,
      input: { ...operation.input, key: `easy ${operation.input.key}` },
    }))
    // The share of one of three keys is too small.
    const budget = { steps: steps * 2 }
    expect(check(register<number>(), [...hard, ...easy], { budget }).verdict).toBe('illegal')
  })

  test.each([0, 1, 7])('a budget of %i steps is unknown, never ok', (steps) => {
    const history = simulate({ seed: 1, operations: 100, clients: 4, keys: 10 })
    expect(check(register<number>(), history, { budget: { steps } }).verdict).toBe('unknown')
  })

  describe('counts the states that a queue in any order may be in', () => {
    const queued = call<QueueInput, QueueOutput>
    const lost = (adds: number, takes: number): Operation<QueueInput, QueueOutput>[] => [
      ...Array.from({ length: adds }, (_, i) =>
        queued('a', 2 * i, 2 * i + 1, { op: 'add', command: `c${i}` }),
      ),
      ...Array.from({ length: takes }, (_, i) =>
        queued(`lost ${i}`, 100 + i, null, { op: 'take' }),
      ),
      queued('b', 200, 201, { op: 'take' }, null),
    ]
    const any = queue({ order: 'any' })

    test('few of them are told apart', () => {
      expect(check(any, lost(8, 8)).verdict).toBe('ok')
      expect(check(any, lost(8, 7)).verdict).toBe('illegal')
    })

    test(
      'forty adds and forty open takes end within the default budget',
      { timeout: 60_000 },
      () => {
        const result = check(any, lost(40, 40))
        if (result.verdict !== 'unknown') throw new Error(result.verdict)
        expect(result.unfinished[0].exhausted).toBe('memory')
        expect(result.steps).toBeLessThan(20_000_000)
        expect(result.entries).toBeLessThan(4_000_100)
        expect(explain(any, result).length).toBeLessThan(10_000)
      },
    )

    test.each(['steps', 'entries'] as const)('in the middle of a step: %s', (limit) => {
      const result = check(any, lost(40, 40), { budget: { [limit]: 100_000 } })
      if (result.verdict !== 'unknown') throw new Error(result.verdict)
      expect(result.unfinished[0].exhausted).toBe(limit === 'steps' ? 'steps' : 'memory')
      expect(result[limit]).toBeGreaterThan(99_900)
      expect(result[limit]).toBeLessThan(101_000)
    })
  })

  test('what a step returns once the budget is spent is not looked at', () => {
    const careless: Model<number, 'get', number> = {
      name: 'careless',
      init: () => 0,
      step: (state, _input, _output, _operation, spend) =>
        spend?.(1000, 0) === false ? state + 1 : state,
      fingerprint: (state) => state,
      isRead: () => true,
    }
    const history = [call<'get', number>('a', 0, 1, 'get', 7)]
    expect(check(careless, history).verdict).toBe('ok')
    expect(check(careless, history, { budget: { steps: 999 } }).verdict).toBe('unknown')
  })

  test('two calls with the same arguments give the same result', () => {
    const once = check(register<number>(), hard, { budget: { steps: 50_000 } })
    expect(check(register<number>(), hard, { budget: { steps: 50_000 } })).toEqual(once)
  })
})

test('deep histories do not overflow the stack', () => {
  const history = simulate({ seed: 9, operations: 60_000, clients: 2, keys: 1, values: 3 })
  const result = check(register<number>(), history)
  expect(result).toMatchObject({ verdict: 'ok', operations: 60_000 })
})

test('open operations that nobody needs do not multiply the search', () => {
  const history = simulate({ seed: 4, operations: 1000, clients: 8, keys: 1, lost: 0.05 })
  const result = check(register<number>(), history)
  expect(result.verdict).toBe('ok')
  // 61,000; 11,000,000 when each is tried after each.
  expect(result.steps).toBeLessThan(200_000)
})
