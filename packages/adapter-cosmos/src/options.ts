import { invalid, type ProviderOptions } from '@holdfast/spec'

/** What an item's write is told. */
export interface CosmosRequestOptions {
  readonly accessCondition?: { readonly type: string; readonly condition: string }
}

/** What comes back of one item. */
export interface CosmosItemResponse {
  readonly resource?: unknown
  readonly statusCode?: number
  readonly substatus?: number
}

/** An operation of a batch. */
export interface CosmosOperation {
  readonly operationType: 'Create' | 'Upsert' | 'Replace' | 'Delete' | 'Patch'
  readonly id?: string
  readonly ifMatch?: string
  readonly resourceBody?: unknown
}

/** What a batch says of one operation. */
export interface CosmosOperationResponse {
  readonly statusCode: number
  readonly resourceBody?: unknown
}

export interface CosmosQueryIterator {
  hasMoreResults(): boolean
  fetchNext(): Promise<{ readonly resources?: readonly unknown[] }>
}

/** The part of a `Container` of `@azure/cosmos` that we need. */
export interface CosmosContainer {
  item(
    id: string,
    partitionKey: string,
  ): {
    read(): Promise<CosmosItemResponse>
    replace(body: never, options?: CosmosRequestOptions): Promise<CosmosItemResponse>
    delete(options?: CosmosRequestOptions): Promise<CosmosItemResponse>
    patch(body: never, options?: CosmosRequestOptions): Promise<CosmosItemResponse>
  }
  readonly items: {
    create(body: never): Promise<CosmosItemResponse>
    upsert(body: never): Promise<CosmosItemResponse>
    batch(
      operations: never,
      partitionKey: string,
    ): Promise<{ readonly result?: readonly CosmosOperationResponse[] | undefined }>
    query(
      query: never,
      options: { readonly partitionKey: string; readonly maxItemCount: number },
    ): CosmosQueryIterator
  }
}

/**
 * The part of a `CosmosClient` of `@azure/cosmos` that we need. We don't use its type here, so that the driver stays a
 * dependency of yours.
 *
 * https://learn.microsoft.com/javascript/api/@azure/cosmos/cosmosclient
 */
export interface CosmosClient {
  readonly databases: { createIfNotExists(body: { readonly id: string }): Promise<unknown> }
  database(id: string): {
    container(id: string): CosmosContainer & {
      read(): Promise<{ readonly resource?: unknown }>
    }
    readonly containers: { createIfNotExists(body: never): Promise<unknown> }
  }
}

/** Where the account is: exactly one of `client` and `connectionString`. */
export type CosmosSource =
  | {
      /** A client. It stays yours: it is never disposed of. */
      readonly client: CosmosClient
      readonly connectionString?: never
    }
  | {
      /** `AccountEndpoint=…;AccountKey=…;`, opened at the first call and disposed of with the provider. */
      readonly connectionString: string
      readonly client?: never
    }

/** Options of the Cosmos DB provider. */
export type CosmosProviderOptions = ProviderOptions &
  CosmosSource & {
    /** @default 'holdfast' */
    readonly database?: string
    /** @default 'holdfast' */
    readonly container?: string
  }

export interface Place {
  readonly database: string
  readonly container: string
}

/** @throws {PersistenceError} `INVALID_VALUE` */
export function readPlace(options: CosmosProviderOptions): Place {
  const { database = 'holdfast', container = 'holdfast' } = options
  for (const [name, id] of Object.entries({ database, container })) {
    if (typeof id !== 'string' || !/^[^/\\?#\0]{1,255}$/u.test(id) || id.endsWith(' '))
      throw invalid(
        name,
        '1 to 255 characters long, without /, \\, ? and #, and no blank at its end',
      )
  }
  return { database, container }
}

/** @throws {TypeError} when not exactly one of `client` and `connectionString` is given */
export function readSource(options: CosmosSource): CosmosSource {
  const { client, connectionString } = options
  if ((client === undefined) === (connectionString === undefined))
    throw new TypeError('Give either a client or a connectionString')
  if (client !== undefined && typeof client.database !== 'function')
    throw new TypeError('client must be a CosmosClient of @azure/cosmos')
  if (connectionString !== undefined && typeof connectionString !== 'string')
    throw new TypeError('connectionString must be a string')
  return options
}
