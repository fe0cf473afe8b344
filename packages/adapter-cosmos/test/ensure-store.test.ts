import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDatabase } from '../src/database.ts'
import { containerDefinition, type CosmosClient } from '../src/index.ts'
import { STORE } from '../src/schema.ts'
import { aWorkflow, openServer, outcomeOf, type Server } from './support.ts'

let server: Server

beforeAll(async () => {
  server = await openServer()
})

afterAll(async () => server[Symbol.asyncDispose]())

it('makes one store when twenty do it at once, on an empty account and on a store in use', async () => {
  const place = { database: `twenty ${randomUUID()}`, namespace: 'n' }
  const stores = Array.from({ length: 20 }, () =>
    server.open({ ...place, client: server.openClient() }),
  )
  await Promise.all(stores.map((store) => store.ensureStore()))
  const workflow = await server.open(place).workflows.create(aWorkflow())
  await server.open(place).events.create({ eventName: 'n', eventKey: 'k', eventTime: 0 })
  await Promise.all(stores.map((store) => store.ensureStore()))
  expect(await server.open(place).workflows.get(workflow.id)).toEqual(workflow)
  const database = server.client.database(place.database)
  const { resource } = await database.container('holdfast').read()
  expect(resource).toMatchObject(containerDefinition('holdfast'))
  await database.delete()
})

it('makes one store for several processes', async () => {
  const place = { database: `processes ${randomUUID()}`, namespace: 'n' }
  const fixture = fileURLToPath(new URL('fixtures/ensure.ts', import.meta.url))
  const flags = ['--experimental-strip-types', '--conditions=@holdfast/source']
  const args = [...flags, '--no-warnings', fixture, server.url, place.database, place.namespace]
  const run = async (): Promise<string> =>
    text(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] }).stdout)
  // On an empty account, and on what these have made.
  const ids = await Promise.all([run(), run(), run()])
  ids.push(...(await Promise.all([run(), run(), run()])))
  const { items } = await server.open(place).workflows.getRunnable({ asOf: 1 })
  expect(items.toSorted()).toEqual(ids.toSorted())
  await server.client.database(place.database).delete()
})

it('refuses a store of another version, and leaves it alone', async () => {
  const namespace = randomUUID()
  await server.make({ namespace })
  const { main } = openDatabase(
    { client: server.client },
    { database: server.database, container: 'holdfast', namespace, clock: null },
  )
  await main.patch(STORE, { set: { version: 99 } })
  await expect(server.open({ namespace }).ensureStore()).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining('99') as string,
  })
  expect(await main.read(STORE)).toMatchObject({ version: 99 })
})

it('takes a container that was provisioned, and refuses one with another partition key', async () => {
  const { containers } = server.client.database(server.database)
  await server.make()
  await containers.create(containerDefinition('provisioned') as never)
  const store = await server.make({ container: 'provisioned' })
  expect((await store.workflows.create(aWorkflow())).version).toBe(1)
  await containers.create({ id: 'foreign', partitionKey: { paths: ['/tenant'] } })
  await expect(server.open({ container: 'foreign' }).ensureStore()).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining('/pk') as string,
  })
})

it('makes nothing where a container was provisioned, which is a right that an identity may lack', async () => {
  const refuse = async (): Promise<never> => {
    throw Object.assign(new Error('Not allowed'), { code: 403, substatus: 5300 })
  }
  const client: CosmosClient = {
    databases: { createIfNotExists: refuse },
    database: (id) => ({
      container: (name) => server.client.database(id).container(name),
      containers: { createIfNotExists: refuse },
    }),
  }
  await server.make()
  await server.make({ client })
  await expect(server.make({ client, container: 'missing' })).rejects.toMatchObject({
    ...{ code: 'UNAVAILABLE', retryable: false },
    message: expect.stringContaining('containerDefinition') as string,
  })
})

it('says of a store that is not there that ensureStore was not called', async () => {
  const store = server.open({ database: randomUUID() })
  const id = 'x'
  const waiting = { workflowId: id, stepId: 's', executionPointerId: 'p', subscribeAsOf: 0 }
  const topic = { eventName: 'n', eventKey: 'k' }
  const workflow = { ...aWorkflow(), id, version: 1 }
  const subscriptions = [{ ...topic, ...waiting }]
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    ping: () => store.ping(),
    read: () => store.workflows.get(id),
    create: () => store.workflows.create(aWorkflow()),
    list: () => store.workflows.list(),
    update: () => store.workflows.update(workflow),
    batch: () => store.workflows.update(workflow, { subscriptions }),
    upsert: () => store.state.set({ workflowId: id, key: 'k', value: 1 }),
    delete: () => store.subscriptions.terminate(id),
  }
  for (const [name, call] of Object.entries(calls)) {
    const error: unknown = await call().catch((thrown: unknown) => thrown)
    expect([name, error]).toMatchObject([name, { code: 'UNAVAILABLE', retryable: false }])
    expect(String(error)).toContain('ensureStore')
  }
  // A namespace of its own has no numbers of arrival yet.
  await server.make()
  const fresh = server.open()
  const error = { workflowId: id, errorTime: 0, message: 'm' }
  expect(await outcomeOf(fresh.errors.append([error]))).toBe('UNAVAILABLE')
})
