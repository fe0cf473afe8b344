import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { describeError, EngineError, type Grade } from '../engine.ts'

/** A Redis server, or a cluster, that one of the ways has brought up. */
export interface Server {
  readonly url: string
  readonly version: string
  readonly grade: Exclude<Grade, 'none'>
  /** Stops it and removes what it left; safe to call more than once. */
  stop(): Promise<void>
}

/** The answer of a way that does not exist on this machine. */
export interface Skip {
  readonly skip: string
}

/** What a server says of itself. */
export interface Identity {
  readonly version: string
  readonly grade: Exclude<Grade, 'none'>
  readonly cluster: boolean
}

/** Servers that speak Redis's protocol state a version of Redis, and their own beside it. */
const OTHERS = ['valkey', 'dragonfly', 'keydb', 'kvrocks', 'garnet'] as const

/** Runs some work on a connection of its own, which gives up at the first failure. */
export async function connected<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5_000,
    commandTimeout: 10_000,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let failure: unknown
  // The event has the reason; the call that fails with it has not.
  client.on('error', (error) => {
    failure = error
  })
  try {
    await client.connect()
    return await work(client)
  } catch (error) {
    throw failure ?? error
  } finally {
    client.disconnect()
  }
}

/** Asks the server for its version. */
export async function identify(url: string): Promise<Identity> {
  const info = await connected(url, (client) => client.info())
  const fields = new Map(info.split('\r\n').map((line) => pair(line)))
  const cluster = fields.get('cluster_enabled') === '1'
  for (const other of OTHERS) {
    const version = fields.get(`${other}_version`)
    if (version !== undefined) {
      return { version: `${version} (${other})`, grade: 'stand-in', cluster }
    }
  }
  const version = fields.get('redis_version')
  if (version === undefined) throw new Error('the server did not state its version')
  return { version, grade: 'real', cluster }
}

function pair(line: string): readonly [string, string] {
  const at = line.indexOf(':')
  return [line.slice(0, at), line.slice(at + 1)]
}

/**
 * Asks until the server answers.
 *
 * @throws {EngineError} code `FAILED` when it does not within the time, or when `signal` aborts.
 */
export async function waitUntilReady(
  url: string,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<Identity> {
  const deadline = performance.now() + options.timeoutMs
  for (;;) {
    try {
      return await identify(url)
    } catch (error) {
      // Refused, reset by a port forwarder, or LOADING.
      if (options.signal?.aborted === true || performance.now() > deadline) {
        throw new EngineError('FAILED', `Redis does not answer: ${describeError(error)}`, {
          cause: error,
        })
      }
    }
    await sleep(20)
  }
}

/** A URL fit for a message: without the password. */
export function withoutPassword(url: string): string {
  const parsed = new URL(url)
  parsed.password = ''
  return parsed.href
}
