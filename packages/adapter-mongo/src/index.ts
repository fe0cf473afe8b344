export type {
  MongoClient,
  MongoCollection,
  MongoDatabase,
  MongoProviderOptions,
  MongoSession,
  MongoSource,
} from './options.ts'
export { createMongoProvider } from './provider.ts'
export { indexDefinitions, type IndexDefinition } from './schema.ts'
