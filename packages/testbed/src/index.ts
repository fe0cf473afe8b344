/** Gives tests a running engine, whatever this machine has: a server, Docker, or neither. */
export { available } from './available.ts'
export { EngineError } from './engine.ts'
export type {
  Engine,
  EngineErrorCode,
  EngineName,
  Environment,
  Grade,
  NoEngine,
  Via,
} from './engine.ts'
export { startCosmos, type CosmosOptions } from './cosmos/start.ts'
export { startMemory } from './memory/start.ts'
export { startMongo } from './mongo/start.ts'
export { startOracle, type OracleOptions } from './oracle/start.ts'
export { credentialsOf as oracleCredentials } from './oracle/server.ts'
export { startPostgres, type PostgresOptions } from './postgres/start.ts'
export { startRedis, type RedisOptions } from './redis/start.ts'
export { startSqlite } from './sqlite/start.ts'
export { startTableStorage, type TableStorageOptions } from './table-storage/start.ts'
