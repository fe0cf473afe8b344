import { PersistenceError } from '@holdfast/spec'
import type * as DataTables from '@azure/data-tables'
import { foreign, isConflict } from './classify.ts'
import type { Range } from './keys.ts'
import type { Action, Found, TableClientLike, TableSource, Value } from './options.ts'

/** What a row holds beside its key. Numbers are text, since the service would guess their type. */
export type Content = Readonly<Record<string, Value>>

/** A row as it is stored. */
export interface Row {
  readonly key: string
  readonly etag: string
  readonly content: Content
}

/** A change of one row. Each fails when the row is not as it is meant to be, and with it all the changes of its unit. */
export type Change =
  | { readonly do: 'create'; readonly key: string; readonly content: Content }
  | { readonly do: 'delete'; readonly key: string }
  /** Keeps what the content does not name. Without an etag the row only has to be there. */
  | {
      readonly do: 'merge'
      readonly key: string
      readonly content: Content
      readonly etag?: string
    }
  | {
      readonly do: 'replace'
      readonly key: string
      readonly content: Content
      readonly etag: string
    }
  | { readonly do: 'put'; readonly key: string; readonly content: Content }

/** A row was there, or not there, or not as it was: what was meant to be written has to be thought over. */
export class Conflict extends Error {
  override readonly name = 'Conflict'
  /** The rows that were to be changed. */
  readonly keys: readonly string[]

  constructor(message: string, keys: readonly string[] = []) {
    super(message)
    this.keys = keys
  }
}

/** One partition of the table. */
export interface Table {
  /** `names`: of the properties that are asked for. */
  get(key: string, names?: readonly string[]): Promise<Row | null>
  /** The rows of a range in the order of their keys, a page of at most `size` for each request. */
  pages(range: Range, size: number, names?: readonly string[]): AsyncIterable<readonly Row[]>
  /**
   * One entity-group transaction: all of at most 100 changes, or none. Returns the etags of rows that are still there.
   * @throws {Conflict}
   */
  submit(changes: readonly Change[]): Promise<ReadonlyMap<string, string>>
  /** Deletes a row as it was seen. @throws {Conflict} */
  remove(key: string, etag: string): Promise<void>
}

/** The way to the service. */
export interface Database {
  createTable(): Promise<void>
  table(partition: string): Table
}

/** The most rows that the service answers in one request. */
const MAX_PAGE = 1000

const DEFAULT_NAME = 'holdfast'

export function openDatabase(source: TableSource): Database {
  let opened: Promise<TableClientLike> | undefined
  const { client: given, connectionString, tableName = DEFAULT_NAME } = source
  const connect = (): Promise<TableClientLike> => {
    opened ??= given ? Promise.resolve(given) : open(connectionString, tableName)
    return opened
  }
  return {
    async createTable() {
      await (await connect()).createTable()
    },
    table: (partition) => openTable(connect, partition),
  }
}

function openTable(connect: () => Promise<TableClientLike>, partition: string): Table {
  return {
    async get(key, names) {
      const client = await connect()
      try {
        return rowOf(await client.getEntity(partition, key, { queryOptions: selecting(names) }))
      } catch (error) {
        if (isConflict(error)) return null
        // The driver stumbles over an answer that is no row.
        throw error instanceof TypeError ? foreign(error) : error
      }
    },

    async *pages({ from, to }, size, names) {
      const client = await connect()
      const filter = `PartitionKey eq '${partition}' and RowKey gt '${from}' and RowKey lt '${to}'`
      const found = client.listEntities({ queryOptions: { filter, ...selecting(names) } })
      for await (const page of found.byPage({ maxPageSize: Math.min(size, MAX_PAGE) }))
        yield page.map(rowOf)
    },

    async submit(changes) {
      const client = await connect()
      try {
        const answer = await client.submitTransaction(
          changes.map((change) => actionOf(partition, change)),
        )
        return etagsOf(changes, answer)
      } catch (error) {
        throw isConflict(error) ? new Conflict('Another write came first') : error
      }
    },

    async remove(key, etag) {
      const client = await connect()
      try {
        await client.deleteEntity(partition, key, { etag })
      } catch (error) {
        throw isConflict(error) ? new Conflict('Another write came first') : error
      }
    },
  }
}

function selecting(names: readonly string[] | undefined): { select?: string[] } {
  return names === undefined ? {} : { select: ['PartitionKey', 'RowKey', 'Timestamp', ...names] }
}

function actionOf(partitionKey: string, change: Change): Action {
  const place = { partitionKey, rowKey: change.key }
  switch (change.do) {
    case 'delete':
      return ['delete', place]
    case 'create':
      return ['create', { ...change.content, ...place }]
    case 'put':
      return ['upsert', { ...change.content, ...place }, 'Replace']
    case 'merge':
    case 'replace': {
      // Without an etag the driver sends `*`: the row has to be there.
      const { content, etag } = change
      const mode = change.do === 'merge' ? 'Merge' : 'Replace'
      return ['update', { ...content, ...place }, mode, etag === undefined ? {} : { etag }]
    }
  }
}

/** The service answers the changes in their order. @throws {PersistenceError} when it did not */
function etagsOf(changes: readonly Change[], answer: unknown): ReadonlyMap<string, string> {
  const { subResponses } = answer as {
    readonly subResponses: readonly { readonly etag?: string }[]
  }
  if (subResponses.length !== changes.length) throw foreign()
  return new Map(
    changes.flatMap(({ key }, index) => {
      const etag = subResponses[index]?.etag?.trim()
      return etag === undefined ? [] : [[key, etag] as const]
    }),
  )
}

function rowOf(found: Found): Row {
  const { partitionKey: _, rowKey, timestamp, ...rest } = found
  if (typeof rowKey !== 'string') throw foreign()
  // An etag is the time of the last change. Where only some properties are asked for, it may not be told itself.
  const { etag = `W/"datetime'${encodeURIComponent(String(timestamp))}'"`, ...properties } = rest
  const content = Object.entries(properties).filter(
    (entry): entry is [string, Value] =>
      !entry[0].includes('odata') &&
      (typeof entry[1] === 'string' || entry[1] instanceof Uint8Array),
  )
  return { key: rowKey, etag: String(etag), content: Object.fromEntries(content) }
}

async function open(connectionString: string, tableName: string): Promise<TableClientLike> {
  const { TableClient } = await importDriver()
  try {
    // The service itself is reached by TLS; an emulator is not.
    return TableClient.fromConnectionString(connectionString, tableName, {
      allowInsecureConnection: /=http(;|:)|UseDevelopmentStorage=true/i.test(connectionString),
    })
  } catch (cause) {
    throw new PersistenceError('UNAVAILABLE', 'The connection string cannot be read', {
      retryable: false,
      cause,
    })
  }
}

async function importDriver(): Promise<typeof DataTables> {
  try {
    return await import('@azure/data-tables')
  } catch (cause) {
    throw new PersistenceError(
      'UNAVAILABLE',
      'The driver @azure/data-tables cannot be loaded; install it, or hand in a client of your own',
      { retryable: false, cause },
    )
  }
}
