import {
  EngineError,
  type Engine,
  type EngineName,
  type Environment,
  type NoEngine,
} from './engine.ts'
import { readRequired } from './environment.ts'
import { startCosmos } from './cosmos/start.ts'
import { startMemory } from './memory/start.ts'
import { startMongo } from './mongo/start.ts'
import { startOracle } from './oracle/start.ts'
import { startPostgres } from './postgres/start.ts'
import { startRedis } from './redis/start.ts'
import { startSqlite } from './sqlite/start.ts'
import { startTableStorage } from './table-storage/start.ts'

const starters: Record<EngineName, (env: Environment) => Promise<Engine>> = {
  oracle: (env) => startOracle({ env }),
  cosmos: (env) => startCosmos({ env }),
  postgres: (env) => startPostgres({ env }),
  redis: (env) => startRedis({ env }),
  mongo: (env) => startMongo({ env }),
  sqlite: startSqlite,
  memory: startMemory,
  'table-storage': (env) => startTableStorage({ env }),
}

const known = Object.keys(starters) as EngineName[]

/**
 * Starts an engine, or says that this machine has none: an answer of grade `none` with the reason,
 * for a caller to report as "not run". Where `HOLDFAST_REQUIRE` lists the engine, that is an error.
 *
 * @throws {EngineError} code `FAILED` when a required or demanded engine is missing, or when one
 * that exists does not start; `MISCONFIGURED`.
 */
export async function available(
  name: EngineName,
  env: Environment = process.env,
): Promise<Engine | NoEngine> {
  const required = readRequired(known, env).includes(name)
  try {
    return await starters[name](env)
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'UNAVAILABLE') throw error
    if (required) {
      throw new EngineError('FAILED', `HOLDFAST_REQUIRE lists ${name}: ${error.message}`, {
        cause: error,
      })
    }
    return { name, grade: 'none', reason: error.message }
  }
}
