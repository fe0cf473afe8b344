import { invalid, type ProviderOptions } from '@holdfast/spec'

/**
 * The subset of the `MongoClient` of the driver `mongodb` that we need. We don't use its type here, so that `mongodb`
 * stays a dependency of yours.
 *
 * https://www.mongodb.com/docs/drivers/node/current/
 */
export interface MongoClient {
  db(name?: string): MongoDatabase
  startSession(): MongoSession
}

/** The subset of the driver's `Db` that we need. */
export interface MongoDatabase {
  collection(name: string, options?: object): MongoCollection
  command(command: object, options?: object): Promise<object>
}

/** The subset of the driver's `Collection` that we need. */
export interface MongoCollection {
  find(filter: object, options?: object): { toArray(): Promise<object[]> }
  findOne(filter: object, options?: object): Promise<object | null>
  findOneAndUpdate(filter: object, update: object, options: object): Promise<object | null>
  insertOne(document: object, options?: object): Promise<object>
  insertMany(documents: readonly object[], options?: object): Promise<object>
  updateOne(filter: object, update: object, options?: object): Promise<object>
  updateMany(filter: object, update: object, options?: object): Promise<object>
  deleteOne(filter: object, options?: object): Promise<object>
  deleteMany(filter: object, options?: object): Promise<object>
  bulkWrite(operations: readonly object[], options?: object): Promise<object>
  createIndexes(indexes: readonly object[], options?: object): Promise<string[]>
}

/** The subset of the driver's `ClientSession` that we need. */
export interface MongoSession {
  withTransaction<T>(work: () => Promise<T>, options?: object): Promise<T>
  endSession(): Promise<void>
}

/** Where the database is: exactly one of `client` and `url`. */
export type MongoSource =
  | {
      /** A `MongoClient`. It stays yours: it is never closed. Its read and write concerns are not used. */
      readonly client: MongoClient
      readonly url?: never
    }
  | {
      /** `mongodb://…` or `mongodb+srv://…`, opened with `mongodb` at the first call and closed on disposal. */
      readonly url: string
      readonly client?: never
    }

/** Options of the MongoDB provider. */
export type MongoProviderOptions = ProviderOptions &
  MongoSource & {
    /** The name of the database. @default the one in the connection string, else the driver's default, `test` */
    readonly database?: string
  }

// What the server takes on every platform. https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions
const FORBIDDEN = /[/\\. "$*<>:|?\0]/
const MAX_NAME_BYTES = 63

/** @throws {PersistenceError} `INVALID_VALUE` for what MongoDB cannot name a database */
export function readDatabase(name: unknown): string | undefined {
  if (name === undefined) return undefined
  if (typeof name !== 'string' || name === '' || FORBIDDEN.test(name) || !name.isWellFormed())
    throw invalid('database', 'a name without any of /\\. "$*<>:|? and U+0000')
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw invalid('database', `at most ${MAX_NAME_BYTES} bytes of UTF-8 long`)
  return name
}

/** @throws {TypeError} when not exactly one of `client` and `url` is given */
export function readSource(options: MongoSource): MongoSource {
  const { client, url } = options
  if ((client === undefined) === (url === undefined))
    throw new TypeError('Give either a client or a url')
  if (
    client !== undefined &&
    (typeof client.db !== 'function' || typeof client.startSession !== 'function')
  ) {
    throw new TypeError('client must be a MongoClient of mongodb')
  }
  if (url !== undefined && typeof url !== 'string') throw new TypeError('url must be a string')
  return options
}
