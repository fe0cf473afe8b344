import { randomUUID } from 'node:crypto'
import type { CosmosClient as Driver } from '@azure/cosmos'
import { available } from '@holdfast/testbed'
import { createCosmosProvider, type CosmosProviderOptions } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { openClient } from './target.ts'

/** An account for tests, with a database of its own. */
export interface Server extends AsyncDisposable {
  readonly url: string
  readonly database: string
  readonly client: Driver
  /** Of the account, or of another one. */
  openClient(url?: string): Driver
  /** A provider with a namespace of its own, on the client above unless another is given. */
  open(options?: Partial<Omit<CosmosProviderOptions, 'connectionString'>>): Store
  /** Like {@link Server.open}, and ensured. */
  make(options?: Partial<Omit<CosmosProviderOptions, 'connectionString'>>): Promise<Store>
}

/** @throws when this machine has no Cosmos DB */
export async function openServer(): Promise<Server> {
  const engine = await available('cosmos')
  if (engine.grade === 'none') throw new Error(engine.reason)
  const clients: Driver[] = []
  const open = (url = engine.url): Driver => {
    const client = openClient(url)
    clients.push(client)
    return client
  }
  const client = open()
  const database = `test ${randomUUID()}`
  const server: Server = {
    url: engine.url,
    database,
    client,
    openClient: open,
    open: ({ client: other, ...options } = {}) =>
      createCosmosProvider({
        ...{ namespace: randomUUID(), database },
        ...options,
        client: other ?? client,
      }) as Store,
    async make(options) {
      const store = server.open(options)
      await store.ensureStore()
      return store
    },
    async [Symbol.asyncDispose]() {
      await client
        .database(database)
        .delete()
        .catch(() => undefined)
      for (const opened of clients) opened.dispose()
      await engine[Symbol.asyncDispose]()
    },
  }
  return server
}

export { aSnapshot, aWorkflow, outcomeOf } from '@holdfast/conformance'
