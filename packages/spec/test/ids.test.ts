import { describe, expect, it } from 'vitest'
import { commandKey, derivedId, newId } from '../src/index.ts'

const uuid = (version: number): RegExp =>
  new RegExp(`^[0-9a-f]{8}-[0-9a-f]{4}-${version}[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

describe('newId', () => {
  it('is a UUIDv7 of the present time', () => {
    const before = Date.now()
    const id = newId()
    expect(id).toMatch(uuid(7))
    const time = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
    expect(time).toBeGreaterThanOrEqual(before)
    expect(time).toBeLessThanOrEqual(Date.now())
  })

  it('does not come twice', () => {
    expect(new Set(Array.from({ length: 10_000 }, () => newId())).size).toBe(10_000)
  })

  it('follows from the request id, when there is one', () => {
    expect(newId('request-1')).toMatch(uuid(8))
    expect(newId('request-1')).toBe(newId('request-1'))
    expect(newId('request-1')).not.toBe(newId('request-2'))
  })
})

describe('derived keys are injective', () => {
  type Pair = readonly [string, string]
  it.each<{ left: Pair; right: Pair }>([
    { left: ['a', 'b_c'], right: ['a_b', 'c'] },
    { left: ['a', ''], right: ['', 'a'] },
    { left: ['a","b', 'c'], right: ['a', 'b","c'] },
  ])('$left and $right', ({ left, right }) => {
    expect(commandKey(...left)).not.toBe(commandKey(...right))
    expect(derivedId(...left)).not.toBe(derivedId(...right))
  })
})
