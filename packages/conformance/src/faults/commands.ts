import type { CommandHandler, ScheduledCommand } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

export const commandFaults: readonly Fault[] = [
  fault('command-times-as-text', {
    rule: 'CMD-01',
    bug: 'Gorkflow LibSQL: times in a TEXT column sort as text',
    says: /the commands and their order/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        async list(query, options) {
          const page = await real.list(query, options)
          const items = page.items.toSorted((a, b) =>
            String(a.executeAt) < String(b.executeAt) ? -1 : Number(a.executeAt !== b.executeAt),
          )
          return { ...page, items }
        },
      })),
  }),

  fault('schedule-keeps-the-first-time', {
    rule: 'CMD-02',
    also: ['REQ-09'],
    bug: 'workflow-core W10, W47: EF and Mongo swallow an earlier time as a duplicate',
    says: /schedule returns the earlier time when the second is -86400000 ms off/,
    wrap(provider) {
      let known: readonly ScheduledCommand[] = []
      let handling = 0
      return override(provider, 'commands', (real) => ({
        async schedule(command, options) {
          const stored = known.find((other) => isSame(other, command))
          if (handling > 0) return real.schedule(command, options)
          if (stored !== undefined) return stored
          const scheduled = await real.schedule(command, options)
          known = [...known, command]
          return scheduled
        },
        async process(query, handler, options) {
          handling += 1
          try {
            return await real.process(query, handler, options)
          } finally {
            handling -= 1
            known = (await real.list()).items
          }
        },
      }))
    },
  }),

  fault('schedule-returns-what-was-asked', {
    rule: 'CMD-02',
    bug: 'workflow-core W10: whoever schedules a duplicate is not told when it comes',
    says: /schedule returns the earlier time when the second is 1 ms off/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        schedule: async (command, options) => ({
          ...(await real.schedule(command, options)),
          executeAt: command.executeAt,
        }),
      })),
  }),

  fault('command-keys-collide', {
    rule: 'CMD-03',
    also: ['KEY-14'],
    bug: 'workflow-core W45: the key is a hash of `{name}_{data}`',
    says: /the commands, each with its own time/,
    wrap(provider) {
      const keys = new Map<string, ScheduledCommand>()
      return override(provider, 'commands', (real) => ({
        async schedule(command, options) {
          const key = `${command.name}_${command.data}`
          const first = keys.get(key) ?? command
          keys.set(key, first)
          return isSame(first, command) ? real.schedule(command, options) : command
        },
      }))
    },
  }),

  fault('command-data-is-cut', {
    rule: 'CMD-03',
    also: ['DATA-20', 'KEY-14'],
    bug: 'moneat PR#433, workflow-core W15: a key that is cut to 500 characters makes commands equal',
    says: /the commands, each with its own time/,
    wrap(provider) {
      const starts = new Set<string>()
      return override(provider, 'commands', (real) => ({
        async schedule(command, options) {
          const start = JSON.stringify([command.name, command.data.slice(0, 500)])
          if (command.data.length > 500 && starts.has(start)) return command
          starts.add(start)
          return real.schedule(command, options)
        },
      }))
    },
  }),

  fault('commands-early-by-a-second', {
    rule: 'CMD-04',
    also: ['DATA-20'],
    bug: 'asynq#1071: times are kept in seconds, and a command runs before it is due',
    says: /the times of what is handed out/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        process: async (query, handler, options) =>
          real.process({ ...query, asOf: Math.ceil(query.asOf / 1000) * 1000 }, handler, options),
      })),
  }),

  fault('commands-late-by-a-second', {
    rule: 'CMD-04',
    also: ['PAGE-13', 'DATA-10', 'DATA-20', 'ERROR-09'],
    bug: 'workflow-core W10: due is before asOf here, and at it there',
    says: /the times of what is handed out/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        process: async (query, handler, options) =>
          real.process({ ...query, asOf: Math.floor(query.asOf / 1000) * 1000 }, handler, options),
      })),
  }),

  fault('one-command-too-many', {
    rule: 'CMD-05',
    bug: 'langgraph#8656: a limit that each store counts in its own way',
    says: /handed out with limit 1/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        async process(query, handler, options) {
          const { limit = 100 } = query
          const { items } = await real.list()
          const checkedTooLate = items.length > limit ? limit + 1 : limit
          return real.process({ ...query, limit: checkedTooLate }, handler, options)
        },
      })),
  }),

  fault('empty-data-is-not-deleted', {
    rule: 'CMD-06',
    bug: "spring-batch#2874: '' is NULL, so that the delete matches nothing",
    says: /the commands left the first time/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        async process(query, handler, options) {
          const kept: ScheduledCommand[] = []
          const keeping = around(handler, async (command, context) => {
            await handler(command, context)
            if (command.data === '') kept.push(command)
          })
          const report = await real.process(query, keeping, options)
          for (const command of kept) await real.schedule(command)
          return report
        },
      })),
  }),
]

export function isSame(a: ScheduledCommand, b: ScheduledCommand): boolean {
  return a.name === b.name && a.data === b.data
}

/** `handler` inside of `wrapper`. What is no function stays as it is, for the real provider to refuse. */
export function around(handler: CommandHandler, wrapper: CommandHandler): CommandHandler {
  return typeof handler === 'function' ? wrapper : handler
}
