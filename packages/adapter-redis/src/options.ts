import { invalid, type ProviderOptions } from '@holdfast/spec'

/**
 * The two methods that we need of a client: a `Redis` or a `Cluster` of `ioredis` has them, and {@link fromNodeRedis}
 * gives them to a client of `redis`. We don't use their types here, so that the driver stays a dependency of yours.
 *
 * https://redis.io/docs/latest/commands/evalsha/
 */
export interface RedisClient {
  evalsha(sha: string, keys: number, ...args: string[]): Promise<unknown>
  eval(script: string, keys: number, ...args: string[]): Promise<unknown>
}

/** Where the server is: exactly one of `client` and `url`. */
export type RedisSource =
  | {
      /** A connected client. It stays yours: it is never closed, and its `error` events are yours to listen to. */
      readonly client: RedisClient
      readonly url?: never
    }
  | {
      /** `redis://…` or `rediss://…`, opened with `ioredis` at the first call and closed on disposal. One server. */
      readonly url: string
      readonly client?: never
    }

/** Options of the Redis provider. */
export type RedisProviderOptions = ProviderOptions &
  RedisSource & {
    /** What the keys begin with, before the namespace: any text. @default 'holdfast' */
    readonly prefix?: string
  }

// It is in the name of every key.
const MAX_PREFIX_LENGTH = 63

/**
 * The start of every key of a store. It is one hash tag, so that a cluster keeps all of them in one slot, and encoded,
 * so that no two stores share a key, whatever characters the names hold.
 *
 * @throws {PersistenceError} `INVALID_VALUE`
 */
export function hashTag(prefix: unknown, namespace: string): string {
  if (typeof prefix !== 'string' || prefix === '' || prefix.length > MAX_PREFIX_LENGTH)
    throw invalid('prefix', `1 to ${MAX_PREFIX_LENGTH} UTF-16 units long`)
  if (!prefix.isWellFormed()) throw invalid('prefix', 'well-formed Unicode')
  return `{${encodeURIComponent(prefix)}:${encodeURIComponent(namespace)}}`
}

/** @throws {TypeError} when not exactly one of `client` and `url` is given */
export function readSource(options: RedisSource): RedisSource {
  const { client, url } = options
  if ((client === undefined) === (url === undefined))
    throw new TypeError('Give either a client or a url')
  if (
    client !== undefined &&
    (typeof client.evalsha !== 'function' || typeof client.eval !== 'function')
  ) {
    throw new TypeError(
      'client must be a Redis or a Cluster of ioredis, or what fromNodeRedis returns',
    )
  }
  if (url !== undefined && typeof url !== 'string') throw new TypeError('url must be a string')
  return options
}
