export type {
  OracleConnection,
  OracleCredentials,
  OraclePool,
  OracleProviderOptions,
  OracleResult,
  OracleSource,
} from './options.ts'
export { createOracleProvider } from './provider.ts'
export { oracleSchema } from './schema.ts'
