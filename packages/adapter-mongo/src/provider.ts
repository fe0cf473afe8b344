import { defineProvider, resolveOptions, type PersistenceProvider } from '@holdfast/spec'
import { createClaims } from './claims.ts'
import { classify } from './classify.ts'
import { createCommands } from './commands.ts'
import type { Context } from './context.ts'
import { openDatabase } from './database.ts'
import { createErrors } from './errors.ts'
import { createEvents } from './events.ts'
import { readDatabase, readSource, type MongoProviderOptions } from './options.ts'
import { ensureStore } from './schema.ts'
import { createSnapshots } from './snapshots.ts'
import { createState } from './state.ts'
import { createSteps } from './steps.ts'
import { createSubscriptions } from './subscriptions.ts'
import { createUnits } from './units.ts'
import { createWorkflows } from './workflows.ts'

// Half of what a document takes: a codec may store more than the JSON that it was given.
const MAX_PAYLOAD_BYTES = 8 * 1024 * 1024

/**
 * A provider that keeps everything in a MongoDB database (4.4 or newer): a replica set, a sharded cluster, or, without
 * isolation of what takes several documents, a standalone server.
 *
 * ```ts
 * await using provider = createMongoProvider({ client: new MongoClient(url) })
 * await provider.ensureStore()
 * ```
 *
 * @throws {TypeError} when not exactly one of `client` and `url` is given
 * @throws {PersistenceError} `INVALID_VALUE` for a namespace or a database outside the domain
 */
export function createMongoProvider(options: MongoProviderOptions): PersistenceProvider {
  const { namespace, clock, codec } = resolveOptions(options)
  const database = openDatabase(readSource(options), readDatabase(options.database))
  const now = (): number => Math.floor((clock ?? Date.now)())
  const format = { namespace, codec, maxPayloadBytes: MAX_PAYLOAD_BYTES, now }
  const context: Context = { ...format, ...createUnits(database, format) }
  return defineProvider({
    name: 'mongo',
    capabilities: {
      clock: clock === null ? 'process' : 'injected',
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
      durability: 'restart',
      atomicSubscriptions: true,
      fencing: true,
    },
    ensureStore: async () => ensureStore(await database.collections(), namespace),
    ping: database.ping,
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
