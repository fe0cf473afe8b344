import { PersistenceError } from '@holdfast/spec'
import type { Redis } from 'ioredis'
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

// About a second: the scripts may be sent again, and a server that is away for longer is said to be away. The client's
// own pauses grow, and calls wait through several of them.
const PATIENCE = { maxRetriesPerRequest: 5, retryStrategy: (): number => 200 }

function own(url: string): Source {
  let opened: Promise<Redis> | undefined
  let wasReady = false
  let lastError: unknown

  const explain = (error: unknown): unknown => {
    // What the client says then is that it tried often, and not why.
    if (!isGivenUp(error) || lastError === undefined) return error
    return wasReady ? Object.assign(error, { cause: lastError }) : lastError
  }

  const open = async (): Promise<Redis> => {
    const database = databaseOf(url)
    const client = openClient(await importDriver(), url)
    client.on('ready', () => {
      wasReady = true
    })
    // The client reports here why it gave up on a call; an event that nobody listens to would go to the console.
    client.on('error', (error: unknown) => {
      lastError = error
    })
    try {
      // The client goes on in the first database when the server lacks the one of the URL.
      if (database !== '') await client.select(database)
      return client
    } catch (error) {
      client.disconnect()
      throw explain(error)
    }
  }

  return {
    async acquire() {
      opened ??= open()
      try {
        return await opened
      } catch (error) {
        // The next call tries again.
        opened = undefined
        throw error
      }
    },
    async close() {
      const client = await opened?.catch(() => undefined)
      client?.disconnect()
    },
    explain,
  }
}

/** The database that a URL names; empty when it names none. */
function databaseOf(url: string): string {
  const { protocol, pathname } = URL.parse(url) ?? {}
  const [, database] = /^rediss?:\/?(\d*)$/.exec(`${protocol}${pathname}`) ?? []
  if (database === undefined) throw unreadable()
  return database
}

function openClient(Driver: typeof Redis, url: string): Redis {
  try {
    return new Driver(url, { lazyConnect: true, ...PATIENCE })
  } catch (cause) {
    throw unreadable(cause)
  }
}

function unreadable(cause?: unknown): PersistenceError {
  return new PersistenceError(
    'UNAVAILABLE',
    'The url cannot be read: it is redis://user:password@host:6379/0, or rediss:// for TLS',
    { retryable: false, cause },
  )
}

function isGivenUp(error: unknown): error is Error {
  return error instanceof Error && error.name === 'MaxRetriesPerRequestError'
}

async function importDriver(): Promise<typeof Redis> {
  try {
    // Not by its name, which versions before 5.0.3 do not export it under.
    const { default: driver } = await import('ioredis')
    return driver.default
  } catch (cause) {
    throw new PersistenceError(
      'UNAVAILABLE',
      'The driver ioredis cannot be loaded; install it, or hand in a client of your own',
      { retryable: false, cause },
    )
  }
}
