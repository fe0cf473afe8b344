import { randomBytes } from 'node:crypto'
import { startContainer } from '../container.ts'
import type { Environment } from '../engine.ts'
import type { Server, Skip } from '../ladder.ts'
import { identify } from './server.ts'

/** The image that is run when `HOLDFAST_ORACLE_IMAGE` names no other. */
const DEFAULT_IMAGE = 'gvenzl/oracle-free:23-slim-faststart'

/** An Oracle Database makes itself before it listens. */
const LISTEN_MS = 300_000

/** Starts Oracle Database Free in a container, as {@link startContainer} says. */
export async function startOracleContainer(
  image: string | undefined,
  env: Environment,
): Promise<Server | Skip> {
  // A password of Oracle begins with a letter.
  const password = `p${randomBytes(12).toString('hex')}`
  return startContainer({
    product: 'Oracle Database',
    image: image ?? DEFAULT_IMAGE,
    env,
    port: 1521,
    environment: {
      ORACLE_PASSWORD: password,
      APP_USER: 'HOLDFAST',
      APP_USER_PASSWORD: password,
    },
    says: { text: 'DATABASE IS READY TO USE!' },
    listenMs: LISTEN_MS,
    url: (address) => `oracle://HOLDFAST:${password}@${address}/FREEPDB1`,
    identify,
  })
}
