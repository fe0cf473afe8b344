import { EngineError, type Engine, type Environment } from '../engine.ts'
import { variable } from '../environment.ts'
import { climb, type Skip } from '../ladder.ts'
import { startLocalCluster } from './cluster.ts'
import { startRedisContainer } from './container.ts'
import { startLocal } from './local.ts'
import { identify } from './server.ts'

/** How to start Redis. */
export interface RedisOptions {
  /** @default process.env */
  readonly env?: Environment
  /** A cluster of three primaries instead of one server. @default false */
  readonly cluster?: boolean
}

/**
 * Gives a Redis server, as {@link climb} says: from `HOLDFAST_REDIS_URL`, else in a container of `HOLDFAST_REDIS_IMAGE`
 * (default `redis:8-alpine`), else from the `redis-server` on PATH.
 *
 * A cluster comes from `HOLDFAST_REDIS_CLUSTER_URL`, which names one of its servers, or from local processes: its
 * servers tell clients the addresses that they have themselves, and those of containers cannot be reached.
 */
export async function startRedis(options: RedisOptions = {}): Promise<Engine> {
  const { env = process.env, cluster = false } = options
  const urlVariable = variable('redis', cluster ? 'CLUSTER_URL' : 'URL')
  const ways = cluster
    ? {
        hint: 'install redis-server',
        container: async (): Promise<Skip> => ({
          skip: 'the servers of a cluster in containers are out of reach',
        }),
        local: () => startLocalCluster(env),
      }
    : {
        hint: 'start a Docker engine, or install redis-server',
        container: (image: string | undefined) => startRedisContainer(image, env),
        local: () => startLocal(env),
      }
  return climb({
    engine: 'redis',
    product: 'Redis',
    env: cluster ? forCluster(env) : env,
    urlVariable,
    ...ways,
    async identify(url) {
      if (!/^rediss?:$/.test(URL.parse(url)?.protocol ?? '')) {
        throw new EngineError('MISCONFIGURED', `${urlVariable} is not a redis:// URL`)
      }
      const identity = await identify(url)
      if (identity.cluster !== cluster) {
        const found = identity.cluster ? 'is part of a cluster' : 'is not part of a cluster'
        throw new EngineError('MISCONFIGURED', `${urlVariable}: the server ${found}`)
      }
      return identity
    },
  })
}

/** What the environment asks of one server says nothing of a cluster, apart from the way. */
function forCluster(env: Environment): Environment {
  const { HOLDFAST_REDIS_CLUSTER_URL: url, HOLDFAST_ENGINE: forced } = env
  return { HOLDFAST_REDIS_URL: url, HOLDFAST_ENGINE: forced }
}
