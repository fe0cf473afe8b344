import type { RedisClient } from './options.ts'

interface EvalOptions {
  keys: string[]
  arguments: string[]
}

/** The subset that we need of a client, cluster or pool of the driver `redis` (node-redis), 5 or newer. */
export interface NodeRedisClient {
  evalSha(sha: string, options: EvalOptions): Promise<unknown>
  eval(script: string, options: EvalOptions): Promise<unknown>
}

/**
 * A client of `redis` (node-redis) as this adapter takes it.
 *
 * ```ts
 * const provider = createRedisProvider({ client: fromNodeRedis(await createClient({ url }).connect()) })
 * ```
 */
export function fromNodeRedis(client: NodeRedisClient): RedisClient {
  if (typeof client?.evalSha !== 'function' || typeof client.eval !== 'function')
    throw new TypeError('client must be a client of redis (node-redis)')
  const split = (keys: number, args: readonly string[]): EvalOptions => ({
    keys: args.slice(0, keys),
    arguments: args.slice(keys),
  })
  return {
    evalsha: async (sha, keys, ...args) => client.evalSha(sha, split(keys, args)),
    eval: async (script, keys, ...args) => client.eval(script, split(keys, args)),
  }
}
