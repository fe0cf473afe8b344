import fc from 'fast-check'
import { queue, type QueueInput, type QueueOutput } from '@holdfast/linearizability'
import type { Operation } from '@holdfast/linearizability'
import type { CommandRepository, ScheduledCommand } from '@holdfast/spec'
import { EPOCH } from '../../clock.ts'
import type { Client } from '../../concurrent/clients.ts'
import { linearizable, observe } from '../../concurrent/observe.ts'
import { allDone, atWork, overlap, race, rounds, type Attempt } from '../../concurrent/race.ts'
import { equal, ok } from '../../expect.ts'
import { aCommand } from '../../fixtures.ts'
import { rule, type Rule } from '../../rule.ts'
import type { Trial } from '../../trial.ts'

/** Decision 11: at least once, by one processor at a time, and none lost. */
export const commands: readonly Rule[] = [
  rule('QUEUE-01', {
    title:
      'a command is handled by one of several processors at a time, and once when it was scheduled once',
    clause: 11,
    level: 'concurrent',
    needs: ['commands'],
    bugs: ['workflow-core#1003', 'bull#308', 'Hangfire.PostgreSql#130'],
    async check(store, trial) {
      const clients = await trial.clients<'commands'>()
      await rounds(trial, clients, async (lineup) => {
        const due = dueOf(trial)
        const datas = ['a', 'b', 'c', 'd'].map((name) => `${name} ${trial.id()}`)
        for (const data of datas) await store.commands.schedule(aCommand({ data, executeAt: due }))
        const busy = new Set<string>()
        const handled: string[] = []
        const doubled: string[] = []
        const attempts = await race(lineup, async ({ store: { commands: repository } }) =>
          repository.process({ asOf: due }, async ({ data }) => {
            if (busy.has(data)) doubled.push(data)
            busy.add(data)
            await pause()
            busy.delete(data)
            handled.push(data)
          }),
        )
        equal(doubled, [], 'commands that two processors handled at a time')
        for (const { value } of attempts) equal(value?.failures, [], 'commands that failed')
        equal(handled.toSorted(), datas.toSorted(), 'what was handled, each once')
        return attempts.some(({ span }, index) =>
          attempts.some((other, place) => place > index && overlap(span, other.span)),
        )
      })
    },
  }),

  rule('QUEUE-02', {
    title:
      'a command that is scheduled while processors are at work is handled after that, however often it was before',
    clause: 11,
    level: 'concurrent',
    needs: ['commands'],
    bugs: ['workflow-core W9', 'workflow-core W47', 'workflow-core#957'],
    async check(store, trial) {
      const clients = await trial.clients<'commands'>()
      await rounds(trial, clients, async ([processor, ...schedulers]) => {
        if (processor === undefined) return false
        const command = aCommand({ data: trial.id('data'), executeAt: dueOf(trial) })
        await store.commands.schedule(command)
        const end = Promise.withResolvers<void>()
        let handled = 0n
        const handle = (): void => {
          handled = process.hrtime.bigint()
          end.resolve()
        }
        const query = { asOf: command.executeAt, limit: 1 }
        const processing = race([processor], async (client) =>
          client.store.commands.process(query, handle),
        ).finally(end.resolve)
        // At the very end of the handler, when the command is about to be forgotten.
        const scheduling = async (): Promise<readonly Attempt[]> => {
          await end.promise
          return race(schedulers, async (client) => client.store.commands.schedule(command))
        }
        const [processed, scheduled] = await allDone([processing, scheduling()])
        await store.commands.process(query, handle)
        for (const { client, span, error } of scheduled) {
          ok(
            error === undefined && span.start < handled,
            `what ${client.name} scheduled while the command was handled is handled again`,
          )
        }
        return scheduled.some(({ span }) => processed.some((one) => overlap(one.span, span)))
      })
    },
  }),

  rule('QUEUE-03', {
    title: 'of several times for one command, scheduled at once, the earliest is kept',
    clause: 11,
    level: 'concurrent',
    needs: ['commands'],
    bugs: ['workflow-core W10', 'workflow-core W47', 'workflow-core#1321'],
    async check(store, trial) {
      const clients = await trial.clients<'commands'>()
      // Neither rising nor falling with the order in which they are scheduled.
      const timeOf = (index: number): number => (index * 3 + 2) % 8
      await rounds(trial, clients, async (lineup) => {
        const due = dueOf(trial)
        const data = trial.id('data')
        const attempts = await race(lineup, async (client, index) =>
          client.store.commands.schedule(aCommand({ data, executeAt: due + timeOf(index) })),
        )
        const failed = attempts.find(({ error }) => error !== undefined)
        ok(!failed, `schedule of a command that others schedule got ${failed?.error?.code}`)
        const kept = (await everyCommand(store.commands)).filter((one) => one.data === data)
        const earliest = due + Math.min(...lineup.map((_, index) => timeOf(index)))
        equal(
          kept.map(({ executeAt }) => executeAt),
          [earliest],
          'the time of a command that several schedule',
        )
        await store.commands.process({ asOf: due + 7 }, () => {})
        return attempts.some(({ span }, index) =>
          attempts.some((other, place) => place > index && overlap(span, other.span)),
        )
      })
    },
  }),

  rule('QUEUE-04', {
    title: 'schedule and process are linearizable, as a queue of commands',
    clause: 11,
    level: 'concurrent',
    needs: ['commands'],
    bugs: ['workflow-core W8', 'cap-js#525', 'pg-boss#522'],
    async check(store, trial) {
      const clients = await trial.clients<'commands'>()
      const step = fc.constantFrom('schedule a', 'schedule b', 'process', 'process', 'process')
      await atWork(trial, clients, step, async (perform) => {
        const due = dueOf(trial)
        const prefix = trial.id('data')
        const seen = observe<QueueInput, QueueOutput>()
        await perform(async (client, op) => {
          if (op === 'process') return processing(client, due, seen.operations)
          const command = `${prefix} ${op.slice(-1)}`
          return seen.note(client, { op: 'add', key: command, command }, async () => {
            await client.store.commands.schedule(aCommand({ data: command, executeAt: due }))
            return null
          })
        })
        const model = queue({ order: 'any' })
        const conflicts = linearizable(trial, model, seen, 'schedule and process')
        await store.commands.process({ asOf: due }, () => {})
        return conflicts
      })
    },
  }),
]

/** Processes up to two commands, and puts down when each was taken and done. */
async function processing(
  client: Client<'commands'>,
  asOf: number,
  operations: Operation<QueueInput, QueueOutput>[],
): Promise<void> {
  let free = process.hrtime.bigint()
  let done: ((end: bigint) => void) | undefined
  await client.store.commands.process({ asOf, limit: 2 }, async ({ data }) => {
    const taken = process.hrtime.bigint()
    done?.(taken)
    // Taken at some time since the last one was done. A client takes and lets go in turns: each is a line of its own.
    operations.push({
      process: `${client.name} takes`,
      input: { op: 'take', key: data },
      output: data,
      call: free,
      return: taken,
      outcome: 'ok',
    })
    await pause()
    free = process.hrtime.bigint()
    const call = free
    done = (end) =>
      operations.push({
        process: `${client.name} lets go`,
        input: { op: 'done', key: data, command: data },
        output: true,
        call,
        return: end,
        outcome: 'ok',
      })
  })
  done?.(process.hrtime.bigint())
}

/** An instant before those of earlier rounds: what they left behind is not due. */
function dueOf(trial: Trial): number {
  const round = Number(/\d+$/.exec(trial.id())?.[0] ?? 0)
  return EPOCH - 10 * round
}

async function everyCommand(repository: CommandRepository): Promise<readonly ScheduledCommand[]> {
  const { items } = await repository.list({ limit: 1000 })
  return items
}

/** As long as a short handler takes: others get their turn. */
async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1))
}
