import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_DEPTH, copyJson, isPersistenceError } from '../src/index.ts'

function nested(depth: number): unknown {
  let value: unknown = 'leaf'
  for (let level = 0; level < depth; level += 1) value = [value]
  return value
}

describe('copyJson', () => {
  it('copies every JSON value, deeply', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const copied = copyJson(value, 'value')
        expect(JSON.stringify(copied)).toBe(JSON.stringify(value))
        if (typeof value === 'object' && value !== null) expect(copied).not.toBe(value)
      }),
    )
  })

  it('keeps __proto__ as a key of its own', () => {
    const copied = copyJson(JSON.parse('{"__proto__": {"polluted": true}}'), 'value')
    expect(Object.keys(copied as object)).toEqual(['__proto__'])
    expect((copied as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it('turns -0 into 0, which is all that JSON can hold', () => {
    expect(Object.is(copyJson(-0, 'value'), 0)).toBe(true)
  })

  it('takes plain objects of another realm and without a prototype', () => {
    expect(copyJson(runInNewContext('({ a: [1] })'), 'value')).toEqual({ a: [1] })
    expect(copyJson(Object.assign(Object.create(null), { a: 1 }), 'value')).toEqual({ a: 1 })
  })

  it(`takes ${MAX_DEPTH} levels and no more`, () => {
    expect(copyJson(nested(MAX_DEPTH), 'value')).toEqual(nested(MAX_DEPTH))
    expect(() => copyJson(nested(MAX_DEPTH + 1), 'value')).toThrow(/at most 512 levels/)
    expect(() => copyJson(nested(100_000), 'value')).toThrow(/at most 512 levels/)
  })

  const cyclic: unknown[] = []
  cyclic.push(cyclic)
  it.each([
    ['undefined', undefined],
    ['an undefined member', { a: undefined }],
    // oxlint-disable-next-line no-sparse-arrays -- a hole is what is tested
    ['a hole', [1, , 2]],
    ['NaN', NaN],
    ['Infinity', [Infinity]],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a symbol key', { [Symbol('s')]: 1 }],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['a Uint8Array', new Uint8Array(1)],
    ['a class instance', new (class Order {})()],
    ['a cycle', cyclic],
  ])('refuses %s', (_, value) => {
    expect(() => copyJson({ payload: value }, 'workflow')).toThrow(/^workflow/)
    try {
      copyJson(value, 'workflow')
    } catch (error) {
      expect(isPersistenceError(error, 'INVALID_VALUE')).toBe(true)
    }
  })
})
