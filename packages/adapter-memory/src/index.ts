export { createMemoryDatabase, type MemoryDatabase, type Tables } from './database.ts'
export type { MemoryProviderOptions } from './options.ts'
export { createMemoryProvider } from './provider.ts'
