import { randomUUID } from 'node:crypto'
import { CosmosClient } from '@azure/cosmos'
import type { Endpoint, StoredRecord, Target } from '@holdfast/conformance'
import { compressingCodec, type ProviderOptions } from '@holdfast/spec'
import { EngineError, available, type Engine } from '@holdfast/testbed'
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
}

/** A client that reaches an emulator as well. */
export function openClient(connectionString: string): CosmosClient {
  return new CosmosClient({
    connectionString,
    connectionPolicy: { enableEndpointDiscovery: false },
  })
}

function cosmosTarget({ name, container, options }: Variant): Target {
  // Several runs may share an account.
  let database = `test ${randomUUID()}`
  let engine: Engine | undefined
  let url = ''
  let client: CosmosClient | undefined

  const connected = (): CosmosClient => {
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
      client = openClient(url)
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
      client = openClient(url)
    },

    engine() {
      if (engine === undefined) throw new Error('The target was not set up')
      return { name: 'Cosmos DB', version: engine.version, grade: engine.grade }
    },

    endpoint() {
      const { hostname, port, protocol } = new URL(endpointOf(url))
      return { host: hostname, port: Number(port || (protocol === 'http:' ? 80 : 443)) }
    },

    open: (namespace, { clock, endpoint }) =>
      createCosmosProvider({
        ...(endpoint ? { connectionString: through(endpoint, url) } : { client: connected() }),
        ...{ namespace, database, container },
        ...options(clock),
      }),

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

function endpointOf(connectionString: string): string {
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
