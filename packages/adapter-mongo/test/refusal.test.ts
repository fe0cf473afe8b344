import { notRefused } from '@holdfast/conformance'
import { expect, it } from 'vitest'
import { createMongoProvider } from '../src/index.ts'

// No server: a client that fails the test when it is asked.

let asked = 0
const ask = (): never => {
  asked += 1
  throw new Error('Asked')
}
const client = { db: ask, startSession: ask }

it('what is outside the value domain is refused, and nothing is sent', async () => {
  expect(await notRefused(createMongoProvider({ client }))).toEqual([])
})

it.each([
  ['no source', {}],
  ['two sources', { client, url: 'mongodb://localhost' }],
  ['a client that is none', { client: {} }],
  ['a database in place of a client', { client: { collection: ask } }],
  ['a url that is none', { url: new URL('mongodb://localhost') }],
])('%s is a TypeError', (_, options) => {
  expect(() => createMongoProvider(options as never)).toThrow(TypeError)
})

it.each([
  ['empty', ''],
  ['too long', 'x'.repeat(64)],
  ['with a slash', 'a/b'],
  ['with a dot', 'a.b'],
  ['with a blank', 'a b'],
  ['with a dollar', '$a'],
  ['with U+0000', 'a\0'],
  ['with a lone surrogate', '\udc00'],
  ['a number', 7],
])('a database that is %s is INVALID_VALUE', (_, database) => {
  const open = (): unknown => createMongoProvider({ client, database: database as string })
  expect(open).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }))
})
