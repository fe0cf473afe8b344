import { randomBytes } from 'node:crypto'
import { startContainer } from '../container.ts'
import type { Environment } from '../engine.ts'
import type { Server, Skip } from '../ladder.ts'
import { identify } from './server.ts'

/** The image that is run when `HOLDFAST_REDIS_IMAGE` names no other. */
const DEFAULT_IMAGE = 'redis:8-alpine'

/** Starts Redis in a container, as {@link startContainer} says. */
export async function startRedisContainer(
  image: string | undefined,
  env: Environment,
): Promise<Server | Skip> {
  const password = randomBytes(16).toString('hex')
  return startContainer({
    product: 'Redis',
    image: image ?? DEFAULT_IMAGE,
    env,
    port: 6379,
    command: ['redis-server', '--requirepass', password],
    says: { text: 'Ready to accept connections' },
    url: (address) => `redis://:${password}@${address}`,
    identify,
  })
}
