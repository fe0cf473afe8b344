export type {
  LibsqlClient,
  LibsqlResult,
  LibsqlStatement,
  SqliteDatabase,
  SqliteProviderOptions,
  SqliteSource,
  SqliteStatement,
  SqliteValue,
} from './options.ts'
export { createSqliteProvider } from './provider.ts'
export { SCHEMA_SQL } from './schema.ts'
