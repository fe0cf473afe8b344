import { randomUUID } from 'node:crypto'
import { TableClient, type TableServiceClientOptions } from '@azure/data-tables'
import type { Subscription } from '@holdfast/spec'
import { available } from '@holdfast/testbed'
import {
  createTableStorageProvider,
  type TableClientLike,
  type TableStorageProviderOptions,
} from '../src/index.ts'
import type { Store } from '@holdfast/conformance'

/** A service for tests. */
export interface Service extends AsyncDisposable {
  /** The connection string. */
  readonly url: string
  /** A client for a table of its own, which is there. */
  openTable(): Promise<TableClient>
  /** A provider on a client, with a namespace of its own. */
  open(client: TableClientLike, options?: Partial<TableStorageProviderOptions>): Store
}

/** @throws when this machine has no Table Storage and no emulator */
export async function openService(): Promise<Service> {
  const engine = await available('table-storage')
  if (engine.grade === 'none') throw new Error(engine.reason)
  return {
    url: engine.url,
    async openTable() {
      const client = openClient(engine.url, tableName())
      await client.createTable()
      return client
    },
    open: (client, options = {}) =>
      createTableStorageProvider({
        namespace: randomUUID(),
        ...options,
        client,
      } as TableStorageProviderOptions) as Store,
    [Symbol.asyncDispose]: async () => engine[Symbol.asyncDispose](),
  }
}

export function tableName(): string {
  return `t${randomUUID().replaceAll('-', '')}`
}

export function openClient(
  url: string,
  table: string,
  options: TableServiceClientOptions = {},
): TableClient {
  return TableClient.fromConnectionString(url, table, { allowInsecureConnection: true, ...options })
}

/** The same service at another address. */
export function at(url: string, host: string): string {
  return url.replace(/TableEndpoint=http:\/\/[^/]+/, `TableEndpoint=http://${host}`)
}

/** Where a connection string leads to. */
export function addressOf(url: string): URL {
  const [, endpoint = ''] = /TableEndpoint=([^;]+)/.exec(url) ?? []
  return new URL(endpoint)
}

type Action = Parameters<TableClientLike['submitTransaction']>[0][number]

/** A client that notes the calls to another one, each of which is a request, and the rows that came back. */
export interface Counting extends TableClientLike {
  readonly calls: string[]
  readonly rows: { count: number }
}

export function counting(client: TableClientLike): Counting {
  const calls: string[] = []
  const rows = { count: 0 }
  return {
    calls,
    rows,
    createTable: () => {
      calls.push('create table')
      return client.createTable()
    },
    getEntity: (...key) => {
      calls.push('get')
      return client.getEntity(...key)
    },
    listEntities: (query) => ({
      async *byPage(settings) {
        for await (const page of client.listEntities(query).byPage(settings)) {
          calls.push('query')
          rows.count += page.length
          yield page
        }
      },
    }),
    submitTransaction: (actions: Action[]) => {
      calls.push('transaction')
      return client.submitTransaction(actions)
    },
    deleteEntity: (...key) => {
      calls.push('delete')
      return client.deleteEntity(...key)
    },
  }
}

/** How many calls of each kind there were; those that are made at once come in any order. */
export function tally({ calls }: Counting): string {
  const counts = Map.groupBy(calls, (call) => call)
  return [...counts]
    .map(([call, { length }]) => (length === 1 ? call : `${length} × ${call}`))
    .toSorted()
    .join(', ')
}

export function aSubscription(
  change: Partial<Subscription> = {},
): Omit<Subscription, 'token' | 'workerId' | 'tokenExpiry'> {
  return {
    ...{ id: randomUUID(), workflowId: 'w', stepId: 's', executionPointerId: 'p' },
    ...{ eventName: 'paid', eventKey: 'order-1', subscribeAsOf: 0 },
    ...change,
  }
}

export { aSnapshot, aWorkflow, outcomeOf } from '@holdfast/conformance'
