import { randomUUID } from 'node:crypto'
import { available } from '@holdfast/testbed'
import { MongoClient, type Db } from 'mongodb'
import { createMongoProvider, type MongoProviderOptions } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'

/** A server for tests. */
export interface Server extends AsyncDisposable {
  readonly url: string
  /** `stand-in`, or `real` where somebody gives us one. */
  readonly grade: string
  readonly client: MongoClient
  /** The database of this test file. */
  readonly database: Db
  /** A provider with a namespace of its own, on the client and the database above unless others are given. */
  open(options?: Partial<Omit<MongoProviderOptions, 'url'>>): Store
}

/** @throws when this machine has no MongoDB and no stand-in */
export async function openServer(): Promise<Server> {
  const engine = await available('mongo')
  if (engine.grade === 'none') throw new Error(engine.reason)
  const client = new MongoClient(engine.url)
  const database = client.db(`test-${randomUUID()}`)
  await createMongoProvider({ client, database: database.databaseName }).ensureStore()
  return {
    ...{ url: engine.url, grade: engine.grade, client, database },
    open: ({ client: other, ...options } = {}) =>
      createMongoProvider({
        ...{ namespace: randomUUID(), database: database.databaseName },
        ...options,
        client: other ?? client,
      }) as Store,
    async [Symbol.asyncDispose]() {
      await database.dropDatabase()
      await client.close()
      await engine[Symbol.asyncDispose]()
    },
  }
}

export { aSnapshot, aWorkflow, outcomeOf } from '@holdfast/conformance'
