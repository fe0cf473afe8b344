import { compareText } from '@holdfast/spec'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { falling, following, keyOf, orderOf, tieOf, within } from '../src/keys.ts'

const MAX_KEY = 512
/** What RFC 3986 calls unreserved: neither a URL, nor a query, nor a signature escapes it. */
const SAFE = /^[.~\w-]+$/

/** Ids of all lengths, of the characters that are escaped and of others. */
const id = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(
      'a',
      'z',
      'A',
      'Z',
      '0',
      '_',
      '-',
      '.',
      '~',
      '/',
      '~',
      '\u0001',
      'é',
      '\uffff',
      '😀',
    ),
    minLength: 1,
    maxLength: 12,
  }),
)

const longest = ['x', '/', '\uffff', '😀'].map((unit) => unit.repeat(255 / unit.length))

it('keys of the longest ids fit, and have no character that a key may not have', () => {
  fc.assert(
    fc.property(id, (short) => {
      for (const text of [...longest, short]) {
        const key = keyOf('T', -8.64e15, 8.64e15, text, text, text)
        expect(key.length).toBeLessThanOrEqual(MAX_KEY)
        expect(key).toMatch(SAFE)
        expect(keyOf('W', 'status', 0, falling(text)).length).toBeLessThanOrEqual(MAX_KEY)
      }
    }),
  )
})

it('keys are in the order of ids and of numbers, and falling ones in the other', () => {
  fc.assert(
    fc.property(id, id, fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b, m, n) => {
      const sign = Math.sign(compareText(a, b))
      expect(order(keyOf('K', a, 'x'), keyOf('K', b, 'x'))).toBe(sign)
      expect(order(keyOf('K', falling(a)), keyOf('K', falling(b)))).toBe(0 - sign)
      expect(order(orderOf(m), orderOf(n))).toBe(Math.sign(m - n))
    }),
  )
})

it('parts of keys do not run into each other', () => {
  fc.assert(
    fc.property(fc.array(id), fc.array(id), (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b)
      expect(keyOf('K', ...a) === keyOf('K', ...b)).toBe(same)
    }),
  )
})

it('ids that differ only where a key has no room have keys of their own, which are tied', () => {
  const [a, b] = [`${'😀'.repeat(100)}a`, `${'😀'.repeat(100)}b`]
  const range = within('K')
  expect(keyOf('K', a)).not.toBe(keyOf('K', b))
  expect(tieOf(keyOf('K', a), range)).toBe(tieOf(keyOf('K', b), range))
  expect(keyOf('K', falling(a))).not.toBe(keyOf('K', falling(b)))
  // A page that ends at one of them is followed by one that has both.
  for (const last of [a, b]) {
    const rest = following(range, keyOf('K', last))
    for (const other of [a, b]) expect(keyOf('K', other) > rest.from).toBe(true)
  }
})

it('a range has what begins with its parts, and nothing else', () => {
  fc.assert(
    fc.property(id, id, id, (a, b, c) => {
      const { from, to } = within('K', a)
      const key = keyOf('K', b, c)
      expect(key > from && key < to).toBe(a === b)
    }),
  )
})

function order(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
