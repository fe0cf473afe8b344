import { PersistenceError } from '@holdfast/spec'
import type * as Mongodb from 'mongodb'
import type { Filter } from './keys.ts'
import type { MongoClient, MongoDatabase, MongoSource } from './options.ts'
import type { Collections, Row } from './rows.ts'

/** A collection of documents of one shape. */
export interface Collection<R extends Row> {
  find(filter: Filter, options: FindOptions): { toArray(): Promise<R[]> }
  findOne(filter: Filter, options?: FindOptions): Promise<R | null>
  findOneAndUpdate(filter: Filter, update: Update, options: UpdateOptions): Promise<R | null>
  insertOne(row: R, options?: InUnit): Promise<unknown>
  insertMany(
    rows: readonly R[],
    options?: InUnit & { readonly ordered?: boolean },
  ): Promise<unknown>
  updateOne(filter: Filter, update: Update, options?: UpdateOptions): Promise<Matched>
  updateMany(filter: Filter, update: Update, options?: InUnit): Promise<Matched>
  deleteOne(filter: Filter, options?: InUnit): Promise<Deleted>
  deleteMany(filter: Filter, options?: InUnit): Promise<Deleted>
  bulkWrite(operations: readonly object[], options?: InUnit): Promise<unknown>
  createIndexes(indexes: readonly object[]): Promise<unknown>
}

export type Update = Readonly<Record<`$${string}`, object>>

export interface Matched {
  readonly matchedCount: number
}

export interface Deleted {
  readonly deletedCount: number
}

/** Makes a call a part of a transaction. Empty outside of one. */
export interface InUnit {
  readonly session?: object
}

export interface FindOptions extends InUnit {
  readonly sort?: Filter
  readonly limit?: number
  readonly batchSize?: number
  readonly projection?: Filter
}

export interface UpdateOptions extends InUnit {
  readonly sort?: Filter
  readonly upsert?: boolean
  readonly returnDocument?: 'before' | 'after'
  readonly projection?: Filter
}

/** The way to the server. */
export interface Database {
  collections(): Promise<Collections>
  /**
   * Whether the server has transactions: a member of a replica set, or a router of a sharded cluster. It is asked once.
   *
   * @throws {PersistenceError} `UNAVAILABLE` when `ensureStore` was never called on the database
   */
  isAtomic(): Promise<boolean>
  /** Runs `work` in a transaction. It runs again when the server asks for that. */
  transaction<T>(work: (unit: InUnit) => Promise<T>): Promise<T>
  ping(): Promise<void>
  close(): Promise<void>
}

/** Acknowledged means on a majority, and read means from there, whatever the client's own settings are. */
const SAFE = {
  readConcern: { level: 'majority' },
  writeConcern: { w: 'majority' },
  readPreference: 'primary',
} as const

// Numbers come back as numbers, whatever the client's own settings are.
const PLAIN = {
  promoteValues: true,
  promoteLongs: true,
  useBigInt64: false,
  ignoreUndefined: false,
  raw: false,
} as const

const NAMESPACE_NOT_FOUND = 26
const COMMAND_NOT_FOUND = 59

export function openDatabase(source: MongoSource, name: string | undefined): Database {
  const { acquire, close } = source.client ? borrow(source.client) : own(source.url)
  let topology: Promise<boolean> | undefined

  const database = async (): Promise<MongoDatabase> => (await acquire()).db(name)

  const askTopology = async (): Promise<boolean> => {
    const db = await database()
    // One after the other: of two calls by a client that cannot connect, only the first is told why.
    const hello = await greet(db)
    await findStore(db)
    const { setName, msg } = hello as { readonly setName?: string; readonly msg?: string }
    return setName !== undefined || msg === 'isdbgrid'
  }

  const collections = async (): Promise<Collections> => {
    const db = await database()
    const open = (collection: string): unknown =>
      db.collection(`holdfast.${collection}`, { ...SAFE, ...PLAIN })
    const names = [
      ...['workflows', 'steps', 'outputs', 'state', 'events', 'subscriptions', 'commands'],
      ...['snapshots', 'tasks', 'errors', 'meta', 'units'],
    ]
    return Object.fromEntries(names.map((each) => [each, open(each)])) as unknown as Collections
  }

  return {
    collections,

    async isAtomic() {
      topology ??= askTopology()
      try {
        return await topology
      } catch (error) {
        // The next call asks again.
        topology = undefined
        throw error
      }
    },

    async transaction(work) {
      const session = (await acquire()).startSession()
      try {
        return await session.withTransaction(async () => work({ session }), {
          ...SAFE,
          readConcern: { level: 'snapshot' },
        })
      } finally {
        await session.endSession()
      }
    },

    async ping() {
      const { meta } = await collections()
      // Not the command of this name: the driver makes a read again on another connection, when one is found broken.
      await meta.findOne({ _id: '' })
    },

    close,
  }
}

/** Servers before 4.4.2 have an older name for it. */
async function greet(db: MongoDatabase): Promise<object> {
  return db.command({ hello: 1 }).catch((error: unknown) => {
    if (!hasCode(error, COMMAND_NOT_FOUND)) throw error
    return db.command({ isMaster: 1 })
  })
}

/** Without the index that allows a request one task, a claim that is made again would take a second one. */
async function findStore(db: MongoDatabase): Promise<void> {
  const answer = await db.command({ listIndexes: 'holdfast.tasks' }).catch((error: unknown) => {
    if (!hasCode(error, NAMESPACE_NOT_FOUND)) throw error
    return {}
  })
  const { cursor } = answer as { readonly cursor?: { readonly firstBatch: readonly object[] } }
  if (cursor?.firstBatch.some((index) => 'name' in index && index.name === 'request')) return
  throw new PersistenceError(
    'UNAVAILABLE',
    'The database has no store yet: call ensureStore(), or make the indexes of indexDefinitions()',
    { retryable: false },
  )
}

/** Whether the server answered with this error code. */
function hasCode(error: unknown, code: number): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}

/** Whether a unique key is taken. */
export function isDuplicate(error: unknown): boolean {
  return hasCode(error, 11000)
}

interface Source {
  acquire(): MongoClient | Promise<MongoClient>
  close(): Promise<void>
}

function borrow(client: MongoClient): Source {
  return { acquire: () => client, close: async () => {} }
}

function own(url: string): Source {
  let opened: Promise<Mongodb.MongoClient> | undefined
  const open = async (): Promise<Mongodb.MongoClient> => {
    const client = openClient(await importDriver(), url)
    try {
      // A client that fails when it connects by itself, at its first call, never connects again.
      return await client.connect()
    } catch (error) {
      await client.close()
      throw error
    }
  }
  return {
    async acquire() {
      opened ??= open()
      try {
        return await opened
      } catch (error) {
        // The next call tries again.
        opened = undefined
        throw error
      }
    },
    async close() {
      const client = await opened?.catch(() => undefined)
      await client?.close()
    },
  }
}

function openClient({ MongoClient: Client }: typeof Mongodb, url: string): Mongodb.MongoClient {
  try {
    return new Client(url)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new PersistenceError(
      'UNAVAILABLE',
      `The url cannot be read, it is mongodb://user:password@host:27017/database: ${why}`,
      { retryable: false, cause },
    )
  }
}

async function importDriver(): Promise<typeof Mongodb> {
  try {
    return await import('mongodb')
  } catch (cause) {
    throw new PersistenceError(
      'UNAVAILABLE',
      'The driver mongodb cannot be loaded; install it, or hand in a client of your own',
      { retryable: false, cause },
    )
  }
}
