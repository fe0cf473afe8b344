import { EngineError, type Engine, type Environment } from '../engine.ts'
import { climb } from '../ladder.ts'
import { startAzuriteContainer } from './container.ts'
import { startLocal } from './local.ts'
import { identify } from './server.ts'

/** How to start Azure Table Storage. */
export interface TableStorageOptions {
  /** @default process.env */
  readonly env?: Environment
}

/**
 * Gives Azure Table Storage, as {@link climb} says: from the connection string in `HOLDFAST_TABLE_STORAGE_URL`, else its
 * vendor's emulator, Azurite, in a container of `HOLDFAST_TABLE_STORAGE_IMAGE` or from the package `azurite`.
 */
export async function startTableStorage(options: TableStorageOptions = {}): Promise<Engine> {
  const { env = process.env } = options
  return climb({
    engine: 'table-storage',
    product: 'Azure Table Storage',
    env,
    hint: 'start a Docker engine, or install the package azurite',
    container: (image) => startAzuriteContainer(image, env),
    local: () => startLocal(),
    async identify(url) {
      if (!/(^|;)(AccountName|TableEndpoint|UseDevelopmentStorage)=/i.test(url)) {
        throw new EngineError(
          'MISCONFIGURED',
          'HOLDFAST_TABLE_STORAGE_URL is not a connection string of a storage account',
        )
      }
      return identify(url)
    },
  })
}
