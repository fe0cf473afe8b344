import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createMongoProvider, indexDefinitions } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { aWorkflow, openServer, type Server } from './support.ts'

let server: Server

beforeAll(async () => {
  server = await openServer()
})

afterAll(async () => server[Symbol.asyncDispose]())

/** Runs the test with a database of its own. */
async function withDatabase(run: (database: string) => Promise<void>): Promise<void> {
  const database = `ensure-${randomUUID()}`
  try {
    await run(database)
  } finally {
    await server.client.db(database).dropDatabase()
  }
}

async function indexesOf(database: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const entries = Object.keys(indexDefinitions()).map(async (name) => {
    const made = await server.client.db(database).collection(name).indexes()
    return [name, made.map(({ name: index = '' }) => index).toSorted()] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

const EXPECTED = Object.fromEntries(
  Object.entries(indexDefinitions()).map(([name, indexes]) => [
    name,
    ['_id_', ...indexes.map(({ name: index }) => index)].toSorted(),
  ]),
)

it('makes one store when twenty do it at once, on an empty database and on a store in use', async () => {
  await withDatabase(async (database) => {
    const clients = Array.from(
      { length: 20 },
      () => new MongoClient(server.url, { maxPoolSize: 1 }),
    )
    const stores = clients.map((client) => server.open({ client, database, namespace: 'one' }))
    await Promise.all(stores.map((store) => store.ensureStore()))
    expect(await indexesOf(database)).toEqual(EXPECTED)
    const [store] = stores
    const workflow = await store?.workflows.create(aWorkflow())
    await Promise.all(stores.map((each) => each.ensureStore()))
    expect(await store?.workflows.get(workflow?.id ?? '')).toEqual(workflow)
    expect(await indexesOf(database)).toEqual(EXPECTED)
    await Promise.all(clients.map((client) => client.close()))
  })
})

it('makes one store when several processes do it at once', async () => {
  await withDatabase(async (database) => {
    const program = fileURLToPath(new URL('fixtures/ensure.ts', import.meta.url))
    const flags = ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning']
    const processes = Array.from({ length: 4 }, () =>
      spawn(process.execPath, [...flags, program, server.url, database], { stdio: 'inherit' }),
    )
    const ends = await Promise.all(processes.map((child) => once(child, 'exit')))
    expect(ends.map(([code]) => code as number)).toEqual([0, 0, 0, 0])
    expect(await indexesOf(database)).toEqual(EXPECTED)
    const { workflows } = server.open({ database, namespace: 'shared' })
    expect((await workflows.list()).items).toHaveLength(4)
  })
})

it('makes the indexes of each database, not once for a process', async () => {
  await withDatabase(async (first) => {
    await withDatabase(async (second) => {
      await server.open({ database: first }).ensureStore()
      await server.open({ database: second }).ensureStore()
      expect(await indexesOf(second)).toEqual(EXPECTED)
    })
  })
})

it('refuses a store of another version, and leaves it alone', async () => {
  await withDatabase(async (database) => {
    const meta = server.client
      .db(database)
      .collection<{ _id: string; version: number }>('holdfast.meta')
    await meta.insertOne({ _id: 'old', version: 99 })
    await expect(server.open({ database, namespace: 'old' }).ensureStore()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
      message: expect.stringContaining('99') as string,
    })
    expect(await meta.find().toArray()).toEqual([{ _id: 'old', version: 99 }])
    expect(
      await server.client
        .db(database)
        .collection('holdfast.tasks')
        .indexes()
        .catch(() => []),
    ).toEqual([])
  })
})

it('is asked for by every call, until it was called on the database', async () => {
  await withDatabase(async (database) => {
    const store = server.open({ database })
    const bare = server.client.db(database)
    const calls = [
      () => store.workflows.create(aWorkflow()),
      () => store.claims.claimNext({ workerId: 'w', ttl: 1 }),
      () => store.workflows.list(),
    ]
    // A collection that somebody else made is no store.
    for (const prepare of [async () => {}, () => bare.createCollection('holdfast.tasks')]) {
      await prepare()
      for (const call of calls) {
        await expect(call()).rejects.toMatchObject({
          ...{ code: 'UNAVAILABLE', retryable: false, outcome: 'not-applied' },
          message: expect.stringContaining('ensureStore()') as string,
        })
      }
    }
    await store.ensureStore()
    for (const call of calls) await call()
  })
})

it('an administrator may make the indexes in its place', async () => {
  await withDatabase(async (database) => {
    for (const [name, indexes] of Object.entries(indexDefinitions())) {
      const described = indexes.map(({ key, ...options }) => ({ key: { ...key }, ...options }))
      await server.client.db(database).collection(name).createIndexes(described)
    }
    const store = server.open({ database })
    const workflow = await store.workflows.create(aWorkflow())
    expect(await store.workflows.get(workflow.id)).toEqual(workflow)
  })
})

it('stamps a namespace that was written to before', async () => {
  await withDatabase(async (database) => {
    await server.open({ database }).ensureStore()
    const store = createMongoProvider({ client: server.client, database }) as Store
    await store.events.create({ eventName: 'n', eventKey: 'k', eventTime: 0 })
    await store.ensureStore()
    const meta = server.client.db(database).collection<{ _id: string }>('holdfast.meta')
    expect(await meta.findOne({ _id: 'default' })).toMatchObject({ version: 1, arrival: 1 })
  })
})
