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

/** A request, and when it was under way, by a clock that goes on with each beginning and end. */
interface Call {
  readonly name: string
  readonly from: number
  to: number
}

/** A client that notes the calls to another one, each of which is a request, and the rows that came back. */
export interface Counting extends TableClientLike {
  readonly calls: Call[]
  readonly rows: { count: number }
}

export function counting(client: TableClientLike): Counting {
  const calls: Call[] = []
  const rows = { count: 0 }
  let time = 0
  const noted = async <T>(name: string, send: () => Promise<T>): Promise<T> => {
    const call = { name, from: (time += 1), to: Infinity }
    calls.push(call)
    return send().finally(() => {
      call.to = time += 1
    })
  }
  return {
    calls,
    rows,
    createTable: () => noted('create table', () => client.createTable()),
    getEntity: (...key) => noted('get', () => client.getEntity(...key)),
    listEntities: (query) => ({
      async *byPage(settings) {
        let from = (time += 1)
        for await (const page of client.listEntities(query).byPage(settings)) {
          calls.push({ name: 'query', from, to: (time += 1) })
          rows.count += page.length
          yield page
          from = time += 1
        }
      },
    }),
    submitTransaction: (actions: Action[]) =>
      noted('transaction', () => client.submitTransaction(actions)),
    deleteEntity: (...key) => noted('delete', () => client.deleteEntity(...key)),
  }
}

/** How many calls of each kind there were; those that are made at once come in any order. */
export function tally({ calls }: Counting): string {
  return tallied(calls)
}

/** The same, with what is made at once in brackets, which is one round trip. */
export function tripsOf({ calls }: Counting): string {
  const trips: Call[][] = []
  let end = 0
  for (const call of calls.toSorted((a, b) => a.from - b.from)) {
    if (call.from > end) trips.push([])
    trips.at(-1)?.push(call)
    end = Math.max(end, call.to)
  }
  return trips.map((trip) => (trip.length === 1 ? tallied(trip) : `(${tallied(trip)})`)).join(' ')
}

function tallied(calls: readonly Call[]): string {
  const counts = Map.groupBy(calls, ({ name }) => name)
  return [...counts]
    .map(([name, { length }]) => (length === 1 ? name : `${length} × ${name}`))
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
