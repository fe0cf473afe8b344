import { describeError, EngineError, type Engine, type Environment, type Via } from '../engine.ts'
import { readWishes, variable, type StartingWay, type Wishes } from '../environment.ts'
import { startLocalCluster } from './cluster.ts'
import { DEFAULT_IMAGE, startContainer } from './container.ts'
import { startLocal } from './local.ts'
import { identify, withoutPassword, type Server, type Skip } from './server.ts'

/** How to start Redis. */
export interface RedisOptions {
  /** @default process.env */
  readonly env?: Environment
  /** A cluster of three primaries instead of one server. @default false */
  readonly cluster?: boolean
}

/**
 * Gives a Redis server, in the first of these ways that works:
 *
 * 1. `HOLDFAST_REDIS_URL`: a server that runs already. It is never stopped, and when it does not answer that is an
 *    error.
 * 2. A container of `HOLDFAST_REDIS_IMAGE` (default `redis:8-alpine`).
 * 3. A local process: `redis-server` on PATH.
 *
 * `HOLDFAST_ENGINE=container` or `=local` allows that way only, and so does an image that is named.
 *
 * A cluster comes from `HOLDFAST_REDIS_CLUSTER_URL`, which names one of its servers, or from local processes: its
 * servers tell clients the addresses that they have themselves, and those of containers cannot be reached.
 *
 * @throws {EngineError} code `UNAVAILABLE` when no way exists on this machine; `FAILED` when the one that was demanded
 * does not, or when the server does not start or answer; `MISCONFIGURED`.
 */
export async function startRedis(options: RedisOptions = {}): Promise<Engine> {
  const { env = process.env, cluster = false } = options
  const name = cluster ? variable('redis', 'CLUSTER_URL') : variable('redis', 'URL')
  const wishes = readWishes('redis', cluster ? forCluster(env) : env)
  if (wishes.url !== undefined) return reach(wishes.url, name, cluster, wishes)

  const ways: Record<StartingWay, () => Promise<Server | Skip>> = cluster
    ? {
        container: async () => ({
          skip: 'the servers of a cluster in containers are out of reach',
        }),
        local: () => startLocalCluster(env),
      }
    : {
        container: () => startContainer(wishes.image ?? DEFAULT_IMAGE, env),
        local: () => startLocal(env),
      }
  const skipped = [`url: ${name} is not set`]
  for (const way of ['container', 'local'] as const) {
    if (wishes.demanded !== undefined && wishes.demanded.way !== way) {
      skipped.push(`${way}: not allowed by ${wishes.demanded.by}`)
      continue
    }
    const outcome = await ways[way]()
    if (!('skip' in outcome)) {
      const { url, version, grade, stop } = outcome
      return engine({ url, version, grade, via: way, skipped, stop })
    }
    skipped.push(`${way}: ${outcome.skip}`)
  }

  const tried = skipped.map((reason) => `  ${reason}`).join('\n')
  if (wishes.demanded !== undefined) {
    throw new EngineError(
      'FAILED',
      `Redis did not start as ${wishes.demanded.by} demands\n${tried}`,
    )
  }
  const hint = cluster ? 'install redis-server' : 'start a Docker engine, or install redis-server'
  throw new EngineError('UNAVAILABLE', `no Redis here; set ${name}, ${hint}\n${tried}`)
}

/** What the environment asks of one server says nothing of a cluster, apart from the version of an image. */
function forCluster(env: Environment): Environment {
  const { HOLDFAST_REDIS_CLUSTER_URL: url, HOLDFAST_ENGINE: forced } = env
  return { HOLDFAST_REDIS_URL: url, HOLDFAST_ENGINE: forced }
}

async function reach(url: string, name: string, cluster: boolean, wishes: Wishes): Promise<Engine> {
  if (!/^rediss?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new EngineError('MISCONFIGURED', `${name} is not a redis:// URL`)
  }
  const identity = await identify(url).catch((error: unknown) => {
    throw new EngineError(
      'FAILED',
      `${name} (${withoutPassword(url)}) cannot be used: ${describeError(error)}`,
      { cause: error },
    )
  })
  if (identity.cluster !== cluster) {
    const found = identity.cluster ? 'is part of a cluster' : 'is not part of a cluster'
    throw new EngineError('MISCONFIGURED', `${name}: the server ${found}`)
  }
  const { version } = identity
  const grade = wishes.grade ?? identity.grade
  return engine({ url, version, grade, via: wishes.via, skipped: [], stop: async () => {} })
}

function engine(
  parts: Server & { readonly via: Via; readonly skipped: readonly string[] },
): Engine {
  const { stop, ...facts } = parts
  let stopped: Promise<void> | undefined
  return {
    name: 'redis',
    ...facts,
    [Symbol.asyncDispose]: () => (stopped ??= stop()),
  }
}
