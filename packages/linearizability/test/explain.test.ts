import { describe, expect, test } from 'vitest'
import { check, explain, register, type RegisterInput, type RegisterOutput } from '../src/index.ts'
import { lanes } from '../src/lanes.ts'
import { op as call } from './support.ts'
import { simulate } from './workload.ts'

const model = register<number>()
const op = call<RegisterInput<number>, RegisterOutput<number>>

describe('lanes', () => {
  test('show what overlaps, what ends at the same instant, and what never ends', () => {
    expect(
      lanes([
        { process: 'a', call: 0, return: 50, label: '1' },
        { process: 'bob', call: 10, return: 60, label: '2' },
        { process: 'a', call: 60, return: 61, label: '✗' },
        { process: 'c', call: 20, return: null, label: '?' },
        { process: 'bob', call: 61, return: 61, label: '4' },
      ]),
    ).toEqual([
      'a    ├────1───┤  ├─✗┤', //
      'bob     ├────2───┤  4',
      'c          ├─────?┄┄┄┄┄┄',
    ])
  })

  test('take instants that no number holds', () => {
    const start = 2n ** 60n
    expect(
      lanes([
        { process: 'a', call: start, return: start + 1n, label: '1' },
        { process: 'b', call: start + 2n, return: start + 3n, label: '2' },
      ]),
    ).toEqual(['a  ├─1┤', 'b        ├─2┤'])
  })
})

describe('an explanation', () => {
  test('shows what was before the first illegal operation, and what was under way', () => {
    const history = [
      op('a', 0, 1, { op: 'write', value: 1 }),
      op('a', 2, 3, { op: 'write', value: 2 }),
      op('c', 3, null, { op: 'cas', from: 7, to: 1 }),
      op('d', 3, 3, { op: 'cas', from: 7, to: 8 }, false),
      op('b', 4, 5, { op: 'read' }, 1),
    ]
    expect(explain(model, check(model, history))).toBe(
      [
        'illegal: 5 operations, 1 key; not linearizable at',
        '  process b [4, 5] read() → 1',
        '    a  ├─1┤  ├─3┤',
        '    d           2',
        '    c           ├────?┄┄┄┄',
        '    b              ├─✗┤',
        '  longest order: 3 operations, the last of them',
        '    1 process a [0, 1] write(1)',
        '    2 process d [3, 3] cas(7, 8) → false',
        '    3 process a [2, 3] write(2)',
        '  then the state is 2, and none of these leads further',
        '    ✗ process b [4, 5] read() → 1',
        '    ? process c [3, open] cas(7, 1) → ?',
      ].join('\n'),
    )
  })

  test('has at most twenty lines, however long the history is', () => {
    const history = [
      ...[1, 2, 3, 4, 5, 6].map((value) =>
        op(`w${value}`, value, value, { op: 'write', value } as const),
      ),
      op('r', 10, 11, { op: 'read' }, 7),
      ...[1, 2, 3, 4, 5, 6].map((index) =>
        op(`c${index}`, 10, 20 + index, { op: 'cas', from: 8, to: 9 } as const, true),
      ),
    ]
    const lines = explain(model, check(model, history)).split('\n')
    expect(lines.at(1)).toBe('  process r [10, 11] read() → 7')
    expect(lines.at(-1)).toBe('    and 4 more')
    expect(lines).toHaveLength(19)
  })

  test('of a check without a verdict says what ran out', () => {
    const history = simulate({ seed: 3, operations: 400, clients: 16, keys: 1 })
    const text = explain(model, check(model, history, { budget: { steps: 50 } }))
    expect(text).toMatch(/^unknown: 400 operations, 1 key; out of steps at key k0\n/)
  })
})
