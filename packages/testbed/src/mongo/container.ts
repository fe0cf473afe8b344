import { startContainer } from '../container.ts'
import type { Environment } from '../engine.ts'
import type { Server, Skip } from '../ladder.ts'
import { becomePrimary, identify } from './server.ts'

/** The image that is run when `HOLDFAST_MONGO_IMAGE` names no other. */
const DEFAULT_IMAGE = 'mongo:8'

/** Starts MongoDB in a container, as {@link startContainer} says: a replica set of one. */
export async function startMongoContainer(
  image: string | undefined,
  env: Environment,
): Promise<Server | Skip> {
  return startContainer({
    product: 'MongoDB',
    image: image ?? DEFAULT_IMAGE,
    env,
    port: 27017,
    command: ['mongod', '--replSet', 'rs0', '--bind_ip_all'],
    says: { text: /Waiting for connections/ },
    // Its replica set goes by an address that only holds inside the container.
    url: (address) => `mongodb://${address}/?directConnection=true`,
    async identify(url) {
      await becomePrimary(url)
      return identify(url)
    },
  })
}
