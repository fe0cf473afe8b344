import { walkthrough } from '@holdfast/conformance'
import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '@holdfast/conformance'
import { aWorkflow, openServer, type Server } from './support.ts'
import { replicaSet, wrapped, type Call } from './wrapped.ts'

/** What takes more than one, where there are transactions. What is a part of one has a star; `commit` is a round trip. */
const TRIPS: Readonly<Record<string, string>> = {
  'workflows.create that conflicts': 'workflows.insertOne workflows.findOne',
  'workflows.update that is repeated': 'workflows.findOneAndUpdate workflows.findOne',
  'workflows.update that conflicts': 'workflows.findOneAndUpdate workflows.findOne',
  'workflows.update of what is not there': 'workflows.findOneAndUpdate workflows.findOne',
  'workflows.update with subscriptions':
    'workflows.findOne* subscriptions.find* workflows.findOneAndUpdate* subscriptions.insertMany* commit*',
  'events.create': 'meta.findOneAndUpdate events.insertOne',
  'subscriptions.findFirstOpen': 'subscriptions.findOne subscriptions.findOne',
  'commands.process': 'commands.findOne commands.findOneAndUpdate commands.deleteOne',
  'commands.process of a handler that fails':
    'commands.findOne commands.findOneAndUpdate commands.findOne commands.updateOne',
  'commands.process of nothing': 'commands.findOne commands.findOneAndUpdate',
  'snapshots.save, first': 'snapshots.insertOne* meta.findOneAndUpdate tasks.bulkWrite* commit*',
  'snapshots.save, fenced':
    'snapshots.findOne* tasks.updateOne* snapshots.findOneAndUpdate* tasks.find* commit*',
  'snapshots.save, fenced by a claim that is lost': 'snapshots.findOne* tasks.updateOne*',
  'snapshots.delete': 'snapshots.deleteOne* tasks.deleteMany* commit*',
  'claims.findAvailable': 'tasks.find tasks.find',
  'claims.claim that is refused': 'tasks.findOneAndUpdate tasks.findOne',
  'claims.claimNext': 'tasks.findOne tasks.findOneAndUpdate',
  'claims.claimNext, the last': 'tasks.findOne tasks.findOneAndUpdate',
  'claims.claimNext of nothing': 'tasks.findOne tasks.findOneAndUpdate tasks.findOne',
  'errors.append': 'meta.findOneAndUpdate errors.find* errors.insertMany* commit*',
  'workflows.delete':
    'workflows.findOne workflows.deleteOne* subscriptions.deleteMany* commands.deleteMany* errors.deleteMany* ' +
    'steps.deleteMany* outputs.deleteMany* state.deleteMany* snapshots.deleteMany* tasks.deleteMany* commit*',
}

let server: Server
let calls: string[] = []

beforeAll(async () => {
  server = await openServer()
})

afterAll(async () => server[Symbol.asyncDispose]())

const note = async <T>(
  { collection, method, inTransaction }: Call,
  send: () => Promise<T>,
): Promise<T> => {
  const name = collection === '' ? method : `${collection}.${method}`
  calls.push(inTransaction ? `${name}*` : name)
  return send()
}

/** What each call sends. */
async function sent(store: Store): Promise<ReadonlyMap<string, readonly string[]>> {
  await store.ensureStore()
  await store.workflows.get('anything')
  const found = new Map<string, readonly string[]>()
  for (const { name, run } of walkthrough(store)) {
    calls = []
    await run()
    found.set(name, calls)
  }
  return found
}

describe('each call is one round trip', () => {
  it('or those that are said, of a replica set', async () => {
    const trips = await sent(server.open({ client: replicaSet(server.client, note) }))
    trips.forEach((made, name) => {
      if (name.startsWith('ensureStore')) return
      if (name in TRIPS) expect([name, made.join(' ')]).toEqual([name, TRIPS[name]])
      else expect([name, made]).toEqual([name, [expect.not.stringContaining('*')]])
    })
    expect([...trips.keys()]).toEqual(expect.arrayContaining(Object.keys(TRIPS)))
  })

  it.skipIf(process.env.HOLDFAST_MONGO_GRADE === 'real')(
    'and one more of a standalone server, which is asked first for what others have left',
    async () => {
      const trips = await sent(server.open({ client: wrapped(server.client, note) }))
      trips.forEach((made, name) => {
        if (name === 'ping' || name.startsWith('ensureStore') || name in TRIPS) return
        expect([name, made]).toEqual([name, ['units.find', expect.anything()]])
      })
    },
  )
})

it('a page is one command, however long it is', async () => {
  const client = new MongoClient(server.url, { monitorCommands: true })
  const commands: string[] = []
  client.on('commandStarted', ({ commandName }) => commands.push(commandName))
  try {
    const { workflows } = server.open({ client })
    for (let n = 0; n < 150; n += 1) await workflows.create(aWorkflow())
    commands.length = 0
    expect((await workflows.getRunnable({ asOf: 0, limit: 140 })).items).toHaveLength(140)
    expect((await workflows.list({ limit: 140 })).items).toHaveLength(140)
    // The driver's own batches have 101 documents.
    expect(commands).not.toContain('getMore')
    expect(commands).toContain('find')
  } finally {
    await client.close()
  }
})
