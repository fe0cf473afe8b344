import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compressingCodec,
  copyJson,
  decodeBody,
  encodeBody,
  isPersistenceError,
  jsonCodec,
  present,
} from '../src/index.ts'

const codecs = [jsonCodec, compressingCodec(), compressingCodec({ threshold: 0 })]

describe.each(codecs)('codec $name', (codec) => {
  const format = { codec, maxPayloadBytes: 1e6 }

  it('gives back what it was given', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (body) => {
        const stored = encodeBody(body, format)
        expect(decodeBody(stored, 'x', format)).toEqual(copyJson(body, 'body'))
      }),
    )
  })

  it('keeps lone surrogates and U+0000 out of the stored text', () => {
    const stored = encodeBody({ a: '\ud800\0' }, format)
    expect(stored.isWellFormed() && !stored.includes('\0')).toBe(true)
    expect(decodeBody(stored, 'x', format)).toEqual({ a: '\ud800\0' })
  })

  it.each([
    ...[[''], ['garbage'], ['~@@'], ['null'], ['[]'], ['"text"'], ['{"a":']],
    ...[[null], [undefined], [7], [{ a: 1 }]],
  ] as [unknown][])('calls %j corrupt', (stored) => {
    try {
      decodeBody(stored, 'workflow 7', format)
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
    const compressed = { codec: compressingCodec(), maxPayloadBytes: 1e6 }
    const plain = encodeBody(body, { codec: jsonCodec, maxPayloadBytes: 1e6 })
    const small = encodeBody(body, compressed)
    expect(small.length).toBeLessThan(plain.length / 5)
    expect(decodeBody(plain, 'x', compressed)).toEqual(body)
  })
})

describe('encodeBody', () => {
  it('counts bytes of UTF-8 JSON, before the codec', () => {
    const body = { a: '€€' }
    const bytes = Buffer.byteLength(JSON.stringify(body))
    const codec = compressingCodec({ threshold: 0 })
    expect(() => encodeBody(body, { codec: jsonCodec, maxPayloadBytes: bytes })).not.toThrow()
    expect(() => encodeBody(body, { codec, maxPayloadBytes: bytes - 1 })).toThrow(
      `The record takes ${bytes} bytes of JSON; this store takes ${bytes - 1}`,
    )
  })
})

it('present leaves out what is null, and nothing else', () => {
  const members = { a: null, b: '', c: 0, d: false, e: [] }
  expect(present(members)).toStrictEqual({ b: '', c: 0, d: false, e: [] })
})
