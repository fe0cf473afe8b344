import { randomBytes } from 'node:crypto'
import { startContainer } from '../container.ts'
import type { Environment } from '../engine.ts'
import type { Server, Skip } from '../ladder.ts'
import { emulatorUrl, identify, toAccounts } from './server.ts'

/** The image that is run when `HOLDFAST_TABLE_STORAGE_IMAGE` names no other. */
const DEFAULT_IMAGE = 'mcr.microsoft.com/azure-storage/azurite'

/** Starts Azurite's table service in a container, as {@link startContainer} says. */
export async function startAzuriteContainer(
  image: string | undefined,
  env: Environment,
): Promise<Server | Skip> {
  const account = { name: 'holdfast', key: randomBytes(64).toString('base64') }
  return startContainer({
    product: 'Azurite',
    image: image ?? DEFAULT_IMAGE,
    env,
    port: 10_002,
    environment: { AZURITE_ACCOUNTS: toAccounts(account) },
    command: [
      'azurite-table',
      ...['--tableHost', '0.0.0.0', '--inMemoryPersistence'],
      ...['--skipApiVersionCheck', '--disableTelemetry', '--silent'],
    ],
    says: { text: 'successfully started on' },
    url: (address) => emulatorUrl(address, account),
    identify,
  })
}
