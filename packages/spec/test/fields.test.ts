import { describe, expect, it } from 'vitest'
import { identifier, instant, integer, list, optional, record, ttl } from '../src/fields.ts'

describe('identifier', () => {
  it.each([
    'a',
    ' ',
    'null',
    '__proto__',
    '%',
    "'; drop table",
    'é',
    'é',
    '😀',
    'x'.repeat(255),
    '€'.repeat(255),
  ])('takes %j', (value) => {
    expect(identifier(value, 'id')).toBe(value)
  })

  it.each([
    ['', /1 to 255 UTF-16 units long, not 0/],
    ['x'.repeat(256), /not 256/],
    ['a\0b', /without U\+0000/],
    ['\ud800', /lone surrogates/],
    [42, /a string/],
    [null, /a string/],
    [undefined, /a string/],
  ])('refuses %j', (value, message) => {
    expect(() => identifier(value, 'id')).toThrow(message)
  })
})

describe('instant', () => {
  it.each([0, -1, 1.5e12, 8.64e15, -8.64e15])('takes %d', (value) => {
    expect(instant(value, 'time')).toBe(value)
  })

  it.each([0.5, NaN, Infinity, 8.64e15 + 1, '0', new Date(0), 1n, null])('refuses %s', (value) => {
    expect(() => instant(value, 'time')).toThrow(/time must be an integer from/)
  })
})

describe('ttl', () => {
  it.each([1, 3_155_760_000_000, null])('takes %s', (value) => {
    expect(ttl(value, 'ttl')).toBe(value)
  })

  it.each([0, -1, 0.5, 3_155_760_000_001, undefined])('refuses %s', (value) => {
    expect(() => ttl(value, 'ttl')).toThrow(/^ttl must be/)
  })
})

describe('record', () => {
  const point = record({
    x: integer(0, 9),
    label: optional(identifier),
    tags: optional(list(identifier)),
  })

  it('copies the members that it names', () => {
    const value = { x: 1, tags: ['a'] }
    const read = point(value, 'point')
    expect(read).toEqual(value)
    expect(read.tags).not.toBe(value.tags)
  })

  it('counts undefined as absent', () => {
    expect(Object.keys(point({ x: 1, label: undefined, other: undefined }, 'point'))).toEqual(['x'])
  })

  it('names the place of what is wrong', () => {
    expect(() => point({ x: 10 }, 'point')).toThrow('point.x must be an integer from 0 to 9')
    expect(() => point({ x: 1, tags: ['a', ''] }, 'point')).toThrow(/^point\.tags\[1\] must be/)
    expect(() => point({ x: 1, y: 2 }, 'point')).toThrow(
      'point.y must be absent: there is no such field',
    )
    expect(() => point([], 'point')).toThrow('point must be an object')
  })

  it('does not take an inherited member for one', () => {
    expect(() => point(Object.create({ x: 1 }), 'point')).toThrow(/point\.x/)
  })
})
