export type { CosmosClient, CosmosProviderOptions, CosmosSource } from './options.ts'
export { createCosmosProvider } from './provider.ts'
export { containerDefinition } from './schema.ts'
