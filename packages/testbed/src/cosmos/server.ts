import { CosmosClient } from '@azure/cosmos'
import { EngineError } from '../engine.ts'
import type { Identity } from '../ladder.ts'

/** Says what a connection string leads to. @throws {EngineError} code `MISCONFIGURED` when it is none */
export async function identify(url: string): Promise<Identity> {
  if (!/AccountEndpoint=[^;]+;.*AccountKey=[^;]+/i.test(url)) {
    throw new EngineError(
      'MISCONFIGURED',
      'HOLDFAST_COSMOS_URL is not a connection string, AccountEndpoint=…;AccountKey=…;',
    )
  }
  // An emulator in a container tells an address that only it can reach.
  const connectionPolicy = { enableEndpointDiscovery: false }
  const client = new CosmosClient({ connectionString: url, connectionPolicy })
  try {
    const { resource } = await client.getDatabaseAccount()
    const [location] = resource?.writableLocations ?? []
    const { hostname } = new URL(location?.databaseAccountEndpoint ?? 'https://localhost')
    // The service states no version; its API does.
    const isService = hostname.endsWith('.documents.azure.com')
    return { version: isService ? 'service' : 'unstated', grade: isService ? 'real' : 'emulator' }
  } finally {
    client.dispose()
  }
}
