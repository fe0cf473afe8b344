import { randomBytes } from 'node:crypto'
import { startContainer } from '../container.ts'
import type { Environment } from '../engine.ts'
import type { Server, Skip } from '../ladder.ts'
import { LINGUISTIC_ORDER, identify } from './server.ts'

/** The image that is run when `HOLDFAST_POSTGRES_IMAGE` names no other. */
const DEFAULT_IMAGE = 'postgres:18-alpine'

/** Starts PostgreSQL in a container, as {@link startContainer} says. */
export async function startPostgresContainer(
  image: string | undefined,
  maxConnections: number,
  env: Environment,
): Promise<Server | Skip> {
  const password = randomBytes(16).toString('hex')
  return startContainer({
    product: 'PostgreSQL',
    image: image ?? DEFAULT_IMAGE,
    env,
    port: 5432,
    environment: {
      POSTGRES_USER: 'postgres',
      POSTGRES_PASSWORD: password,
      POSTGRES_DB: 'postgres',
      POSTGRES_INITDB_ARGS: LINGUISTIC_ORDER.join(' '),
    },
    command: ['postgres', '-c', `max_connections=${maxConnections}`],
    // The first server is the one that the entrypoint runs its init scripts against.
    says: { text: 'database system is ready to accept connections', times: 2 },
    url: (address) => `postgres://postgres:${password}@${address}/postgres`,
    identify,
  })
}
