import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compressingCodec,
  copyJson,
  decodeBody,
  encodeBody,
  isPersistenceError,
  jsonCodec,
} from '../src/index.ts'

const codecs = [jsonCodec, compressingCodec(), compressingCodec({ threshold: 0 })]

describe.each(codecs)('codec $name', (codec) => {
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (body) => {
        const stored = encodeBody(codec, body, 1e6)
        expect(decodeBody(codec, stored, 'x')).toEqual(copyJson(body, 'body'))
      }),
    )
  })

  it('keeps lone surrogates and U+0000 out of the stored text', () => {
    const stored = encodeBody(codec, { a: '\ud800\0' }, 1e6)
    expect(stored.isWellFormed() && !stored.includes('\0')).toBe(true)
    expect(decodeBody(codec, stored, 'x')).toEqual({ a: '\ud800\0' })
  })

  it.each(['', 'garbage', '~@@', 'null', '[]', '"text"', '{"a":'])('calls %j corrupt', (stored) => {
    try {
      decodeBody(codec, stored, 'workflow 7')
      expect.unreachable()
    } catch (error) {
      expect(isPersistenceError(error, 'CORRUPT')).toBe(true)
      expect(String(error)).toContain('workflow 7')
    }
  })
})

describe('compressingCodec', () => {
  it('makes repetitive bodies small, and reads plain ones', () => {
    const body = {
      lines: Array.from({ length: 500 }, (_, index) => ({ sku: `A-${index % 7}`, count: 1 })),
    }
    const plain = encodeBody(jsonCodec, body, 1e6)
    const small = encodeBody(compressingCodec(), body, 1e6)
    expect(small.length).toBeLessThan(plain.length / 5)
    expect(decodeBody(compressingCodec(), plain, 'x')).toEqual(body)
  })
})

describe('encodeBody', () => {
  it('counts bytes of UTF-8 JSON, before the codec', () => {
    const body = { a: '€€' }
    const bytes = Buffer.byteLength(JSON.stringify(body))
    expect(() => encodeBody(jsonCodec, body, bytes)).not.toThrow()
    expect(() => encodeBody(compressingCodec({ threshold: 0 }), body, bytes - 1)).toThrow(
      `The record takes ${bytes} bytes of JSON; this store takes ${bytes - 1}`,
    )
  })
})
