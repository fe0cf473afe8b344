import { describe, expect, test } from 'vitest'
import { simulate } from './workload.ts'
import { arrange } from '../src/events.ts'
import { register } from '../src/index.ts'
import { createMemo, type Memo } from '../src/memo.ts'
import { search } from '../src/search.ts'

const words = (...values: number[]): Int32Array => Int32Array.from(values)

describe('memo', () => {
  test('a configuration is new once', () => {
    const memo = createMemo()
    memo.reset(0)
    const none = words()
    expect(memo.visit(1, words(5), 0, 0, none)).toBe(true)
    expect(memo.visit(1, words(5), 0, 0, none)).toBe(false)
    expect(memo.visit(2, words(5), 0, 0, none)).toBe(true)
    expect(memo.visit(1, words(6), 0, 0, none)).toBe(true)
    expect(memo.visit(1, words(5, 5), 1, 1, none)).toBe(true)
    expect(memo.visit(1, words(5, 5), 0, 1, none)).toBe(true)
    expect(memo.entries).toBe(5)
    memo.reset(0)
    expect(memo.visit(1, words(5), 0, 0, none)).toBe(true)
  })

  test('more applied open operations are no better than fewer', () => {
    const memo = createMemo()
    memo.reset(1)
    const bits = words(1)
    expect(memo.visit(1, bits, 0, 0, words(0b0110))).toBe(true)
    expect(memo.visit(1, bits, 0, 0, words(0b0111))).toBe(false)
    expect(memo.visit(1, bits, 0, 0, words(0b0101))).toBe(true)
    expect(memo.visit(1, bits, 0, 0, words(0b0010))).toBe(true)
    expect(memo.visit(1, bits, 0, 0, words(0b0011))).toBe(false)
  })

  test('configurations with the same hash are not the same', () => {
    const memo = createMemo()
    memo.reset(0)
    const bits = new Int32Array(512)
    const seen: boolean[] = []
    // So many that some share all 32 bits.
    for (let state = 0; state < 512; state++) {
      for (let from = 0; from < 512; from++) seen.push(memo.visit(state, bits, from, from, words()))
    }
    expect(seen).not.toContain(false)
  })

  test('it grows, and still knows everything', () => {
    const memo = createMemo()
    memo.reset(1)
    const visit = (i: number): boolean => memo.visit(i % 97, words(i, ~i), 0, 1, words(i & 1))
    for (let i = 0; i < 20_000; i++) expect(visit(i)).toBe(true)
    for (let i = 0; i < 20_000; i++) expect(visit(i)).toBe(false)
    expect(memo.entries).toBe(20_000)
  })
})

function memoOf(operations: number): Memo {
  const history = simulate({ seed: 3, operations, clients: 2, keys: 1 })
  const model = register<number>()
  const outputs = history.map(({ output }) => output)
  const memo = createMemo()
  const events = arrange(
    history.map(({ call }) => call),
    history.map(({ return: back }) => back),
    new Uint8Array(operations),
  )
  const reads = Uint8Array.from(history, ({ input, output }) =>
    model.isRead?.(input, output) === true ? 1 : 0,
  )
  const limits = { steps: 1e9, entries: 1e9 }
  expect(search(model, history, outputs, reads, events, memo, limits).verdict).toBe('ok')
  return memo
}

test('an entry holds the window from the oldest pending call on, however long the history', () => {
  for (const operations of [200, 20_000]) {
    const { entries, size } = memoOf(operations)
    expect(entries).toBeLessThan(operations)
    // Five integers and one or two words; a whole set of 20,000 operations would be 625 words.
    expect(size / entries).toBeLessThan(7)
  }
})
