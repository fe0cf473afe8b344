import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTableStorageProvider } from '../src/index.ts'
import { keyOf, partitionsOf } from '../src/keys.ts'
import type { Store } from '@holdfast/conformance'
import { aWorkflow, openClient, openService, tableName, type Service } from './support.ts'

let service: Service

beforeAll(async () => {
  service = await openService()
})

afterAll(async () => service[Symbol.asyncDispose]())

it('makes one store when twenty do it at once, on an empty account and on a store in use', async () => {
  const client = openClient(service.url, tableName())
  const namespace = randomUUID()
  const stores = Array.from({ length: 20 }, () => service.open(client, { namespace }))
  await Promise.all(stores.map(async (store) => store.ensureStore()))
  const [store = service.open(client)] = stores
  const workflow = await store.workflows.create(aWorkflow())
  await Promise.all(stores.map(async (other) => other.ensureStore()))
  expect(await store.workflows.get(workflow.id)).toEqual(workflow)
  const stamp = await client.getEntity(partitionsOf(namespace).main, keyOf('M'))
  expect(stamp.version).toBe('1')
})

it('makes one store when several processes do it at once', async () => {
  const table = tableName()
  const program = `
    import { createTableStorageProvider } from ${JSON.stringify(import.meta.resolve('../src/index.ts'))}
    const [connectionString, tableName] = process.argv.slice(1)
    const store = createTableStorageProvider({ connectionString, tableName })
    await Promise.all(Array.from({ length: 5 }, () => store.ensureStore()))
    await store.state.set({ workflowId: 'w', key: String(process.pid), value: 1 })
  `
  const run = async (): Promise<unknown> =>
    promisify(execFile)(process.execPath, [
      ...['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning'],
      ...['--input-type=module', '--eval', program, service.url, table],
    ])
  // On an empty account, and on what these have made.
  for (const _ of ['empty', 'filled']) await Promise.all([run(), run(), run()])
  const store = createTableStorageProvider({ connectionString: service.url, tableName: table })
  expect(await store.state?.getAll('w')).toHaveLength(6)
})

it('refuses a store of another version, and leaves it alone', async () => {
  const client = await service.openTable()
  const namespace = randomUUID()
  const partitionKey = partitionsOf(namespace).main
  await client.createEntity({ partitionKey, rowKey: keyOf('M'), version: '99' })
  await expect(service.open(client, { namespace }).ensureStore()).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining('99') as string,
  })
  expect((await client.getEntity(partitionKey, keyOf('M'))).version).toBe('99')
})

it('makes no table where there is one, which is a right that a user may lack', async () => {
  const client = await service.openTable()
  const createTable = async (): Promise<never> => {
    throw new Error('Not allowed')
  }
  const limited = new Proxy(client, {
    get: (target, name) => {
      if (name === 'createTable') return createTable
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  await service.open(limited).ensureStore()
})

it('says what to do when nobody has called it', async () => {
  const store: Store = service.open(openClient(service.url, tableName()))
  const missing = { code: 'UNAVAILABLE', retryable: false, outcome: 'not-applied' }
  for (const call of [
    () => store.workflows.get('w'),
    () => store.workflows.create(aWorkflow()),
    () => store.workflows.getRunnable({ asOf: 0 }),
    () => store.state.delete({ workflowId: 'w', key: 'k' }),
    () => store.ping(),
  ]) {
    const message = expect.stringContaining('ensureStore') as string
    await expect(call()).rejects.toMatchObject({ ...missing, message })
  }
})
