import { defineProvider, resolveOptions, type PersistenceProvider } from '@holdfast/spec'
import { createClaims } from './claims.ts'
import { classify } from './classify.ts'
import { createCommands } from './commands.ts'
import type { Context } from './context.ts'
import { openDatabase } from './database.ts'
import { createErrors } from './errors.ts'
import { createEvents } from './events.ts'
import { hashTag, readSource, type RedisProviderOptions } from './options.ts'
import { ensureStore, ping } from './schema.ts'
import { createSnapshots } from './snapshots.ts'
import { createState } from './state.ts'
import { createSteps } from './steps.ts'
import { createSubscriptions } from './subscriptions.ts'
import { createWorkflows } from './workflows.ts'

const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024

/**
 * A provider that keeps everything on a Redis server (6.2 or newer), alone or in a cluster. Every call is one Lua
 * script, so that it is atomic and takes one round trip. The keys of a namespace are in one slot.
 *
 * ```ts
 * await using provider = createRedisProvider({ client: new Redis(url) })
 * await provider.ensureStore()
 * ```
 *
 * @throws {TypeError} when not exactly one of `client` and `url` is given
 * @throws {PersistenceError} `INVALID_VALUE` for a namespace or a prefix outside the domain
 */
export function createRedisProvider(options: RedisProviderOptions): PersistenceProvider {
  const { namespace, clock, codec } = resolveOptions(options)
  const tag = hashTag(options.prefix ?? 'holdfast', namespace)
  const database = openDatabase(readSource(options), { tag, clock })
  const context: Context = { run: database.run, codec, maxPayloadBytes: MAX_PAYLOAD_BYTES }
  return defineProvider({
    name: 'redis',
    capabilities: {
      clock: clock === null ? 'server' : 'injected',
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
      durability: 'restart',
      atomicSubscriptions: true,
      fencing: true,
    },
    ensureStore: async () => ensureStore(database),
    ping: async () => ping(database),
    close: database.close,
    classify,
    workflows: createWorkflows(context),
    steps: createSteps(context),
    state: createState(context),
    events: createEvents(context),
    subscriptions: createSubscriptions(context),
    commands: createCommands(context),
    snapshots: createSnapshots(context),
    claims: createClaims(context),
    errors: createErrors(context),
  })
}
