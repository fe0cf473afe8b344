import { defineProvider, resolveOptions, type PersistenceProvider } from '@holdfast/spec'
import { createClaims } from './claims.ts'
import { classify } from './classify.ts'
import { createCommands } from './commands.ts'
import { connect } from './connection.ts'
import type { Context } from './context.ts'
import { createErrors } from './errors.ts'
import { createEvents } from './events.ts'
import type { SqliteProviderOptions } from './options.ts'
import { ensureStore } from './schema.ts'
import { createSnapshots } from './snapshots.ts'
import { createState } from './state.ts'
import { createSteps } from './steps.ts'
import { createSubscriptions } from './subscriptions.ts'
import { createWorkflows } from './workflows.ts'

const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024

/**
 * A provider on a SQLite database: node:sqlite, better-sqlite3 or libSQL.
 *
 * Nothing is opened before the first call. A file that we open is written with `synchronous = full`, so that an
 * acknowledged write outlives a power cut, and `ensureStore` switches it to WAL.
 *
 * @throws {PersistenceError} `INVALID_VALUE` for a namespace outside the domain
 */
export function createSqliteProvider(options: SqliteProviderOptions): PersistenceProvider {
  const { namespace, clock, codec } = resolveOptions(options)
  const connection = connect(options, clock)
  const { executor, busyTimeout } = connection
  const maxPayloadBytes = MAX_PAYLOAD_BYTES
  const context: Context = { executor, namespace, codec, maxPayloadBytes }
  return defineProvider({
    name: 'sqlite',
    capabilities: {
      clock: connection.clock,
      maxPayloadBytes,
      durability: connection.durability,
      atomicSubscriptions: true,
      fencing: true,
    },
    ensureStore: async () => ensureStore(executor, busyTimeout),
    ping: async () => {
      // Reads the file: opening it does not.
      await executor.read('select 1 as one from sqlite_schema limit 1', {})
    },
    close: async () => executor.close(),
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
