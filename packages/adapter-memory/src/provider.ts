import { defineProvider, resolveOptions, type PersistenceProvider } from '@holdfast/spec'
import { createClaims } from './claims.ts'
import { createCommands } from './commands.ts'
import type { Context } from './context.ts'
import { createMemoryDatabase } from './database.ts'
import { createErrors } from './errors.ts'
import { createEvents } from './events.ts'
import type { MemoryProviderOptions } from './options.ts'
import { createSnapshots } from './snapshots.ts'
import { createState } from './state.ts'
import { createSteps } from './steps.ts'
import { createSubscriptions } from './subscriptions.ts'
import { createWorkflows } from './workflows.ts'

const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024

/**
 * A provider that keeps everything in this process's memory: the reference that the contract is read by, and a store
 * for tests. Each call is one step of the event loop, so that it is atomic.
 *
 * @throws {PersistenceError} `INVALID_VALUE` for a namespace outside the domain
 */
export function createMemoryProvider(options: MemoryProviderOptions = {}): PersistenceProvider {
  const { namespace, clock, codec } = resolveOptions(options)
  const database = options.database ?? createMemoryDatabase()
  const context: Context = {
    tables: database.tables(namespace),
    now: clock ?? Date.now,
    codec,
    maxPayloadBytes: MAX_PAYLOAD_BYTES,
  }
  return defineProvider({
    name: 'memory',
    capabilities: {
      clock: clock === null ? 'process' : 'injected',
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
      durability: 'process',
      atomicSubscriptions: true,
      fencing: true,
    },
    ensureStore: async () => {},
    ping: async () => {},
    close: async () => {},
    // There is no driver: whatever is thrown here and is not of the contract is a bug of ours.
    classify: () => undefined,
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
