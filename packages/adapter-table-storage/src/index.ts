export type { TableClientLike, TableSource, TableStorageProviderOptions } from './options.ts'
export { createTableStorageProvider } from './provider.ts'
