import { refusals } from '@holdfast/conformance'
import { expect, it } from 'vitest'
import { createPostgresProvider } from '../src/index.ts'
import type { Store } from './store.ts'
import { aSnapshot, aWorkflow, outcomeOf } from './support.ts'

// No server: a pool that fails the test when it is asked.

let asked = 0
const pool = {
  query: async () => {
    asked += 1
    throw new Error('Asked')
  },
}
const store = createPostgresProvider({ pool }) as Store
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
