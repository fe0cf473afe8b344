import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { comparePlaces, compareText } from '../src/index.ts'

const text = fc.string({ unit: 'binary' })

describe('compareText', () => {
  it('orders as UTF-8 bytes do', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
      {
        examples: [
          ['\uffff', '\u{10000}'],
          ['\ue000', '😀'],
          ['a', 'a '],
        ],
      },
    )
  })
})

describe('comparePlaces', () => {
  it('compares part by part, numbers as numbers', () => {
    expect(comparePlaces([9, 'b'], [10, 'a'])).toBeLessThan(0)
    expect(comparePlaces([1, 'b'], [1, 'a'])).toBeGreaterThan(0)
    expect(comparePlaces([1, 'a'], [1, 'a'])).toBe(0)
  })
})
