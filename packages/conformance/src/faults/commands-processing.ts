import type { ScheduledCommand } from '@holdfast/spec'
import { around, isSame } from './commands.ts'
import { fault, override, type Fault } from './fault.ts'

const HOUR = 3_600_000

export const commandProcessingFaults: readonly Fault[] = [
  fault('failure-stops-the-others', {
    rule: 'CMD-07',
    bug: 'flow-orchestrator NULL payload: one bad item wedges the queue',
    says: /each command is handed out once/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        async process(query, handler, options) {
          let failed = false
          const stopping = around(handler, async (command, context) => {
            if (failed) throw new Error('Stopped')
            failed = true
            await handler(command, context)
            failed = false
          })
          const { processed, failures } = await real.process(query, stopping, options)
          return { processed, failures: failures.slice(0, 1) }
        },
      })),
  }),

  fault('failure-without-an-error', {
    rule: 'CMD-07',
    bug: 'sayiir PR#152: a handler that fails without an error object counts as done',
    says: /reported as processed/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        async process(query, handler, options) {
          const forgiving = around(handler, async (command, context) => {
            try {
              await handler(command, context)
            } catch (error) {
              if (error) throw error as Error
            }
          })
          return real.process(query, forgiving, options)
        },
      })),
  }),

  fault('re-armed-command-is-lost', {
    rule: 'CMD-08',
    bug: 'workflow-core W9: a command that is scheduled while its handler runs is swallowed as a duplicate',
    says: /when it is scheduled anew 5000 ms/,
    wrap(provider) {
      const underWay: ScheduledCommand[] = []
      return override(provider, 'commands', (real) => ({
        async schedule(command, options) {
          const held = underWay.find((other) => isSame(other, command))
          const later = held !== undefined && command.executeAt > held.executeAt
          return later ? command : real.schedule(command, options)
        },
        process: async (query, handler, options) =>
          real.process(
            query,
            around(handler, async (command, context) => {
              underWay.push(command)
              try {
                await handler(command, context)
              } finally {
                underWay.splice(underWay.indexOf(command), 1)
              }
            }),
            options,
          ),
      }))
    },
  }),

  fault('failure-drops-the-earlier-time', {
    rule: 'CMD-09',
    bug: 'workflow-core W10: what is put back when a handler fails overwrites what came meanwhile',
    says: /the command is kept when it is scheduled anew -5000 ms/,
    wrap(provider) {
      const underWay: ScheduledCommand[] = []
      const waiting: ScheduledCommand[] = []
      return override(provider, 'commands', (real) => ({
        async schedule(command, options) {
          if (!underWay.some((other) => isSame(other, command)))
            return real.schedule(command, options)
          waiting.push(command)
          return command
        },
        process: async (query, handler, options) =>
          real.process(
            query,
            around(handler, async (command, context) => {
              underWay.push(command)
              try {
                await handler(command, context)
                const anew = waiting.filter((other) => isSame(other, command))
                for (const next of anew) await real.schedule(next)
              } finally {
                underWay.splice(underWay.indexOf(command), 1)
                waiting.length = 0
              }
            }),
            options,
          ),
      }))
    },
  }),

  fault('command-in-two-hands', {
    rule: 'CMD-10',
    bug: 'durabletask-go#59: two workers pick the same item',
    says: /what other processors were handed/,
    wrap(provider) {
      const underWay: ScheduledCommand[] = []
      return override(provider, 'commands', (real) => ({
        async process(query, handler, options) {
          let handled = 0
          const report = await real.process(
            query,
            around(handler, async (command, context) => {
              handled += 1
              underWay.push(command)
              try {
                await handler(command, context)
              } finally {
                underWay.splice(underWay.indexOf(command), 1)
              }
            }),
            options,
          )
          const [busy] = underWay
          if (handled === 0 && busy !== undefined)
            await handler(busy, { signal: new AbortController().signal })
          return report
        },
      }))
    },
  }),

  fault('ttl-of-a-command-is-ignored', {
    rule: 'CMD-11',
    also: ['DATA-20'],
    bug: 'durabletask-go#136: the option for the lock timeout is not looked at',
    says: /handed the command after the ttl/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        process: async (query, handler, options) =>
          real.process({ ...query, ttl: HOUR }, handler, options),
      })),
  }),

  fault('late-end-deletes-the-command', {
    rule: 'CMD-11',
    bug: 'Hangfire.PostgreSql#130, bull#1416: what a worker does at its end is not checked against its lock',
    says: /leaves what the second one kept/,
    wrap(provider) {
      const handed: ScheduledCommand[] = []
      return override(provider, 'commands', (real) => ({
        async process(query, handler, options) {
          const retaken: ScheduledCommand[] = []
          const report = await real.process(
            query,
            around(handler, async (command, context) => {
              const place = handed.push(command)
              await handler(command, context)
              if (handed.slice(place).some((other) => isSame(other, command))) retaken.push(command)
            }),
            options,
          )
          for (const command of retaken) {
            await real.process({ asOf: command.executeAt }, (other) => {
              if (!isSame(other, command)) throw new Error('Another command')
            })
          }
          return report
        },
      }))
    },
  }),

  fault('handler-has-a-dead-signal', {
    rule: 'CMD-12',
    bug: 'flow-orchestrator: nothing tells a handler that its caller gave up',
    says: /signal fired before and after the abort/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        async process(query, handler, options) {
          const { signal } = new AbortController()
          return real.process(
            query,
            around(handler, async (command) => handler(command, { signal })),
            options,
          )
        },
      })),
  }),

  fault('abort-loses-what-was-taken', {
    rule: 'CMD-13',
    bug: 'sayiir consume-before-persist: what was taken and not handled is gone when the work is cancelled',
    says: /what was not handled comes/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        async process(query, handler, options) {
          let handled = 0
          try {
            return await real.process(
              query,
              around(handler, async (command, context) => {
                handled += 1
                await handler(command, context)
              }),
              options,
            )
          } catch (error) {
            // The batch that was taken with the first ones.
            if (handled > 1) await real.process({ ...query, limit: 1 }, () => undefined)
            throw error
          }
        },
      })),
  }),

  fault('no-handler-is-no-error', {
    rule: 'CMD-14',
    also: ['ERROR-04'],
    bug: 'workflow-core W5: an argument that is null is met after the store was changed',
    says: /as handler: TypeError/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        process: async (query, handler, options) =>
          typeof handler === 'function'
            ? real.process(query, handler, options)
            : { processed: 0, failures: [] },
      })),
  }),

  fault('processing-goes-on-and-on', {
    rule: 'CMD-15',
    bug: 'sayiir PR#152, durabletask-go PR#140: what is scheduled again at once is a hot loop',
    says: /no more than 5 commands are handed out/,
    wrap(provider) {
      let scheduled = 0
      return override(provider, 'commands', (real) => ({
        async schedule(command, options) {
          scheduled += 1
          return real.schedule(command, options)
        },
        async process(query, handler, options) {
          const failures = []
          let processed = 0
          for (let more = true; more;) {
            const before = scheduled
            const report = await real.process(query, handler, options)
            processed += report.processed
            failures.push(...report.failures)
            more = report.processed > 1 && scheduled > before
          }
          return { processed, failures }
        },
      }))
    },
  }),

  fault('late-re-arm-is-deleted', {
    rule: 'CMD-16',
    bug: 'workflow-core W9: what is scheduled when the lease is over is deleted when the handler ends',
    says: /that scheduled it anew has ended/,
    wrap(provider) {
      const short: ScheduledCommand[] = []
      return override(provider, 'commands', (real) => ({
        schedule: async (command, options) =>
          short.some((other) => isSame(other, command)) ? command : real.schedule(command, options),
        process: async (query, handler, options) =>
          real.process(
            query,
            around(handler, async (command, context) => {
              if (query.ttl !== undefined && query.ttl < 60_000) short.push(command)
              await handler(command, context)
            }),
            options,
          ),
      }))
    },
  }),
]
