import { notRefused } from '@holdfast/conformance'
import { expect, it } from 'vitest'
import { createOracleProvider, oracleSchema } from '../src/index.ts'

// No server: a pool that fails the test when it is asked.

let asked = 0
const pool = {
  getConnection: async () => {
    asked += 1
    throw new Error('Asked')
  },
}

it('what is outside the value domain is refused, and nothing is sent', async () => {
  expect(await notRefused(createOracleProvider({ pool }))).toEqual([])
  expect(asked).toBe(0)
})

const connect = { user: 'u', password: 'p', connectString: 'localhost:1521/FREEPDB1' }

it.each([
  ['no source', {}],
  ['two sources', { pool, connect }],
  ['a pool that is none', { pool: {} }],
  ['what is nothing to connect with', { connect: 'localhost:1521/FREEPDB1' }],
])('%s is a TypeError', (_, options) => {
  expect(() => createOracleProvider(options as never)).toThrow(TypeError)
})

const names = [
  ['empty', ''],
  ['too long', 'ü'.repeat(65)],
  ['with U+0000', 'a\u0000'],
  ['with a quote', 'a" (x number); drop table y; --'],
  ['with what looks like a bind', 'a:b'],
  ['with a lone surrogate', '\udc00'],
  ['a number', 7],
] as const

it.each(names)('a schema or a prefix that is %s is INVALID_VALUE', (_, name) => {
  const refused = expect.objectContaining({ code: 'INVALID_VALUE' })
  expect(() => createOracleProvider({ pool, schema: name as string })).toThrow(refused)
  expect(() => createOracleProvider({ pool, prefix: name as string })).toThrow(refused)
  expect(() => oracleSchema({ prefix: name as string })).toThrow(refused)
})
