import { notRefused } from '@holdfast/conformance'
import { expect, it } from 'vitest'
import { createRedisProvider, fromNodeRedis } from '../src/index.ts'

// No server: a client that fails the test when it is asked.

let asked = 0
const ask = async (): Promise<never> => {
  asked += 1
  throw new Error('Asked')
}
const client = { evalsha: ask, eval: ask }

it('what is outside the value domain is refused, and nothing is sent', async () => {
  expect(await notRefused(createRedisProvider({ client }))).toEqual([])
  expect(asked).toBe(0)
})

it.each([
  ['no source', {}],
  ['two sources', { client, url: 'redis://localhost' }],
  ['a client that is none', { client: {} }],
  ['a client of node-redis as it is', { client: { evalSha: ask, eval: ask } }],
  ['a url that is none', { url: new URL('redis://localhost') }],
])('%s is a TypeError', (_, options) => {
  expect(() => createRedisProvider(options as never)).toThrow(TypeError)
})

it('fromNodeRedis takes a client of node-redis only', () => {
  expect(() => fromNodeRedis(client as never)).toThrow(TypeError)
  expect(() => fromNodeRedis(undefined as never)).toThrow(TypeError)
})

it.each([
  ['empty', ''],
  ['too long', 'x'.repeat(64)],
  ['with a lone surrogate', '\udc00'],
  ['a number', 7],
])('a prefix that is %s is INVALID_VALUE', (_, prefix) => {
  const open = (): unknown => createRedisProvider({ client, prefix: prefix as string })
  expect(open).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }))
})
