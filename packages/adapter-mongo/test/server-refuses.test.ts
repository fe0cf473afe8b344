import type { ErrorCode, Outcome } from '@holdfast/spec'
import { MongoClient } from 'mongodb'
import { MongoClient as OldestClient } from 'mongodb-oldest'
import { describe, expect, it } from 'vitest'
import { createMongoProvider, type MongoClient as AnyClient } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { refusal, startFake, type Answers } from './fake-server.ts'
import { aWorkflow } from './support.ts'

// Users, members of a replica set and servers of other versions, which the stand-in has not. What a server says of them
// is played here; the drivers are real.

interface Case {
  readonly answers?: Answers
  readonly hello?: object
  readonly credentials?: string
  readonly options?: string
  readonly call: (store: Store) => Promise<unknown>
  readonly expected: readonly [ErrorCode, retryable: boolean, Outcome, says: string]
}

const ensure = (store: Store): Promise<unknown> => store.ensureStore()
const create = (store: Store): Promise<unknown> => store.workflows.create(aWorkflow())
const read = (store: Store): Promise<unknown> => store.workflows.get('w')

const unauthorized = refusal(13, 'Unauthorized', 'not authorized on app to execute command')
const RIGHTS = 'it needs readWrite on the database'
const notPrimary = refusal(10107, 'NotWritablePrimary', 'not primary')
const secondary = { isWritablePrimary: false, secondary: true }

const cases: Readonly<Record<string, Case>> = {
  'a wrong password': {
    answers: { saslStart: refusal(18, 'AuthenticationFailed', 'Authentication failed.') },
    hello: { saslSupportedMechs: ['SCRAM-SHA-256'] },
    credentials: 'user:wrong@',
    call: read,
    expected: ['UNAVAILABLE', false, 'not-applied', 'check user, password and authSource'],
  },
  'a user who may not read': {
    answers: { find: unauthorized },
    call: read,
    expected: ['UNAVAILABLE', false, 'not-applied', RIGHTS],
  },
  'a user who may not write': {
    answers: { insert: unauthorized },
    call: create,
    expected: ['UNAVAILABLE', false, 'not-applied', RIGHTS],
  },
  'a user who may not make indexes': {
    answers: { createIndexes: unauthorized },
    call: ensure,
    expected: ['UNAVAILABLE', false, 'not-applied', RIGHTS],
  },
  'an index of somebody else': {
    answers: { createIndexes: refusal(85, 'IndexOptionsConflict', 'An index of this name') },
    call: ensure,
    expected: [
      'UNAVAILABLE',
      false,
      'not-applied',
      'an index of this name that somebody else made',
    ],
  },
  'a replica that takes reads only': {
    answers: { insert: notPrimary },
    hello: secondary,
    options: '&directConnection=true',
    call: create,
    expected: ['UNAVAILABLE', true, 'not-applied', 'connect to the replica set'],
  },
  'a replica set without a primary': {
    hello: secondary,
    call: create,
    expected: ['UNAVAILABLE', true, 'not-applied', 'no server that takes writes'],
  },
  'a server of an old version': {
    hello: { maxWireVersion: 6 },
    call: read,
    expected: ['UNAVAILABLE', false, 'not-applied', 'does not know this version of the server'],
  },
}

interface OwnClient extends AnyClient {
  close(): Promise<void>
}

const clients: Readonly<Record<string, (url: string) => OwnClient>> = {
  'the newest driver': (url) => new MongoClient(url),
  'the oldest driver': (url) => new OldestClient(url),
}

describe.each(Object.entries(clients))('by %s', (_, connect) => {
  it.each(Object.entries(cases))('%s is said to be that', async (__, one) => {
    const { answers = {}, hello, credentials = '', options = '', call, expected } = one
    await using server = await startFake(answers, hello)
    const url = `mongodb://${credentials}${server.address}/?serverSelectionTimeoutMS=500${options}`
    const client = connect(url)
    const [code, retryable, outcome, says] = expected
    try {
      const store = createMongoProvider({ client, database: 'app' }) as Store
      await expect(call(store)).rejects.toMatchObject({
        ...{ code, retryable, outcome },
        message: expect.stringContaining(says) as string,
      })
    } finally {
      await client.close()
    }
  })
})
