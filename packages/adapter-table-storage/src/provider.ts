import { defineProvider, resolveOptions, type PersistenceProvider } from '@holdfast/spec'
import { createClaims } from './claims.ts'
import { classify } from './classify.ts'
import { SNAPSHOT_HEAD } from './codec-tasks.ts'
import { createCommands } from './commands.ts'
import type { Context } from './context.ts'
import { createCounters } from './counters.ts'
import { createErrors } from './errors.ts'
import { createEvents } from './events.ts'
import { partitionsOf } from './keys.ts'
import { readSource, type TableStorageProviderOptions } from './options.ts'
import { ensureStore, ping } from './schema.ts'
import { createRecent } from './recent.ts'
import { createSnapshots } from './snapshots.ts'
import { createState } from './state.ts'
import { createSteps } from './steps.ts'
import { createSubscriptions } from './subscriptions.ts'
import { openDatabase } from './table.ts'
import { openStore } from './unit.ts'
import { createWorkflows } from './workflows.ts'

/** Three quarters of what the chunks of a row hold, so that it fits in base64 too, as a codec may write it. */
const MAX_PAYLOAD_BYTES = 720 * 1024

/**
 * A provider that keeps everything in one table of Azure Table Storage. A record and the rows that find it are written
 * in one transaction, in one partition for a namespace, and another one for its events.
 *
 * ```ts
 * await using provider = createTableStorageProvider({ connectionString })
 * await provider.ensureStore()
 * ```
 *
 * @throws {TypeError} when not exactly one of `client` and `connectionString` is given
 * @throws {PersistenceError} `INVALID_VALUE` for a namespace or the name of a table outside the domain
 */
export function createTableStorageProvider(
  options: TableStorageProviderOptions,
): PersistenceProvider {
  const { namespace, clock, codec } = resolveOptions(options)
  const database = openDatabase(readSource(options))
  const partitions = partitionsOf(namespace)
  const main = openStore(database.table(partitions.main))
  const events = openStore(database.table(partitions.events))
  const context: Context = {
    now: clock ?? Date.now,
    ...{ codec, maxPayloadBytes: MAX_PAYLOAD_BYTES },
    ...{ main, events, arrivals: createCounters(events), tasks: createRecent(SNAPSHOT_HEAD) },
  }
  return defineProvider({
    name: 'table-storage',
    capabilities: {
      clock: clock === null ? 'process' : 'injected',
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
      durability: 'restart',
      atomicSubscriptions: true,
      fencing: true,
    },
    ensureStore: async () => ensureStore(database, main),
    ping: async () => ping(main),
    // A client has nothing to close.
    close: async () => {},
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
