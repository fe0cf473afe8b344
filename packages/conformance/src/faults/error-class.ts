import { PersistenceError, isPersistenceError, type WriteOptions } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { memo } from './holds.ts'

export const errorClassFaults: readonly Fault[] = [
  fault('refusal-is-no-error', {
    rule: 'ERROR-01',
    bug: 'Azure/durabletask PR#1235: another thing is thrown than callers handle',
    says: /the error of commands.schedule is an Error/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        async schedule(command, options) {
          return changed(real.schedule(command, options), 'INVALID_VALUE', (error) => {
            const { code, message, retryable, outcome } = error
            const bare = Object.setPrototypeOf(error, Object.prototype) as PersistenceError
            return Object.assign(bare, { code, message, retryable, outcome })
          })
        },
      })),
  }),

  fault('conflict-is-retryable', {
    rule: 'ERROR-02',
    bug: 'workflow-core #1003: a duplicate is tried again for ever',
    says: /retryable of CONFLICT, of a second events.create/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async create(event, options) {
          return changed(
            real.create(event, options),
            'CONFLICT',
            ({ code, message }) => new PersistenceError(code, message, { retryable: true }),
          )
        },
      })),
  }),

  fault('anonymous-conflict', {
    rule: 'ERROR-03',
    bug: 'workflow-core #1003: a duplicate key of one does not know what',
    says: /the message of a second steps.create names/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async create(step, options) {
          return changed(
            real.create(step, options),
            'CONFLICT',
            ({ code }) => new PersistenceError(code, 'duplicate key value violates a constraint'),
          )
        },
      })),
  }),

  fault('foreign-signal-is-ignored', {
    rule: 'ERROR-04',
    bug: 'Gorkflow: a store that ignores what would cancel it',
    says: /events.find with an object for a signal: expected a TypeError/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async find(query, options) {
          const { signal } = (options ?? {}) as WriteOptions
          const foreign = typeof signal === 'object' && Object.hasOwn(signal ?? {}, 'aborted')
          return foreign ? real.find(query) : real.find(query, options)
        },
      })),
  }),

  fault('corrupt-workflow-wedges-the-list', {
    rule: 'ERROR-05',
    bug: 'workflow-core W36: a poison record',
    says: /CORRUPT: A row cannot be read/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async list(query, options) {
          const page = await real.list(query, options)
          if (page.corrupt.length > 0) throw new PersistenceError('CORRUPT', 'A row cannot be read')
          return page
        },
      })),
  }),

  fault('corrupt-snapshot-is-missing', {
    rule: 'ERROR-06',
    bug: 'Flow Orchestrator 0.7.4: an error on load is taken for a fresh start',
    says: /load of a corrupt snapshot: expected CORRUPT/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async load(key, options) {
          try {
            return await real.load(key, options)
          } catch (error) {
            if (isPersistenceError(error, 'CORRUPT')) return null
            throw error
          }
        },
      })),
  }),

  fault('corrupt-event-goes-unsaid', {
    rule: 'ERROR-07',
    bug: 'WorkflowForge #14: an error is swallowed',
    says: /find names the corrupt event/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        find: async (query, options) => ({ ...(await real.find(query, options)), corrupt: [] }),
      })),
  }),

  fault('corrupt-error-ends-the-list', {
    rule: 'ERROR-08',
    bug: 'Flow Orchestrator: a corrupt row wedges all after it',
    says: /list gives the other errors/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        async list(query, options) {
          const page = await real.list(query, options)
          return page.corrupt.length > 0 ? { ...page, items: page.items.slice(0, 1) } : page
        },
      })),
  }),

  fault('corrupt-command-bricks-the-queue', {
    rule: 'ERROR-09',
    bug: 'Flow Orchestrator: a NULL payload bricked the queue',
    says: /CORRUPT: A row cannot be read/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        async process(query, handler, options) {
          const { corrupt } = await real.list({ limit: 1000 })
          if (corrupt.length > 0) throw new PersistenceError('CORRUPT', 'A row cannot be read')
          return real.process(query, handler, options)
        },
      })),
  }),

  fault('corrupt-task-comes-again', {
    rule: 'ERROR-10',
    bug: 'Flow Orchestrator: a NULL payload bricked the queue',
    says: /CORRUPT: /,
    wrap: (provider, store) =>
      override(provider, 'claims', (real) => ({
        async claimNext(request, options) {
          const poison = memo(store, 'poison', () => new Set<unknown>())
          for (const error of poison) throw error as Error
          try {
            return await real.claimNext(request, options)
          } catch (error) {
            if (isPersistenceError(error, 'CORRUPT')) poison.add(error)
            throw error
          }
        },
      })),
  }),
]

/** The call, with an error of this code changed. */
async function changed<T>(
  call: Promise<T>,
  code: PersistenceError['code'],
  change: (error: PersistenceError) => PersistenceError,
): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw isPersistenceError(error, code) ? change(error) : error
  }
}
