import type { CosmosClient, CosmosContainer } from '../src/options.ts'

/** A request that a client is about to make. */
export interface Request {
  readonly method: string
  /** Of a query. */
  readonly query?: string
}

/** Makes a request, or does something else with it. */
export type Wire = (request: Request, send: () => Promise<unknown>) => Promise<unknown>

/** A client whose every request for data goes through `wire`. */
export function through(client: CosmosClient, wire: Wire): CosmosClient {
  const passed = (method: string, send: () => Promise<unknown>): Promise<never> =>
    wire({ method }, send) as Promise<never>

  const containerOf = (container: CosmosContainer): CosmosContainer => ({
    item(id, key) {
      const item = container.item(id, key)
      return {
        read: () => passed('read', () => item.read()),
        replace: (...args) => passed('replace', () => item.replace(...args)),
        delete: (...args) => passed('delete', () => item.delete(...args)),
        patch: (...args) => passed('patch', () => item.patch(...args)),
      }
    },
    items: {
      create: (body) => passed('create', () => container.items.create(body)),
      upsert: (body) => passed('upsert', () => container.items.upsert(body)),
      batch: (...args) => passed('batch', () => container.items.batch(...args)),
      query(spec, options) {
        const pages = container.items.query(spec, options)
        const { query } = spec as { readonly query: string }
        return {
          hasMoreResults: () => pages.hasMoreResults(),
          fetchNext: () =>
            wire({ method: 'query', query }, () => pages.fetchNext()) as Promise<never>,
        }
      },
    },
  })

  return {
    databases: client.databases,
    database(id) {
      const database = client.database(id)
      return {
        containers: database.containers,
        container(name) {
          const container = database.container(name)
          return { ...containerOf(container), read: () => container.read() }
        },
      }
    },
  }
}
