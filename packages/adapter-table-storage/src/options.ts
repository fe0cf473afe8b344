import { invalid, type ProviderOptions } from '@holdfast/spec'

/** What a property of a row may be here. */
export type Value = string | Uint8Array

/** A row to write. */
export type Entity = { partitionKey: string; rowKey: string } & Record<string, Value>

/** One step of a transaction, as the driver takes it. */
export type Action =
  | ['create', Entity]
  | ['delete', { partitionKey: string; rowKey: string }]
  | ['update', Entity, 'Merge' | 'Replace', { etag?: string }]
  | ['upsert', Entity, 'Merge' | 'Replace']

/** A row as the driver returns it. */
export type Found = Readonly<Record<string, unknown>>

/**
 * The subset of `TableClient` of `@azure/data-tables` that we need. We don't use its type here, so that the driver stays
 * a dependency of yours.
 *
 * https://learn.microsoft.com/javascript/api/@azure/data-tables/tableclient
 */
export interface TableClientLike {
  createTable(): Promise<unknown>
  getEntity(
    partitionKey: string,
    rowKey: string,
    options: { queryOptions: { select?: string[] } },
  ): Promise<Found>
  listEntities(options: { queryOptions: { filter: string; select?: string[] } }): {
    byPage(settings: { maxPageSize: number }): AsyncIterable<readonly Found[]>
  }
  submitTransaction(actions: Action[]): Promise<unknown>
  deleteEntity(partitionKey: string, rowKey: string, options: { etag: string }): Promise<unknown>
}

/** Where the table is: exactly one of `client` and `connectionString`. */
export type TableSource =
  | {
      /** A `TableClient` for the table. It stays yours. */
      readonly client: TableClientLike
      readonly connectionString?: never
      readonly tableName?: never
    }
  | {
      /** Of the storage account, or of an emulator. The client is made at the first call. */
      readonly connectionString: string
      /** 3 to 63 letters and digits, a letter first. @default 'holdfast' */
      readonly tableName?: string
      readonly client?: never
    }

/** Options of the provider. */
export type TableStorageProviderOptions = ProviderOptions & TableSource

/**
 * @throws {TypeError} when not exactly one of `client` and `connectionString` is given
 * @throws {PersistenceError} `INVALID_VALUE` for the name of a table that the service would not take
 */
export function readSource(options: TableSource): TableSource {
  const { client, connectionString, tableName } = options
  if ((client === undefined) === (connectionString === undefined))
    throw new TypeError('Give either a client or a connectionString')
  if (client !== undefined && typeof client.submitTransaction !== 'function')
    throw new TypeError('client must be a TableClient of @azure/data-tables')
  if (connectionString !== undefined && typeof connectionString !== 'string')
    throw new TypeError('connectionString must be a string')
  if (client !== undefined && tableName !== undefined)
    throw new TypeError('A client has the name of its table')
  if (tableName !== undefined && !/^[A-Za-z][A-Za-z0-9]{2,62}$/.test(tableName))
    throw invalid('tableName', '3 to 63 letters and digits, a letter first')
  return options
}
