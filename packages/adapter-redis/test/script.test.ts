import { readFileSync, readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashTag } from '../src/options.ts'
import { join, numberOf, orderOf, split } from '../src/order.ts'
import { lua, pack, script } from '../src/script.ts'

const bytes = (text: string): Buffer => Buffer.from(text)

describe('script', () => {
  it('declares the keys and the parameters that it names, each once', () => {
    const made = script('x', lua`call(@a.b, $one)`, lua`call(@c, @a.b, $two, $one, $*)`)
    expect(made).toMatchObject({ keys: ['a.b', 'c'], params: ['one', 'two'] })
    expect(made.text).toBe('call(KEYS[1], ARGV[1])\ncall(KEYS[2], KEYS[1], ARGV[2], ARGV[1], 3)')
  })

  it('leaves escapes to Lua', () => {
    expect(script('x', lua`return '\0\255'`).text).toBe(String.raw`return '\0\255'`)
  })

  it('takes many fields as one argument', () => {
    expect(pack(['a', 7, null, 'é:', '\0'])).toBe('1:a1:70:3:é:1:\0')
    expect(pack([])).toBe('')
  })

  it('is the same for the same text', () => {
    expect(script('x', 'return 1').sha).toBe('e0e1f9fabfc9d4800c877a703b823ac0578ff8db')
  })
})

it('no script reads all keys, makes up a key, or looks into a body', () => {
  const sources = new URL('../src/', import.meta.url)
  for (const file of readdirSync(sources)) {
    const text = readFileSync(new URL(file, sources), 'utf8')
    expect(text).not.toMatch(/'(KEYS|SCAN|HGETALL|HKEYS|HVALS|SMEMBERS)'|cjson|cmsgpack/)
  }
})

describe('the order of bytes', () => {
  const integer = fc.maxSafeInteger()
  // Ids: well-formed, without U+0000.
  const id = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 6 })
    .map((text) => text.replaceAll('\0', 'x'))

  it('is that of integers', () => {
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        expect(Math.sign(Buffer.compare(bytes(orderOf(a)), bytes(orderOf(b))))).toBe(
          Math.sign(a - b) || 0,
        )
        expect(numberOf(`${orderOf(a)}x`)).toBe(a)
      }),
    )
  })

  it.each([0, -1, 1, 8.64e15, -8.64e15, 2 ** 53 - 1, 1 - 2 ** 53])('keeps %d', (value) => {
    expect(numberOf(orderOf(value))).toBe(value)
    expect(orderOf(value)).toHaveLength(17)
  })

  it('is that of lists of ids, and tells them apart', () => {
    const list = fc.tuple(id, id, id)
    fc.assert(
      fc.property(list, list, (a, b) => {
        const parts = a.map((part, index) => Buffer.compare(bytes(part), bytes(b[index] ?? '')))
        const order = parts.find((part) => part !== 0) ?? 0
        expect(Buffer.compare(bytes(join(...a)), bytes(join(...b)))).toBe(order)
        expect(split(join(...a))).toEqual(a)
      }),
    )
  })
})

describe('hashTag', () => {
  it('is one hash tag, whatever the names', () => {
    expect(hashTag('holdfast', 'default')).toBe('{holdfast:default}')
    for (const name of ['}', '{', 'a:b', '', 'é', '%7D', ' ']) {
      expect(hashTag('p', name)).toMatch(/^\{[^{}]+\}$/)
    }
  })

  it('tells all pairs of names apart', () => {
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(name, name, name, name, (a, b, c, d) => {
        expect(hashTag(a, b) === hashTag(c, d)).toBe(a === c && b === d)
      }),
    )
  })
})
