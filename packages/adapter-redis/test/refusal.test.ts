import { refusals } from '@holdfast/conformance'
import { expect, it } from 'vitest'
import { createRedisProvider, fromNodeRedis } from '../src/index.ts'
import type { Store } from './store.ts'
import { aSnapshot, aWorkflow, outcomeOf } from './support.ts'

// No server: a client that fails the test when it is asked.

let asked = 0
const ask = async (): Promise<never> => {
  asked += 1
  throw new Error('Asked')
}
const client = { evalsha: ask, eval: ask }
const store = createRedisProvider({ client }) as Store
const { maxPayloadBytes } = store.capabilities

const claim = { instanceId: 'i', workflowId: 'w', taskId: 't', workerId: 'v' }
const big = 'x'.repeat(maxPayloadBytes)
const aborted = { signal: AbortSignal.abort() }

it('what is outside the value domain is refused, and nothing is sent', async () => {
  const calls = refusals(store)
  expect(calls.length).toBeGreaterThan(1000)
  for (const [name, call] of calls)
    expect([name, await outcomeOf(call())]).toEqual([name, 'INVALID_VALUE'])
  expect(asked).toBe(0)
})

const cases: Readonly<Record<string, readonly [code: string, call: () => Promise<unknown>]>> = {
  'a cursor of another method': [
    'INVALID_VALUE',
    () => store.errors.list({ workflowId: 'w', cursor: 'x' }),
  ],
  'a fence on another snapshot': [
    'INVALID_VALUE',
    () =>
      store.snapshots.save(aSnapshot(), {
        fence: { ...claim, token: 1, claimedAt: 0, expiresAt: null },
      }),
  ],
  'a workflow that is too large': [
    'TOO_LARGE',
    () => store.workflows.create(aWorkflow({ data: big })),
  ],
  'a state that is too large': ['TOO_LARGE', () => store.snapshots.save(aSnapshot({ state: big }))],
  'an input that is too large': [
    'TOO_LARGE',
    () => store.snapshots.save(aSnapshot({ readyTasks: [{ taskId: 't', input: big }] })),
  ],
  'an error that is too large': [
    'TOO_LARGE',
    () => store.errors.append([{ workflowId: 'w', errorTime: 0, message: big }]),
  ],
  'an aborted signal': ['ABORTED', () => store.workflows.get('w', aborted)],
  'an aborted ensureStore': ['ABORTED', () => store.ensureStore(aborted)],
  'no ids': ['ok', () => store.workflows.getMany([])],
  'no errors': ['ok', () => store.errors.append([])],
}

it.each(Object.entries(cases))('%s: nothing is sent', async (_, [code, call]) => {
  expect(await outcomeOf(call())).toBe(code)
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
