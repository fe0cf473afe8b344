import { Redis } from 'ioredis'
import type { Identity } from '../ladder.ts'

/** What a server says of itself. */
export interface RedisIdentity extends Identity {
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
export async function identify(url: string): Promise<RedisIdentity> {
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
