import { PersistenceError } from '@holdfast/spec'
import type * as Driver from '@azure/cosmos'
import type { CosmosClient, CosmosSource, Place } from './options.ts'
import { ascii } from './order.ts'
import { openPartition, type Partition } from './partition.ts'

/**
 * The way to a namespace, which is two logical partitions: whatever is in one of them can be written in one atomic batch
 * and asked in one query.
 */
export interface Database {
  /** Of all that may be written, or go away, with a workflow. */
  readonly main: Partition
  /** Of events, which nothing else is written with. */
  readonly events: Partition
  now(): number
  client(): Promise<CosmosClient>
  close(): Promise<void>
}

export interface DatabaseOptions extends Place {
  readonly namespace: string
  readonly clock: (() => number) | null
}

export function openDatabase(
  source: CosmosSource,
  { database, container, namespace, clock }: DatabaseOptions,
): Database {
  const { acquire, close } = source.client ? borrow(source.client) : own(source.connectionString)
  const containerOf = async (): ReturnType<typeof openContainer> =>
    openContainer(await acquire(), database, container)
  // No name has a blank in it, so that no two namespaces share a partition.
  const name = ascii(namespace)

  return {
    main: openPartition(containerOf, name),
    events: openPartition(containerOf, `${name} events`),
    now: () => Math.floor((clock ?? Date.now)()),
    client: async () => acquire(),
    close,
  }
}

async function openContainer(
  client: CosmosClient,
  database: string,
  container: string,
): Promise<ReturnType<ReturnType<CosmosClient['database']>['container']>> {
  return client.database(database).container(container)
}

interface Source {
  acquire(): CosmosClient | Promise<CosmosClient>
  close(): Promise<void>
}

function borrow(client: CosmosClient): Source {
  return { acquire: () => client, close: async () => {} }
}

function own(connectionString: string): Source {
  let opened: Promise<Driver.CosmosClient> | undefined
  const open = async (): Promise<Driver.CosmosClient> => {
    const { CosmosClient: Client } = await importDriver()
    try {
      return new Client(connectionString)
    } catch (cause) {
      throw new PersistenceError(
        'UNAVAILABLE',
        'The connection string cannot be read: it must be AccountEndpoint=…;AccountKey=…;',
        { retryable: false, cause },
      )
    }
  }
  return {
    acquire: () => (opened ??= open()),
    async close() {
      const client = await opened?.catch(() => undefined)
      client?.dispose()
    },
  }
}

async function importDriver(): Promise<typeof Driver> {
  try {
    return await import('@azure/cosmos')
  } catch (cause) {
    throw new PersistenceError(
      'UNAVAILABLE',
      'The driver @azure/cosmos cannot be loaded; install it, or hand in a client of your own',
      { retryable: false, cause },
    )
  }
}
