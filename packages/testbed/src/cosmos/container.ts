import { startContainer } from '../container.ts'
import type { Environment } from '../engine.ts'
import type { Server, Skip } from '../ladder.ts'
import { identify } from './server.ts'
import { WELL_KNOWN_KEY } from './stand-in.ts'

/** The image that is run when `HOLDFAST_COSMOS_IMAGE` names no other. */
const DEFAULT_IMAGE = 'mcr.microsoft.com/cosmosdb/linux/azure-cosmos-emulator:vnext-preview'

/** Starts Microsoft's emulator in a container, as {@link startContainer} says. */
export async function startCosmosContainer(
  image: string | undefined,
  env: Environment,
): Promise<Server | Skip> {
  return startContainer({
    product: 'the Cosmos DB emulator',
    image: image ?? DEFAULT_IMAGE,
    env,
    port: 8081,
    says: { text: /Gateway=OK/ },
    url: (address) => connectionString(`http://${address}/`),
    identify,
  })
}

/** How to reach an emulator or a stand-in. */
export function connectionString(endpoint: string): string {
  return `AccountEndpoint=${endpoint};AccountKey=${WELL_KNOWN_KEY};`
}
