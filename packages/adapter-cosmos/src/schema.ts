import { PersistenceError, SPEC_VERSION } from '@holdfast/spec'
import { statusOf } from './classify.ts'
import type { Database } from './database.ts'
import type { Place } from './options.ts'
import type { Item, Partition } from './partition.ts'

type Path = readonly [path: string, order?: 'descending']

// Two members at a time: the first is compared for equality, and the second is what the result is ordered by.
const COMPOSITES: readonly (readonly Path[])[] = [
  [['/state'], ['/at']],
  [['/state'], ['/expiry']],
  [['/topic'], ['/expiry']],
  [['/lists/status'], ['/lists/age']],
  [['/lists/status'], ['/place']],
  [['/lists/definition'], ['/place']],
  [['/lists/reference'], ['/place']],
  [['/lists/resource'], ['/place']],
]

/**
 * What `databases.containers.create` of the driver takes, for whoever provisions the container beforehand. Nothing is
 * indexed but what is asked for, and no body ever is.
 */
export function containerDefinition(id: string): {
  readonly id: string
  readonly partitionKey: object
  readonly defaultTtl: number
  readonly indexingPolicy: object
} {
  return {
    id,
    // The second version takes keys of up to 2,048 bytes.
    partitionKey: { paths: ['/pk'], kind: 'Hash', version: 2 },
    // Items expire when they say so themselves.
    defaultTtl: -1,
    indexingPolicy: {
      indexingMode: 'consistent',
      automatic: true,
      // The partition key, too, is in no index unless one says so.
      includedPaths: ['pk', 'place', 'root', 'family', 'request', 'kind'].map((name) => ({
        path: `/${name}/?`,
      })),
      excludedPaths: [{ path: '/*' }],
      compositeIndexes: COMPOSITES.map((paths) =>
        paths.map(([path, order = 'ascending']) => ({ path, order })),
      ),
    },
  }
}

/** A partition's own record: what it was made as, and the number that events and errors get as they arrive. */
export interface StoreItem extends Item {
  readonly version: number
  readonly arrival: number
}

export const STORE = 'store'

/**
 * Makes the database, the container and the store's own records, where they are missing.
 *
 * @throws {PersistenceError} `UNAVAILABLE` when the container or the store was made for something else
 */
export async function ensureStore(
  database: Database,
  { database: databaseId, container: containerId }: Place,
): Promise<void> {
  await ensureContainer(database, databaseId, containerId)
  const item: StoreItem = {
    ...{ id: STORE, kind: 'store', key: [] },
    ...{ version: SPEC_VERSION, arrival: 0 },
  }
  for (const partition of [database.main, database.events]) {
    if ((await partition.create(item)) === 'written') continue
    const version = (await partition.read<StoreItem>(STORE))?.version
    if (version !== SPEC_VERSION) {
      throw other(
        `The store was made for version ${version} of the contract; this adapter writes version ${SPEC_VERSION}`,
      )
    }
  }
}

async function ensureContainer(database: Database, databaseId: string, id: string): Promise<void> {
  const client = await database.client()
  const container = client.database(databaseId).container(id)
  const read = async (): Promise<unknown> => (await container.read()).resource
  let definition = await unless(404, read())
  if (definition === undefined) {
    // Of several that make it at once the others are told that it is there.
    await unless(409, client.databases.createIfNotExists({ id: databaseId }))
    const { containers } = client.database(databaseId)
    await unless(409, containers.createIfNotExists(containerDefinition(id) as never))
    definition = await read()
  }
  const { partitionKey } = (definition ?? {}) as {
    readonly partitionKey?: { readonly paths?: readonly string[] }
  }
  if (partitionKey?.paths?.join() !== '/pk')
    throw other(`The container ${id} has another partition key than /pk`)
}

async function unless<T>(status: number, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (statusOf(error).code !== status) throw error
    return undefined
  }
}

function other(message: string): PersistenceError {
  return new PersistenceError('UNAVAILABLE', message, { retryable: false })
}

export async function ping({ main }: Database): Promise<void> {
  await main.read(STORE)
}

/** The next `count` numbers of arrival, the last of which it returns. */
export async function arrive(partition: Partition, count: number): Promise<number> {
  const stored = await partition.patch<StoreItem>(STORE, { add: { arrival: count } })
  if (typeof stored === 'string') throw other('The store is not there: call ensureStore first')
  return stored.arrival
}
