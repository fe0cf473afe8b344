export { fromNodeRedis, type NodeRedisClient } from './node-redis.ts'
export type { RedisClient, RedisProviderOptions, RedisSource } from './options.ts'
export { createRedisProvider } from './provider.ts'
