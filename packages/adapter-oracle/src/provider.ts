import { defineProvider, resolveOptions, type PersistenceProvider } from '@holdfast/spec'
import { createClaims } from './claims.ts'
import { classify } from './classify.ts'
import { createCommands } from './commands.ts'
import type { Context } from './context.ts'
import { openDatabase } from './database.ts'
import { createErrors } from './errors.ts'
import { createEvents } from './events.ts'
import { readNames, readSource, type OracleProviderOptions } from './options.ts'
import { ensureStore } from './schema.ts'
import { createSnapshots } from './snapshots.ts'
import { createState } from './state.ts'
import { SERVER_NOW, statement } from './statement.ts'
import { createSteps } from './steps.ts'
import { createSubscriptions } from './subscriptions.ts'
import { createWorkflows } from './workflows.ts'

const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024

/**
 * A provider that keeps everything in tables of an Oracle database (19c or newer) that {@link
 * PersistenceProvider.ensureStore} makes. Every call that writes is one statement or one PL/SQL block with its commit, so
 * that it is a transaction, and no lock outlives it.
 *
 * ```ts
 * await using provider = createOracleProvider({ pool })
 * await provider.ensureStore()
 * ```
 *
 * @throws {TypeError} when not exactly one of `pool` and `connect` is given
 * @throws {PersistenceError} `INVALID_VALUE` for a namespace, a schema or a prefix outside the domain
 */
export function createOracleProvider(options: OracleProviderOptions): PersistenceProvider {
  const { namespace, clock, codec } = resolveOptions(options)
  const nameOf = readNames(options)
  const database = openDatabase(readSource(options), { namespace, clock })
  const context: Context = {
    read: database.read,
    write: database.write,
    nameOf,
    now: clock === null ? SERVER_NOW : ':now',
    codec,
    maxPayloadBytes: MAX_PAYLOAD_BYTES,
  }
  const ping = statement('ping', 'select 1 from dual')
  return defineProvider({
    name: 'oracle',
    capabilities: {
      clock: clock === null ? 'server' : 'injected',
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
      durability: 'restart',
      atomicSubscriptions: true,
      fencing: true,
    },
    ensureStore: async () => ensureStore(database, options),
    ping: async () => {
      await database.read(ping)
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
