import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../src/parse-json.ts'

/** Names that share beginnings, so that one object looks like another that was parsed before it. */
const name = fc.string({
  unit: fc.constantFrom('\\', '"', '\t', '\n', '#', ':', 'a', '\u0001', '\u2028', '\ud800', '1'),
  maxLength: 3,
})

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(0, null, '', '\\', '"', 'a":'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(name, fc.constant('__proto__')), tie('value'), { maxKeys: 4 }),
  ),
}))

describe('parseJson', () => {
  it('gives back every name, whatever was parsed before', () => {
    // What Node 24 gets wrong: the second takes the last name of the first.
    expect(parseJson(JSON.stringify({ k: 0, '\\': 0 }))).toEqual({ k: 0, '\\': 0 })
    expect(parseJson(JSON.stringify({ k: 0, '\t': 0 }))).toEqual({ k: 0, '\t': 0 })
    fc.assert(
      fc.property(value, (sent) => {
        const text = JSON.stringify(sent)
        expect(JSON.stringify(parseJson(text))).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })

  it('keeps a member that is called __proto__ beside one with an escape', () => {
    const text = '{"\\n":1,"__proto__":{"x":1}}'
    expect(Object.keys(parseJson(text) as object)).toEqual(['\n', '__proto__'])
  })

  it('takes long strings of escapes', () => {
    const sent = { text: '\\"'.repeat(2e6), '\n': 'x'.repeat(4e6) }
    expect(parseJson(JSON.stringify(sent))).toEqual(sent)
  })

  it.each(['', '\\', '{"\\', '{"\\":', '{\\":1}', '"\\":', '{"a\\n":}'])('refuses %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError)
  })
})
