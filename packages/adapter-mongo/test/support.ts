import { randomUUID } from 'node:crypto'
import type { NewSnapshot, NewWorkflow } from '@holdfast/spec'
import { available } from '@holdfast/testbed'
import { MongoClient, type Db } from 'mongodb'
import { createMongoProvider, type MongoProviderOptions } from '../src/index.ts'
import type { Store } from './store.ts'

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

export function aWorkflow(change: Partial<NewWorkflow> = {}): NewWorkflow {
  return {
    id: randomUUID(),
    definitionId: 'order',
    status: 'runnable',
    nextExecution: 0,
    pointers: [],
    ...change,
  }
}

export function aSnapshot(change: Partial<NewSnapshot> = {}): NewSnapshot {
  return {
    instanceId: randomUUID(),
    workflowId: 'order',
    status: 'running',
    definitionHash: 'hash-1',
    state: { step: 1 },
    readyTasks: [{ taskId: 'task-1' }],
    version: 0,
    ...change,
  }
}

/** The code of the error that a call ends with, or `'ok'`. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'ok'
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error)
  }
}
