import type { Engine, Environment } from '../engine.ts'
import { climb, type Server } from '../ladder.ts'
import { connectionString, startCosmosContainer } from './container.ts'
import { identify } from './server.ts'
import { startStandIn } from './stand-in.ts'

/** How to start Cosmos DB. */
export interface CosmosOptions {
  /** @default process.env */
  readonly env?: Environment
}

/**
 * Gives a Cosmos DB account, as {@link climb} says: from the connection string in `HOLDFAST_COSMOS_URL`, else Microsoft's
 * emulator in a container of `HOLDFAST_COSMOS_IMAGE`, else a stand-in of our own in this process.
 */
export async function startCosmos({ env = process.env }: CosmosOptions = {}): Promise<Engine> {
  return climb({
    engine: 'cosmos',
    product: 'Cosmos DB',
    env,
    hint: 'start a Docker engine',
    identify,
    container: (image) => startCosmosContainer(image, env),
    local: startLocal,
  })
}

async function startLocal(): Promise<Server> {
  const { url, stop } = await startStandIn()
  return {
    url: connectionString(url),
    version: '(the stand-in of the testbed)',
    grade: 'stand-in',
    stop,
  }
}
