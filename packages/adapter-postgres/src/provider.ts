import { defineProvider, resolveOptions, type PersistenceProvider } from '@holdfast/spec'
import { createClaims } from './claims.ts'
import { classify } from './classify.ts'
import { createCommands } from './commands.ts'
import type { Context } from './context.ts'
import { openDatabase } from './database.ts'
import { createErrors } from './errors.ts'
import { createEvents } from './events.ts'
import { readSchema, readSource, type PostgresProviderOptions } from './options.ts'
import { ensureStore } from './schema.ts'
import { createSnapshots } from './snapshots.ts'
import { createState } from './state.ts'
import { quoteName, statement } from './statement.ts'
import { createSteps } from './steps.ts'
import { createSubscriptions } from './subscriptions.ts'
import { createWorkflows } from './workflows.ts'

const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024

/**
 * A provider that keeps everything in a PostgreSQL database (12 or newer), in a schema that {@link
 * PersistenceProvider.ensureStore} makes. Every call is one statement, so that it is atomic and takes one round trip.
 *
 * ```ts
 * await using provider = createPostgresProvider({ pool })
 * await provider.ensureStore()
 * ```
 *
 * @throws {TypeError} when not exactly one of `pool` and `connectionString` is given
 * @throws {PersistenceError} `INVALID_VALUE` for a namespace or a schema outside the domain
 */
export function createPostgresProvider(options: PostgresProviderOptions): PersistenceProvider {
  const { namespace, clock, codec } = resolveOptions(options)
  const schema = readSchema(options.schema)
  const { preparedStatements = true } = options
  const database = openDatabase(readSource(options), { namespace, clock, preparedStatements })
  const context: Context = {
    run: database.run,
    schema: quoteName(schema),
    codec,
    maxPayloadBytes: MAX_PAYLOAD_BYTES,
  }
  const ping = statement('ping', 'select 1')
  return defineProvider({
    name: 'postgres',
    capabilities: {
      clock: clock === null ? 'server' : 'injected',
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
      durability: 'restart',
      atomicSubscriptions: true,
      fencing: true,
    },
    ensureStore: async () => ensureStore(database, schema),
    ping: async () => {
      await database.run(ping)
    },
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
