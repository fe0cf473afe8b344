import { notRefused } from '@holdfast/conformance'
import { expect, it } from 'vitest'
import { createPostgresProvider } from '../src/index.ts'

// No server: a pool that fails the test when it is asked.

let asked = 0
const pool = {
  query: async () => {
    asked += 1
    throw new Error('Asked')
  },
}

it('what is outside the value domain is refused, and nothing is sent', async () => {
  expect(await notRefused(createPostgresProvider({ pool }))).toEqual([])
  expect(asked).toBe(0)
})

it.each([
  ['no source', {}],
  ['two sources', { pool, connectionString: 'postgres://localhost' }],
  ['a pool that is none', { pool: {} }],
  ['a connection string that is none', { connectionString: new URL('postgres://localhost') }],
])('%s is a TypeError', (_, options) => {
  expect(() => createPostgresProvider(options as never)).toThrow(TypeError)
})

it.each([
  ['empty', ''],
  ['too long', 'ü'.repeat(32)],
  ['with U+0000', 'a\u0000'],
  ['with a lone surrogate', '\udc00'],
  ['reserved', 'pg_mine'],
  ['a number', 7],
])('a schema that is %s is INVALID_VALUE', (_, schema) => {
  const open = (): unknown => createPostgresProvider({ pool, schema: schema as string })
  expect(open).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }))
})
