import type { MongoClient, MongoCollection, MongoDatabase } from '../src/index.ts'

/** A call of the adapter to the driver. */
export interface Call {
  readonly collection: string
  readonly method: string
  readonly args: readonly unknown[]
  /** Whether it is a part of a transaction. */
  readonly inTransaction: boolean
}

/** Decides what becomes of a call; `send` hands it on. */
export type Around = <T>(call: Call, send: () => Promise<T>) => Promise<T>

/** A client whose calls go through `around`. */
export function wrapped(client: MongoClient, around: Around): MongoClient {
  return { ...pretending(client, around), startSession: () => client.startSession() }
}

/**
 * A client of a server that says that it is a replica set. What it does in a transaction is sent outside of one, as a
 * stand-in has none: it shows which statements are a part of a transaction, and that they are the right ones, and
 * nothing of what a transaction gives.
 */
export function replicaSet(client: MongoClient, around: Around): MongoClient {
  const commit = { collection: '', method: 'commit', args: [], inTransaction: true }
  return {
    ...pretending(client, around, { setName: 'rs0' }),
    startSession: () => ({
      async withTransaction(work) {
        const result = await work()
        await around(commit, async () => {})
        return result
      },
      endSession: async () => {},
    }),
  }
}

function pretending(client: MongoClient, around: Around, hello?: object): Pick<MongoClient, 'db'> {
  return {
    db(name) {
      const database = client.db(name)
      return {
        collection: (called, options) =>
          collectionOf(database.collection(called, options), called, around),
        async command(command, options) {
          if (hello && 'hello' in command) return hello
          const method = Object.keys(command)[0] ?? ''
          const call = { collection: '', method, args: [command], inTransaction: false }
          return around(call, () => database.command(command, options))
        },
      } satisfies MongoDatabase
    },
  }
}

function collectionOf(real: MongoCollection, name: string, around: Around): MongoCollection {
  const collection = name.replace('holdfast.', '')
  return new Proxy(real, {
    get(_, method: string) {
      return (...given: readonly unknown[]) => {
        const [args, inTransaction] = withoutSession(given)
        const send = (): Promise<unknown> => {
          const sent = (real as unknown as Record<string, (...all: unknown[]) => unknown>)[method]
          const answer = sent?.apply(real, [...args])
          return method === 'find'
            ? (answer as ReturnType<MongoCollection['find']>).toArray()
            : (answer as Promise<unknown>)
        }
        const call = { collection, method, args, inTransaction }
        if (method === 'find') return { toArray: () => around(call, send) }
        return around(call, send)
      }
    },
  })
}

function withoutSession(args: readonly unknown[]): readonly [readonly unknown[], boolean] {
  let found = false
  const clean = args.map((arg) => {
    if (typeof arg !== 'object' || arg === null || !('session' in arg)) return arg
    found = true
    const { session: _, ...rest } = arg
    return rest
  })
  return [clean, found]
}
