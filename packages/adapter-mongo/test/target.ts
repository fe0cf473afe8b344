import { randomUUID } from 'node:crypto'
import type { Endpoint, StoredRecord, Target } from '@holdfast/conformance'
import { compressingCodec, type ProviderOptions } from '@holdfast/spec'
import { EngineError, available, type Engine } from '@holdfast/testbed'
import { MongoClient } from 'mongodb'
import { MongoClient as OldestClient } from 'mongodb-oldest'
import oldest from 'mongodb-oldest/package.json' with { type: 'json' }
import { createMongoProvider, type MongoClient as AnyClient } from '../src/index.ts'
import { join, ownedBy } from '../src/keys.ts'
import { replicaSet } from './wrapped.ts'

/** The collections that hold the bodies of a repository's records. */
const BODIES: Readonly<Record<StoredRecord['repository'], readonly string[]>> = {
  workflows: ['workflows'],
  steps: ['steps', 'outputs'],
  state: ['state'],
  events: ['events'],
  subscriptions: ['subscriptions'],
  commands: ['commands'],
  snapshots: ['snapshots'],
  claims: ['tasks'],
  errors: ['errors'],
}

interface Variant {
  readonly name: string
  /** What the name of the database begins with. */
  readonly database: string
  options(clock: () => number): ProviderOptions
  /** @default a client of the newest driver */
  readonly connect?: (url: string) => Client
  /** @default the client as it is */
  readonly dress?: (client: AnyClient) => AnyClient
  /** How the server is reached by another way: by a client of the provider's own, or by one that is handed in. */
  readonly network?: 'url' | 'client'
}

interface Client extends AnyClient {
  connect(): Promise<unknown>
  close(): Promise<void>
}

function mongoTarget({
  name,
  database: prefix,
  options,
  connect = (url) => new MongoClient(url),
  dress = (client) => client,
  network,
}: Variant): Target {
  // Several runs may share a server.
  let database = `${prefix}${randomUUID()}`
  let engine: Engine | undefined
  let client: Client | undefined

  const connected = (): Client => {
    if (client === undefined) throw new Error('The target was not set up')
    return client
  }

  const address = (): URL => {
    if (engine === undefined) throw new Error('The target was not set up')
    return new URL(engine.url)
  }

  return {
    name,

    async setup() {
      const found = await available('mongo')
      if (found.grade === 'none') throw new EngineError('UNAVAILABLE', found.reason)
      engine = found
      client = connect(found.url)
    },

    async teardown() {
      await client?.db(database).command({ dropDatabase: 1 })
      await client?.close()
      await engine?.[Symbol.asyncDispose]()
    },

    module: import.meta.url,
    share: () => ({ url: address().href, database }),
    join(shared) {
      const there = shared as { readonly url: string; readonly database: string }
      database = there.database
      client = connect(there.url)
    },

    ...(network && {
      endpoint() {
        const { hostname, port } = address()
        return { host: hostname, port: Number(port || 27017) }
      },
    }),

    engine() {
      if (engine === undefined) throw new Error('The target was not set up')
      return { name: 'MongoDB', version: engine.version, grade: engine.grade }
    },

    async open(namespace, { clock, endpoint }) {
      const rest = { database, namespace, ...options(clock) }
      if (endpoint === undefined)
        return createMongoProvider({ client: dress(connected()), ...rest })
      const url = through(endpoint, address())
      if (network === 'url') return createMongoProvider({ url, ...rest })
      const own = connect(url)
      await own.connect()
      const provider = createMongoProvider({ client: dress(own), ...rest })
      return {
        ...provider,
        async [Symbol.asyncDispose]() {
          await provider[Symbol.asyncDispose]()
          await own.close()
        },
      }
    },

    async corrupt({ namespace, repository, key }) {
      const _id = join(namespace, ...key)
      for (const name of BODIES[repository]) {
        const collection = connected().db(database).collection(`holdfast.${name}`)
        const damaged = { $set: { body: '{', ...(name === 'snapshots' && { brief: '{' }) } }
        await collection.updateMany({ $or: [{ _id }, { _id: ownedBy(_id) }] }, damaged)
      }
    },
  }
}

/** The same server by another way, with an answer soon where there is none. */
function through({ host, port }: Endpoint, address: URL): string {
  const url = new URL(address)
  url.hostname = host
  url.port = String(port)
  url.searchParams.set('directConnection', 'true')
  url.searchParams.set('serverSelectionTimeoutMS', '2000')
  // After a connection broke, the driver asks the server once more before it sends anything, and not sooner than this.
  url.searchParams.set('minHeartbeatFrequencyMS', '10')
  return url.href
}

export const target: Target = mongoTarget({
  name: 'mongo',
  database: 'holdfast-',
  options: (clock) => ({ clock }),
  network: 'url',
})

/** By the oldest driver that is supported. */
export const oldestTarget: Target = mongoTarget({
  name: `mongo (mongodb ${oldest.version})`,
  database: 'oldest-',
  options: (clock) => ({ clock }),
  connect: (url) => new OldestClient(url),
  network: 'client',
})

/** With bodies that are not JSON, and a name in which every character counts. */
export const compressedTarget: Target = mongoTarget({
  name: 'mongo (compressed, odd database)',
  database: "É'&;-",
  options: (clock) => ({ clock, codec: compressingCodec({ threshold: 1 }) }),
})

/** With the time that this process says. */
export const processClockTarget: Target = mongoTarget({
  name: 'mongo (clock of the process)',
  database: 'UPPER-',
  options: () => ({}),
})

/** With the statements for a server that has transactions, on one that has none: right they must be all the same. */
export const replicaSetTarget: Target = mongoTarget({
  name: 'mongo (statements of a replica set, without its transactions)',
  database: 'replica-',
  options: (clock) => ({ clock }),
  dress: (client) => replicaSet(client, async (_, send) => send()),
})
