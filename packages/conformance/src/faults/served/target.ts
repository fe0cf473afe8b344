import type { Target } from '../../target.ts'
import { connectStore } from './client.ts'
import { serveStores, type StoreServer } from './server.ts'

/**
 * An in-process target behind a TCP server, so that its network can be cut. What rules on the network then judge is our
 * own client: it is what faults of clients are planted in, and what shows that these rules do not cry wolf.
 */
export function servedTarget(target: Target): Target {
  let server: StoreServer | undefined
  const running = (): StoreServer => {
    if (server === undefined) throw new Error('The target was not set up')
    return server
  }
  return {
    ...target,
    name: `${target.name}, served`,
    async setup() {
      await target.setup?.()
      server = await serveStores()
    },
    async teardown() {
      await server?.[Symbol.asyncDispose]()
      await target.teardown?.()
    },
    endpoint: () => running().endpoint,
    async open(namespace, { endpoint, ...context }) {
      const provider = await target.open(namespace, context)
      if (endpoint === undefined) return provider
      return connectStore(provider, running().add(provider), endpoint)
    },
  }
}
