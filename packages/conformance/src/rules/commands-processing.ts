import type { CommandHandler, ScheduledCommand } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { equal, ok, rejects, show } from '../expect.ts'
import { aCommand } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'

const due = { asOf: EPOCH + 1000 }

/** Decision 11: what happens while a command is handled. */
export const commandProcessing: readonly Rule[] = [
  rule('CMD-07', {
    title: 'a handler that fails keeps its command, is reported, and does not stop the others',
    clause: 11,
    needs: ['commands'],
    bugs: ['durabletask-go PR#140', 'flow-orchestrator NULL payload', 'workflow-core W9'],
    async check({ commands }) {
      const rejected = new Error('rejected')
      const thrown = new TypeError('thrown')
      const handlers: Record<string, () => unknown> = {
        good: () => undefined,
        rejects: async () => {
          throw rejected
        },
        throws: () => {
          throw thrown
        },
        'rejects-undefined': () => {
          const { promise, reject } = Promise.withResolvers()
          reject(undefined)
          return promise
        },
        last: async () => undefined,
      }
      const errors: Record<string, unknown> = { rejects: rejected, throws: thrown }
      const scheduled = []
      for (const [index, name] of Object.keys(handlers).entries())
        scheduled.push(await commands.schedule(aCommand({ name, executeAt: EPOCH + index })))
      const bad = scheduled.slice(1, -1)
      const handed: ScheduledCommand[] = []
      const report = await commands.process(due, (command) => {
        handed.push(command)
        return handlers[command.name]?.()
      })
      equal(handed, scheduled, 'each command is handed out once, also after one that failed')
      equal(report.processed, 2, 'how many are reported as processed')
      const failed = report.failures.map(({ command }) => command)
      equal(failed, bad, 'the commands that are reported as failed')
      for (const { command, error } of report.failures)
        ok(error === errors[command.name], `the failure of ${command.name} has its error`)
      equal((await commands.list()).items, bad, 'the commands that failed are still scheduled')
      const again: ScheduledCommand[] = []
      await commands.process(due, (command) => again.push(command))
      equal(again, bad, 'the commands that failed are handed out again')
    },
  }),

  rule('CMD-08', {
    title: 'a command that is scheduled anew while its handler runs comes again at the new time',
    clause: 11,
    needs: ['commands'],
    bugs: ['workflow-core W9', 'workflow-core W10', 'workflow-core W47'],
    async check({ commands }, trial) {
      for (const shift of [5000, 0, -5000]) {
        const command = aCommand({ name: trial.id(), executeAt: EPOCH })
        const anew = { ...command, executeAt: EPOCH + shift }
        const message = `when it is scheduled anew ${shift} ms from its time`
        await commands.schedule(command)
        const returned: ScheduledCommand[] = []
        await commands.process({ ...due, limit: 1 }, async () => {
          returned.push(await commands.schedule(anew))
        })
        equal(returned, [anew], `schedule returns the new time ${message}`)
        equal((await commands.list()).items, [anew], `the command is there again ${message}`)
        const handed: ScheduledCommand[] = []
        const handler: CommandHandler = (next) => handed.push(next)
        await commands.process({ asOf: anew.executeAt - 1000 }, handler)
        equal(handed, [], `nothing is due before the new time ${message}`)
        await commands.process({ asOf: anew.executeAt }, handler)
        equal(handed, [anew], `it is handed out at the new time ${message}`)
      }
    },
  }),

  rule('CMD-09', {
    title: 'a command scheduled anew while its handler fails comes at the earlier of the times',
    clause: 11,
    needs: ['commands'],
    bugs: ['workflow-core W9', 'workflow-core W10'],
    async check({ commands }, trial) {
      for (const shift of [5000, 0, -5000]) {
        const command = aCommand({ name: trial.id(), executeAt: EPOCH })
        const earlier = { ...command, executeAt: EPOCH + Math.min(0, shift) }
        const message = `when it is scheduled anew ${shift} ms from its time`
        await commands.schedule(command)
        const { failures } = await commands.process({ ...due, limit: 1 }, async () => {
          await commands.schedule({ ...command, executeAt: EPOCH + shift })
          throw new Error('failed')
        })
        equal(failures.length, 1, `the handler failed ${message}`)
        equal((await commands.list()).items, [earlier], `the command is kept ${message}`)
        await commands.process(due, () => undefined)
      }
    },
  }),

  rule('CMD-10', {
    title: 'a command that is being handled is kept from other processors, and is still listed',
    clause: 11,
    needs: ['commands'],
    bugs: ['durabletask-go#59', 'hatchet PR#4454', 'Conductor#576', 'bull#91'],
    async check({ commands }, trial) {
      const other = await trial.reopen<'commands'>()
      const first = await commands.schedule(aCommand({ name: 'first', executeAt: EPOCH - 1 }))
      const second = await commands.schedule(aCommand({ name: 'second' }))
      const handed: ScheduledCommand[] = []
      let inside: readonly ScheduledCommand[] = []
      const nested: ScheduledCommand[] = []
      const { processed } = await commands.process(due, async (command) => {
        handed.push(command)
        inside = (await commands.list()).items
        for (const processor of [other.commands, commands])
          await processor.process(due, (next) => nested.push(next))
      })
      equal(handed, [first], 'what the first processor was handed')
      equal(inside, [first, second], 'the list while the first command is handled')
      equal(nested, [second], 'what other processors were handed while the first is handled')
      equal(processed, 1, 'how many the first processor processed')
      equal((await commands.list()).items, [], 'both were handled')
    },
  }),

  rule('CMD-11', {
    title: 'a handler that outlasts its ttl does not end what another processor does then',
    clause: 11,
    needs: ['commands'],
    bugs: ['durabletask-go#136', 'Hangfire.PostgreSql#130', 'bull#1416', 'workflow-core W9'],
    async check({ commands }, trial) {
      const { clock } = trial
      // Not what a careless default would be.
      const ttl = Math.round(clock.ttl / 2)
      const command = await commands.schedule(aCommand())
      const handed: ScheduledCommand[] = []
      await commands.process({ ...due, ttl, limit: 1 }, async () => {
        await clock.advance(ttl)
        await commands.process({ ...due, limit: 1 }, (next) => {
          handed.push(next)
          throw new Error('failed')
        })
      })
      equal(handed, [command], 'another processor is handed the command after the ttl')
      const { items } = await commands.list()
      equal(items, [command], 'the end of the first handler leaves what the second one kept')
      const { processed } = await commands.process(due, () => undefined)
      equal(processed, 1, 'the command can be processed then')
    },
  }),

  rule('CMD-12', {
    title: 'a handler is given a signal, which fires when the caller aborts',
    clause: 16,
    needs: ['commands'],
    bugs: ['Gorkflow cancelWorkflow', 'flow-orchestrator: no context'],
    async check({ commands }) {
      await commands.schedule(aCommand())
      const signals: AbortSignal[] = []
      await commands.process(due, (_, { signal }) => signals.push(signal))
      equal(signals[0]?.aborted, false, 'whether the signal of a handler that nobody aborts fired')
      await commands.schedule(aCommand())
      await commands.schedule(aCommand({ name: 'second' }))
      const controller = new AbortController()
      const seen: boolean[] = []
      const aborting = commands.process(
        due,
        (_, { signal }) => {
          seen.push(signal.aborted)
          controller.abort()
          seen.push(signal.aborted)
        },
        { signal: controller.signal },
      )
      await rejects(aborting, 'ABORTED', 'processing that is aborted by its first handler')
      equal(seen, [false, true], "whether the handler's signal fired before and after the abort")
    },
  }),

  rule('CMD-13', {
    title: 'an abort stops the processing after the handler under way, and loses nothing',
    clause: 16,
    needs: ['commands'],
    bugs: ['Gorkflow cancelWorkflow', 'sayiir consume-before-persist', 'flow-orchestrator limbo'],
    async check({ commands }) {
      const scheduled = []
      for (let index = 0; index < 4; index += 1) {
        const command = aCommand({ name: `command-${index}`, executeAt: EPOCH + index })
        scheduled.push(await commands.schedule(command))
      }
      const controller = new AbortController()
      const underWay = Promise.withResolvers<void>()
      const handed: ScheduledCommand[] = []
      const aborting = commands.process(
        due,
        async (command) => {
          handed.push(command)
          if (handed.length < 2) return
          controller.abort()
          await commands.list()
          underWay.resolve()
        },
        { signal: controller.signal },
      )
      await rejects(aborting, 'ABORTED', 'processing that is aborted on the way')
      await underWay.promise
      const [first, second, ...rest] = scheduled
      const again: ScheduledCommand[] = []
      await commands.process(due, (command) => again.push(command))
      const others = again.filter(({ name }) => name !== second?.name)
      equal(others, rest, 'what was not handled comes when the processing goes on')
      equal(handed, [first, second], 'what was handled by the processing that was aborted')
    },
  }),

  rule('CMD-14', {
    title: 'commands.process without a handler is a TypeError and takes nothing',
    clause: 15,
    needs: ['commands'],
    bugs: ['workflow-core W5', 'durabletask PR#1235'],
    async check({ commands }) {
      const command = await commands.schedule(aCommand())
      const handlers: unknown[] = [undefined, null, 'handler', {}]
      for (const handler of handlers) {
        const failed = await failureOf(commands.process(due, handler as CommandHandler))
        ok(
          failed instanceof TypeError,
          `${show(handler)} as handler: TypeError, not ${show(failed)}`,
        )
      }
      const handed: ScheduledCommand[] = []
      await commands.process(due, (next) => handed.push(next))
      equal(handed, [command], 'the command is handed out after all that')
    },
  }),

  rule('CMD-15', {
    title: 'handlers that schedule more, or themselves again, do not keep the processing going',
    clause: 11,
    needs: ['commands'],
    bugs: ['durabletask-go PR#140', 'workflow-core#898', 'sayiir PR#152'],
    async check({ commands }, trial) {
      const limit = 5
      const names = new Set(['seed-1', 'seed-2'])
      for (const name of names) await commands.schedule(aCommand({ name }))
      let handled = 0
      const { processed } = await commands.process({ ...due, limit }, async (command) => {
        handled += 1
        // Ends what would never end by itself.
        if (handled > 10 * limit) return
        const child = trial.id('child')
        names.add(child)
        await commands.schedule(command)
        await commands.schedule(aCommand({ name: child }))
      })
      ok(handled <= limit, `no more than ${limit} commands are handed out, not ${handled}`)
      equal(processed, handled, 'how many are reported as processed')
      const { items } = await commands.list()
      const left = items.map(({ name }) => name).toSorted()
      equal(left, [...names].toSorted(), 'every command that a handler scheduled is there')
    },
  }),

  rule('CMD-16', {
    title: 'a command scheduled anew by a handler that outlasted its ttl is still scheduled',
    clause: 11,
    needs: ['commands'],
    bugs: ['workflow-core W9', 'Hangfire#2433', 'workflow-core W47'],
    async check({ commands }, { clock }) {
      const ttl = Math.round(clock.ttl / 2)
      const command = await commands.schedule(aCommand())
      await commands.process({ ...due, ttl, limit: 1 }, async () => {
        await clock.advance(ttl + 1)
        await commands.schedule(command)
      })
      const { items } = await commands.list()
      equal(items, [command], 'what is left when the handler that scheduled it anew has ended')
      const { processed } = await commands.process(due, () => undefined)
      equal(processed, 1, 'how many commands are processed then')
    },
  }),
]

/** What the call throws, whatever it is. */
async function failureOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call
  } catch (error) {
    return error
  }
}
