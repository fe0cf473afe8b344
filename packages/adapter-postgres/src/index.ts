export type {
  PostgresPool,
  PostgresProviderOptions,
  PostgresQuery,
  PostgresSource,
} from './options.ts'
export { createPostgresProvider } from './provider.ts'
export { postgresSchema } from './schema.ts'
