import { PersistenceError } from '@holdfast/spec'
import type * as Ioredis from 'ioredis'
import type { RedisClient, RedisSource } from './options.ts'
import type { Param, Params, Script } from './script.ts'

/** A bulk string, an integer, nil, or a list of them, as the server answers it. */
export type Reply = string | number | null | readonly Reply[]

/** The way to the server. Every call is one round trip. */
export interface Database {
  run<R extends Reply>(script: Script, params?: Params, rest?: readonly Param[]): Promise<R>
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** What every key begins with. */
  readonly tag: string
  readonly clock: (() => number) | null
}

/** `$now` is given to every script that has it; empty, it means the time of the server. */
export function openDatabase(source: RedisSource, { tag, clock }: DatabaseOptions): Database {
  const { acquire, close, explain } = source.client ? borrow(source.client) : own(source.url)

  const valueOf = (name: string, params: Params, { name: where }: Script): Param => {
    if (name === 'now') return clock && Math.floor(clock())
    const value = params[name]
    if (value === undefined) throw new TypeError(`${where} lacks its parameter ${name}`)
    return value
  }

  return {
    async run<R extends Reply>(script: Script, params: Params = {}, rest: readonly Param[] = []) {
      const { keys, text, sha } = script
      const args = [
        ...keys.map((key) => `${tag}:${key}`),
        ...script.params.map((name) => toArgument(valueOf(name, params, script))),
        ...rest.map(toArgument),
      ]
      const client = await acquire()
      try {
        return (await evaluate(client, sha, text, keys.length, args)) as R
      } catch (error) {
        throw explain(error)
      }
    },

    close,
  }
}

/** A server that does not know the script yet has done nothing: it is told the text, and keeps it. */
async function evaluate(
  client: RedisClient,
  sha: string,
  text: string,
  keys: number,
  args: string[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha, keys, ...args)
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
    return client.eval(text, keys, ...args)
  }
}

function toArgument(value: Param): string {
  if (value === null || value === false) return ''
  return value === true ? '1' : String(value)
}

interface Source {
  acquire(): RedisClient | Promise<RedisClient>
  close(): Promise<void>
  /** What an error of the client means. */
  explain(error: unknown): unknown
}

function borrow(client: RedisClient): Source {
  return { acquire: () => client, close: async () => {}, explain: (error) => error }
}

// About a second: the scripts may be sent again, and a server that is away for longer is said to be away.
const RETRIES = 5

function own(url: string): Source {
  let opened: Promise<Ioredis.Redis> | undefined
  let wasReady = false
  let lastError: unknown

  const open = async (): Promise<Ioredis.Redis> => {
    const { Redis } = await importDriver()
    const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: RETRIES })
    client.on('ready', () => {
      wasReady = true
    })
    // The client reports here why it gave up on a call; an event that nobody listens to would go to the console.
    client.on('error', (error: unknown) => {
      lastError = error
    })
    return client
  }

  return {
    acquire: () => (opened ??= open()),
    async close() {
      const client = await opened?.catch(() => undefined)
      client?.disconnect()
    },
    explain(error) {
      // What the client says then is that it tried often, and not why.
      if (!isGivenUp(error) || lastError === undefined) return error
      return wasReady ? Object.assign(error, { cause: lastError }) : lastError
    },
  }
}

function isGivenUp(error: unknown): error is Error {
  return error instanceof Error && error.name === 'MaxRetriesPerRequestError'
}

async function importDriver(): Promise<typeof Ioredis> {
  try {
    return await import('ioredis')
  } catch (cause) {
    throw new PersistenceError(
      'UNAVAILABLE',
      'The driver ioredis cannot be loaded; install it, or hand in a client of your own',
      { retryable: false, cause },
    )
  }
}
