import { notRefused } from '@holdfast/conformance'
import { expect, it } from 'vitest'
import { createCosmosProvider } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, outcomeOf } from './support.ts'

// No account: a client that fails the test when it is asked.

let asked = 0
const ask = (): never => {
  asked += 1
  throw new Error('Asked')
}
const client = { database: ask, databases: { createIfNotExists: ask } }
const store = createCosmosProvider({ client }) as Store
const { maxPayloadBytes } = store.capabilities
const big = 'x'.repeat(maxPayloadBytes)

it('what is outside the value domain is refused, and nothing is sent', async () => {
  expect(await notRefused(store)).toEqual([])
  expect(asked).toBe(0)
})

const cases: Readonly<Record<string, () => Promise<unknown>>> = {
  'a workflow': () => store.workflows.create(aWorkflow({ data: big })),
  'a state': () => store.snapshots.save(aSnapshot({ state: big })),
  'an input': () => store.snapshots.save(aSnapshot({ readyTasks: [{ taskId: 't', input: big }] })),
  'an event': () => store.events.create({ eventName: 'n', eventKey: 'k', eventTime: 0, data: big }),
  'an error': () => store.errors.append([{ workflowId: 'w', errorTime: 0, message: big }]),
}

it.each(Object.entries(cases))('%s that is too large: nothing is sent', async (_, call) => {
  expect(await outcomeOf(call())).toBe('TOO_LARGE')
  expect(asked).toBe(0)
})

it.each([
  ['no source', {}],
  ['two sources', { client, connectionString: 'AccountEndpoint=x;AccountKey=y;' }],
  ['a client that is none', { client: {} }],
  ['a connection string that is none', { connectionString: new URL('https://localhost') }],
])('%s is a TypeError', (_, options) => {
  expect(() => createCosmosProvider(options as never)).toThrow(TypeError)
})

it.each([
  ['an empty database', { database: '' }],
  ['a database with a slash', { database: 'a/b' }],
  ['a container that is a number', { container: 7 as never }],
  ['a container with a blank at its end', { container: 'a ' }],
  ['a container that is too long', { container: 'x'.repeat(256) }],
])('%s is INVALID_VALUE', (_, options) => {
  expect(() => createCosmosProvider({ client, ...options })).toThrow(
    expect.objectContaining({ code: 'INVALID_VALUE' }),
  )
})
