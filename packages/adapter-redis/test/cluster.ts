/** What `npm run conformance` calls `redis-cluster`. */
export { clusterTarget as target } from './target.ts'
