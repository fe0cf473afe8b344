import { describe, expect, test } from 'vitest'
import {
  check,
  deterministic,
  flag,
  keyValue,
  lease,
  type LeaseInput,
  type LeaseOutput,
  type Model,
  type Operation,
  queue,
  type QueueInput,
  type QueueOutput,
  register,
  set,
} from '../src/index.ts'
import { op } from './support.ts'

/** Whether steps that come one after the other, one an instant, are legal. */
function sequence<S, I, O>(
  model: Model<S, I, O>,
  ...steps: readonly (readonly [I, O?])[]
): boolean {
  const history = steps.map(([input, output], i) => op('p', 2 * i, 2 * i + 1, input, output))
  return check(model, history).verdict === 'ok'
}

describe('register', () => {
  const read = { op: 'read' } as const
  const cas = (from: number | null, to: number) => ({ op: 'cas', from, to }) as const

  test('is unset, or has an initial value', () => {
    expect(sequence(register<number>(), [read, null])).toBe(true)
    expect(sequence(register({ initial: 4 }), [read, 4])).toBe(true)
    expect(sequence(register({ initial: 4 }), [read, null])).toBe(false)
  })

  test('reads what was written', () => {
    expect(sequence(register<number>(), [{ op: 'write', value: 3 }], [read, 3])).toBe(true)
    expect(sequence(register<number>(), [{ op: 'write', value: 3 }], [read, null])).toBe(false)
  })

  test('compare-and-set tells what it did', () => {
    expect(sequence(register<number>(), [cas(null, 1), true], [read, 1])).toBe(true)
    expect(sequence(register<number>(), [cas(2, 1), false], [read, null])).toBe(true)
    expect(sequence(register<number>(), [cas(2, 1), true])).toBe(false)
    expect(sequence(register<number>(), [cas(null, 1), false])).toBe(false)
  })

  test('tells values apart as JSON does', () => {
    const model = register<unknown>()
    const wrote = (value: unknown, seen: unknown): boolean =>
      sequence(model as Model<unknown, object, unknown>, [{ op: 'write', value }], [read, seen])
    expect(wrote({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true)
    expect(wrote(1, '1')).toBe(false)
    expect(wrote('null', null)).toBe(false)
    expect(wrote([1, 2], [2, 1])).toBe(false)
    expect(wrote(true, 'true')).toBe(false)
  })
})

describe('key-value', () => {
  test('puts, appends, gets; what was never put is empty', () => {
    const get = { op: 'get', key: 'k' } as const
    const append = { op: 'append', key: 'k', value: 'b' } as const
    const put = { op: 'put', key: 'k', value: 'a' } as const
    expect(
      sequence(keyValue(), [get, ''], [append], [get, 'b'], [put], [append], [get, 'ab']),
    ).toBe(true)
    expect(sequence(keyValue(), [put], [get, ''])).toBe(false)
  })
})

describe('flag', () => {
  test('one of those who test and set does', () => {
    const tas = { op: 'test-and-set' } as const
    expect(sequence(flag(), [tas, true], [tas, false], [{ op: 'clear' }], [tas, true])).toBe(true)
    expect(sequence(flag(), [tas, true], [tas, true])).toBe(false)
    expect(sequence(flag({ initial: true }), [tas, false], [{ op: 'get' }, true])).toBe(true)
  })

  test('set and clear may tell whether they changed it', () => {
    expect(sequence(flag(), [{ op: 'set' }, true], [{ op: 'set' }, false])).toBe(true)
    expect(sequence(flag(), [{ op: 'clear' }, true])).toBe(false)
  })
})

describe('set', () => {
  const element = 'x'

  test('adds, removes, has', () => {
    const steps = [
      [{ op: 'has', element }, false],
      [{ op: 'add', element }, true],
      [{ op: 'add', element }, false],
      [{ op: 'has', element }, true],
      [{ op: 'remove', element }],
      [{ op: 'has', element }, false],
    ] as const
    expect(sequence(set(), ...steps)).toBe(true)
    expect(sequence(set({ whole: true }), ...steps)).toBe(true)
    expect(sequence(set(), [{ op: 'remove', element }, true])).toBe(false)
  })

  test('members come in any order, each once', () => {
    const both = [[{ op: 'add', element: 'x' }], [{ op: 'add', element: 'y' }]] as const
    const whole = set({ whole: true })
    expect(sequence(whole, ...both, [{ op: 'members' }, ['y', 'x']])).toBe(true)
    expect(sequence(whole, ...both, [{ op: 'members' }, ['y', 'y']])).toBe(false)
    expect(sequence(whole, ...both, [{ op: 'members' }, ['y']])).toBe(false)
  })

  test('members of a set that is checked by element is a mistake', () => {
    expect(() => sequence(set(), [{ op: 'members' }, []])).toThrow(TypeError)
  })
})

describe('queue', () => {
  const add = (command: string) => ({ op: 'add', command }) as const
  const done = (command: string) => ({ op: 'done', command }) as const
  const back = (command: string) => ({ op: 'back', command }) as const
  const take = { op: 'take' } as const

  test('hands out in order, and each once', () => {
    expect(sequence(queue(), [add('x')], [add('y')], [take, 'x'], [take, 'y'], [take, null])).toBe(
      true,
    )
    expect(sequence(queue(), [add('x')], [add('y')], [take, 'y'])).toBe(false)
    expect(sequence(queue(), [add('x')], [add('x')], [take, 'x'], [take, 'x'])).toBe(false)
  })

  test('done forgets, back puts in at the end', () => {
    const taken = [[add('x')], [add('y')], [take, 'x']] as const
    expect(sequence(queue(), ...taken, [done('x'), true], [done('x'), false], [take, 'y'])).toBe(
      true,
    )
    expect(sequence(queue(), ...taken, [back('x'), true], [take, 'y'], [take, 'x'])).toBe(true)
    expect(sequence(queue(), ...taken, [done('y'), true])).toBe(false)
  })

  test('what is added while it is taken waits until then', () => {
    const taken = [[add('x')], [take, 'x'], [add('x')], [take, null]] as const
    expect(sequence(queue(), ...taken, [done('x'), true], [take, 'x'])).toBe(true)
    expect(sequence(queue(), ...taken, [done('x'), true], [take, null])).toBe(false)
  })

  test('in any order, a take without an answer leaves every possibility open', () => {
    const lost: Operation<QueueInput, QueueOutput>[] = [
      op('a', 0, 1, add('x')),
      op('a', 2, 3, add('y')),
      op<QueueInput, QueueOutput>('b', 4, 5, take, undefined, 'ok'),
    ]
    const any = queue({ order: 'any' })
    const then = (first: string | null, second: string | null): string =>
      check(any, [...lost, op('c', 6, 7, take, first), op('c', 8, 9, take, second)]).verdict
    expect(then('x', null)).toBe('ok')
    expect(then('y', null)).toBe('ok')
    expect(then('x', 'y')).toBe('illegal')
    expect(then(null, null)).toBe('illegal')
  })
})

describe('lease', () => {
  const claim = (ttl: number | null): LeaseInput => ({ op: 'claim', ttl })
  const extend = (token: number, ttl: number): LeaseInput => ({ op: 'extend', token, ttl })
  const release = (token: number): LeaseInput => ({ op: 'release', token })
  const use = (token: number): LeaseInput => ({ op: 'use', token })
  type History = Operation<LeaseInput, LeaseOutput>[]
  const verdict = (history: History, model = lease()): string => check(model, history).verdict

  test('one holder; tokens grow across a release, and need not be neighbours', () => {
    const steps = (token: number): boolean =>
      sequence(
        lease(),
        [claim(null), 5],
        [claim(null), null],
        [use(5), true],
        [release(5), true],
        [release(5), false],
        [use(5), false],
        [claim(null), token],
      )
    expect(steps(6)).toBe(true)
    expect(steps(60)).toBe(true)
    expect(steps(5)).toBe(false)
    expect(steps(4)).toBe(false)
  })

  test('a free lease is not refused, unless claims may be refused for other reasons', () => {
    const refused: History = [op('a', 0, 1, claim(5), null)]
    expect(verdict(refused)).toBe('illegal')
    expect(verdict(refused, lease({ mayRefuse: true }))).toBe('ok')
  })

  test.each([
    [9, 'illegal'],
    [10, 'ok'],
    [15, 'ok'],
  ])('a claim of [0, 3] for 10 may be over for a call that returns at %i: %s', (back, expected) => {
    expect(verdict([op('a', 0, 3, claim(10), 1), op('b', 8, back, claim(10), 2)])).toBe(expected)
  })

  test.each([
    [12, 'ok'],
    [13, 'illegal'],
  ])('and may still hold for a call at %i: %s', (call, expected) => {
    expect(verdict([op('a', 0, 3, claim(10), 1), op('b', call, 20, use(1), true)])).toBe(expected)
  })

  test('clocks may differ by the slack', () => {
    const early: History = [op('a', 0, 1, claim(10), 1), op('b', 8, 9, claim(10), 2)]
    expect(verdict(early)).toBe('illegal')
    expect(verdict(early, lease({ slack: 1 }))).toBe('ok')
  })

  test('an extension counts from now, and only for the holder', () => {
    const held: History = [op('a', 0, 1, claim(10), 1), op('a', 8, 9, extend(1, 10), true)]
    expect(verdict([...held, op('b', 17, 17, claim(10), 2)])).toBe('illegal')
    expect(verdict([...held, op('b', 18, 18, claim(10), 2)])).toBe('ok')
    expect(verdict([...held, op('b', 10, 11, extend(2, 10), true)])).toBe('illegal')
    expect(verdict([...held, op('b', 10, 11, extend(1, 10), false)])).toBe('illegal')
  })

  test('the token of a lost claim is any that is higher, until somebody names it', () => {
    const lost: History = [
      op('a', 0, 1, claim(10), 3),
      op('a', 2, 3, release(3), true),
      op('b', 4, null, claim(10)),
      op('c', 5, 6, claim(10), null),
    ]
    expect(verdict([...lost, op('d', 7, 8, use(7), true), op('d', 9, 9, use(7), true)])).toBe('ok')
    expect(verdict([...lost, op('d', 7, 8, use(7), true), op('d', 9, 9, use(8), true)])).toBe(
      'illegal',
    )
    expect(verdict([...lost, op('d', 7, 8, use(3), true)])).toBe('illegal')
    expect(verdict([...lost, op('d', 15, 16, claim(10), 4)])).toBe('ok')
  })
})

describe('deterministic()', () => {
  test('keeps every state that is possible, and what is seen rules some out', () => {
    const coin = deterministic<'heads' | 'tails', 'toss' | 'look', string>({
      name: 'coin',
      init: () => ['heads'],
      step: (state, input, output) =>
        input === 'toss' ? ['heads', 'tails'] : output === state ? [state] : [],
      fingerprint: (state) => state,
      isRead: (input) => input === 'look',
    })
    expect(sequence(coin, ['look', 'tails'])).toBe(false)
    expect(sequence(coin, ['toss'], ['look', 'tails'], ['look', 'tails'])).toBe(true)
    expect(sequence(coin, ['toss'], ['look', 'tails'], ['look', 'heads'])).toBe(false)
    const unseen = [
      op<'toss' | 'look', string>('a', 0, 1, 'toss'),
      op<'toss' | 'look', string>('b', 2, null, 'look'),
    ]
    expect(check(coin, unseen)).toMatchObject({ verdict: 'ok', dropped: 1 })
  })
  test('describes a few of many states', () => {
    const die = deterministic<number, 'throw', never>({
      name: 'die',
      init: () => [6],
      step: () => [1, 2, 3, 4, 5, 6],
      fingerprint: (state) => state,
      describeState: (state) => `${state}`,
    })
    const thrown = die.step([6], 'throw', undefined, op<'throw', never>('a', 0, 1, 'throw'))
    expect(die.describeState?.([6])).toBe('6')
    expect(thrown && die.describeState?.(thrown)).toBe('1 or 2 or 3 or 4 or 2 more')
  })
})
