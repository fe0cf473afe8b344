import { notRefused } from '@holdfast/conformance'
import { beforeEach, expect, it } from 'vitest'
import { createTableStorageProvider } from '../src/index.ts'

// No service: a client that fails the test when it is asked.

let asked = 0
beforeEach(() => {
  asked = 0
})
const ask = (): never => {
  asked += 1
  throw new Error('Asked')
}
const client = {
  ...{ createTable: ask, getEntity: ask, listEntities: ask },
  ...{ submitTransaction: ask, deleteEntity: ask },
}
const connectionString = 'UseDevelopmentStorage=true'

it('what is outside the value domain is refused, and nothing is sent', async () => {
  expect(await notRefused(createTableStorageProvider({ client }))).toEqual([])
  expect(asked).toBe(0)
})

it('a record that the codec makes larger than a row is TOO_LARGE, and nothing is sent', async () => {
  const codec = {
    name: 'twice',
    encode: (json: string) => json + json,
    decode: (stored: string) => stored.slice(0, stored.length / 2),
  }
  const { state } = createTableStorageProvider({ client, codec })
  const set = state?.set({ workflowId: 'w', key: 'k', value: 'x'.repeat(500_000) })
  await expect(set).rejects.toMatchObject({ code: 'TOO_LARGE', outcome: 'not-applied' })
  expect(asked).toBe(0)
})

it.each([
  ['no source', {}],
  ['two sources', { client, connectionString }],
  ['a client that is none', { client: {} }],
  ['a connection string that is none', { connectionString: 7 }],
  ['a client and the name of a table', { client, tableName: 'other' }],
])('%s is a TypeError', (_, options) => {
  expect(() => createTableStorageProvider(options as never)).toThrow(TypeError)
})

it.each(['ab', '1abc', 'with-dash', 'é'.repeat(5), 'x'.repeat(64)])(
  'the name %s of a table is INVALID_VALUE',
  (tableName) => {
    const open = (): unknown => createTableStorageProvider({ connectionString, tableName })
    expect(open).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }))
  },
)
