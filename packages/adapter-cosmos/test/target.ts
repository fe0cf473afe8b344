import { randomUUID } from 'node:crypto'
import { CosmosClient } from '@azure/cosmos'
import type { Endpoint, StoredRecord, Target } from '@holdfast/conformance'
import { compressingCodec, type ProviderOptions } from '@holdfast/spec'
import { EngineError, available, type Engine } from '@holdfast/testbed'
import { CosmosClient as OldestClient } from 'cosmos-oldest'
import oldest from 'cosmos-oldest/package.json' with { type: 'json' }
import { createCosmosProvider } from '../src/index.ts'
import { openDatabase } from '../src/database.ts'
import { itemId } from '../src/keys.ts'
import type { Partition } from '../src/partition.ts'

/** The kinds of items that hold the bodies of a repository's records. */
const KINDS: Readonly<Record<StoredRecord['repository'], readonly string[]>> = {
  workflows: ['workflow'],
  steps: ['step', 'output'],
  state: ['state'],
  events: ['event'],
  subscriptions: ['subscription'],
  commands: ['command'],
  snapshots: ['snapshot'],
  claims: ['task'],
  errors: ['error'],
}

interface Variant {
  readonly name: string
  readonly container: string
  options(clock: () => number): ProviderOptions
  /** With another driver than the one that a connection string is for. */
  readonly connect?: (connectionString: string) => OldestClient
}

// An emulator tells an address that only it can reach.
const connectionPolicy = { enableEndpointDiscovery: false }

export function openClient(connectionString: string): CosmosClient {
  return new CosmosClient({ connectionString, connectionPolicy })
}

export function openOldestClient(connectionString: string): OldestClient {
  const [, endpoint = '', key = ''] =
    /AccountEndpoint=([^;]+);.*AccountKey=([^;]+)/i.exec(connectionString) ?? []
  return new OldestClient({ endpoint, key, connectionPolicy })
}

function cosmosTarget({ name, container, options, connect }: Variant): Target {
  // Several runs may share an account.
  let database = `test ${randomUUID()}`
  let engine: Engine | undefined
  let url = ''
  let client: CosmosClient | OldestClient | undefined
  const open = connect ?? openClient

  const connected = (): CosmosClient | OldestClient => {
    if (client === undefined) throw new Error('The target was not set up')
    return client
  }

  return {
    name,
    module: import.meta.url,

    async setup() {
      const found = await available('cosmos')
      if (found.grade === 'none') throw new EngineError('UNAVAILABLE', found.reason)
      engine = found
      url = found.url
      client = open(url)
    },

    async teardown() {
      await client?.database(database).delete()
      client?.dispose()
      await engine?.[Symbol.asyncDispose]()
    },

    share: () => ({ url, database }),

    join(shared) {
      const { url: address, database: name } = shared as { url: string; database: string }
      url = address
      database = name
      client = open(url)
    },

    engine() {
      if (engine === undefined) throw new Error('The target was not set up')
      return { name: 'Cosmos DB', version: engine.version, grade: engine.grade }
    },

    endpoint() {
      const { hostname, port, protocol } = new URL(endpointOf(url))
      return { host: hostname, port: Number(port || (protocol === 'http:' ? 80 : 443)) }
    },

    open(namespace, { clock, endpoint }) {
      const rest = { namespace, database, container, ...options(clock) }
      if (endpoint === undefined) return createCosmosProvider({ client: connected(), ...rest })
      const connectionString = through(endpoint, url)
      if (connect === undefined) return createCosmosProvider({ connectionString, ...rest })
      const own = connect(connectionString)
      const provider = createCosmosProvider({ client: own, ...rest })
      return {
        ...provider,
        async [Symbol.asyncDispose]() {
          await provider[Symbol.asyncDispose]()
          own.dispose()
        },
      }
    },

    async corrupt({ namespace, repository, key }) {
      const { main, events } = openDatabase(
        { client: connected() },
        { database, container, namespace, clock: null },
      )
      for (const kind of KINDS[repository]) {
        const id = itemId(kind, ...key)
        for (const partition of [main, events]) await damage(partition, id)
      }
    },
  }
}

/** The same account behind another address. */
function through({ host, port }: Endpoint, connectionString: string): string {
  const address = new URL(endpointOf(connectionString))
  address.hostname = host
  address.port = String(port)
  return connectionString.replace(endpointOf(connectionString), address.href)
}

/** Where a connection string leads to. */
export function endpointOf(connectionString: string): string {
  const [, endpoint = ''] = /AccountEndpoint=([^;]+)/i.exec(connectionString) ?? []
  return endpoint
}

async function damage(partition: Partition, id: string): Promise<void> {
  await partition.patch(id, { set: { body: '{', brief: '{' } })
}

export const target: Target = cosmosTarget({
  name: 'cosmos',
  container: 'holdfast',
  options: (clock) => ({ clock }),
})

/** With the time of this process. */
export const processClockTarget: Target = cosmosTarget({
  name: 'cosmos (clock of the process)',
  container: 'holdfast',
  options: () => ({}),
})

/** With bodies that are not JSON, in a container whose name has to be encoded. */
export const oddTarget: Target = cosmosTarget({
  name: 'cosmos (odd name, compressed)',
  container: "Ünit 'A' %20",
  options: (clock) => ({ clock, codec: compressingCodec({ threshold: 1 }) }),
})

/** With the oldest driver that is supported. */
export const oldestTarget: Target = cosmosTarget({
  name: `cosmos (@azure/cosmos ${oldest.version})`,
  container: 'holdfast',
  options: (clock) => ({ clock }),
  connect: openOldestClient,
})
