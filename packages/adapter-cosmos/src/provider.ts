import { defineProvider, resolveOptions, type PersistenceProvider } from '@holdfast/spec'
import { createClaims } from './claims.ts'
import { classify } from './classify.ts'
import { createCommands } from './commands.ts'
import type { Context } from './context.ts'
import { openDatabase } from './database.ts'
import { createErrors } from './errors.ts'
import { createEvents } from './events.ts'
import { keepPromises } from './journal.ts'
import { readPlace, readSource, type CosmosProviderOptions } from './options.ts'
import { ensureStore, ping } from './schema.ts'
import { createSnapshots } from './snapshots.ts'
import { createState } from './state.ts'
import { createSteps } from './steps.ts'
import { createSubscriptions } from './subscriptions.ts'
import { createWorkflows } from './workflows.ts'

// An item takes 2 MB of JSON, in which a body is one string: a quote or a backslash of the body's own JSON takes two
// bytes there.
const MAX_PAYLOAD_BYTES = 960 * 1024

/**
 * A provider that keeps everything in a container of Azure Cosmos DB for NoSQL. Atomicity comes from batches in one
 * logical partition, from patches with a condition, and from ETags; nothing runs inside the database.
 *
 * ```ts
 * await using provider = createCosmosProvider({ client: new CosmosClient({ endpoint, key }) })
 * await provider.ensureStore()
 * ```
 *
 * @throws {TypeError} when not exactly one of `client` and `connectionString` is given
 * @throws {PersistenceError} `INVALID_VALUE` for a name or a number of partitions outside the domain
 */
export function createCosmosProvider(options: CosmosProviderOptions): PersistenceProvider {
  const { namespace, clock, codec } = resolveOptions(options)
  const place = readPlace(options)
  const database = openDatabase(readSource(options), { ...place, namespace, clock })
  const context: Context = { database, codec, maxPayloadBytes: MAX_PAYLOAD_BYTES }
  return defineProvider({
    name: 'cosmos',
    capabilities: {
      clock: clock === null ? 'process' : 'injected',
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
      durability: 'restart',
      atomicSubscriptions: true,
      fencing: true,
    },
    async ensureStore() {
      await ensureStore(database, place)
      await keepPromises(database.main)
    },
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
