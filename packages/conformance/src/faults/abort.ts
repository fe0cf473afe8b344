import { PersistenceError, isPersistenceError } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

export const abortFaults: readonly Fault[] = [
  fault('signal-is-looked-at-last', {
    rule: 'ABORT-01',
    bug: 'Gorkflow: one store ignores the context, and another meets it after the write',
    says: /the records after calls/,
    wrap: (provider) =>
      override(provider, 'state', (real) => ({
        async set(entry, options) {
          if (options?.signal?.aborted) await real.set(entry)
          return real.set(entry, options)
        },
      })),
  }),

  fault('abort-without-a-reason', {
    rule: 'ABORT-02',
    bug: 'durabletask PR#1235: the caller is told another thing than what happened',
    says: /is the reason of the signal/,
    wrap: (provider) => ({
      ...provider,
      async ping(options) {
        try {
          await provider.ping(options)
        } catch (error) {
          if (!isPersistenceError(error, 'ABORTED')) throw error
          throw new PersistenceError('ABORTED', 'The operation was aborted')
        }
      },
    }),
  }),

  fault('abort-tears-the-update', {
    rule: 'ABORT-03',
    bug: 'flow-orchestrator 0.9.0: a write that is cut short leaves a mix of old and new',
    says: /wholly the old or the new one/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          const { data: _, ...rest } = workflow
          const torn = { ...rest, version: workflow.version + 1 }
          if (options?.subscriptions !== undefined) return real.update(workflow, options)
          options?.signal?.addEventListener('abort', () => {
            real.update(torn).catch(() => undefined)
          })
          return real.update(workflow, options)
        },
      })),
  }),

  fault('abort-on-the-way-is-ignored', {
    rule: 'ABORT-03',
    bug: 'flow-orchestrator: nothing that is under way can be given up',
    says: /ends with ABORTED, not with success/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          if (options?.signal === undefined || options.subscriptions !== undefined)
            return real.update(workflow, options)
          const { signal, ...rest } = options
          if (signal.aborted) return real.update(workflow, options)
          for (let turns = 0; turns < 20; turns += 1)
            await new Promise((resolve) => setImmediate(resolve))
          return real.update(workflow, rest)
        },
      })),
  }),

  fault('abort-between-two-writes', {
    rule: 'ABORT-04',
    bug: 'workflow-core#1192: the workflow is written, and then the work is cancelled',
    says: /whether a subscription is there/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          const { signal, subscriptions, ...rest } = options ?? {}
          if (signal === undefined || signal.aborted || subscriptions === undefined)
            return real.update(workflow, options)
          const updated = await real.update(workflow, rest)
          await new Promise((resolve) => setImmediate(resolve))
          if (signal.aborted)
            throw new PersistenceError('ABORTED', 'Cancelled', { outcome: 'unknown' })
          for (const opened of subscriptions) await provider.subscriptions?.create(opened)
          return updated
        },
      })),
  }),

  fault('abort-leaks-a-connection', {
    rule: 'ABORT-05',
    bug: 'cap-js/event-queue#525: a connection that was given up in the middle is never usable again',
    says: /no connection is left/,
    wrap(provider) {
      let left = 4
      return override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          if (left === 0) throw new PersistenceError('BUSY', 'no connection is left in the pool')
          try {
            return await real.create(workflow, options)
          } catch (error) {
            if (isPersistenceError(error, 'ABORTED') && error.outcome === 'unknown') left -= 1
            throw error
          }
        },
      }))
    },
  }),
]
