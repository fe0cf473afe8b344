import { EngineError, type Engine, type Environment } from '../engine.ts'
import { climb } from '../ladder.ts'
import { startMongoContainer } from './container.ts'
import { startLocal } from './local.ts'
import { identify } from './server.ts'

/**
 * Gives a MongoDB server, as {@link climb} says: from `HOLDFAST_MONGO_URL`, else in a container of
 * `HOLDFAST_MONGO_IMAGE` (default `mongo:8`) as a replica set of one, else a stand-in, which Maven fetches and `java`
 * runs: a standalone server without transactions.
 */
export async function startMongo(options: { readonly env?: Environment } = {}): Promise<Engine> {
  const { env = process.env } = options
  return climb({
    engine: 'mongo',
    product: 'MongoDB',
    env,
    hint: 'start a Docker engine, or install a JDK and Maven for a stand-in',
    async identify(url) {
      if (!/^mongodb(\+srv)?:\/\//.test(url)) {
        throw new EngineError('MISCONFIGURED', 'HOLDFAST_MONGO_URL is not a mongodb:// URL')
      }
      return identify(url)
    },
    container: (image) => startMongoContainer(image, env),
    local: () => startLocal(env),
  })
}
