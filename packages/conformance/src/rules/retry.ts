import { EPOCH } from '../clock.ts'
import { equal, ok } from '../expect.ts'
import { aCommand } from '../fixtures.ts'
import { rule, type Rule, type Store } from '../rule.ts'
import { cutAtEachTrip, cutting, honest, over, tripsOf, withoutNames } from './retry-cut.ts'
import { writes, writesOf } from './retry-writes.ts'

/** Decision 4, on a network: the write is applied, its reply is lost, and drivers do what drivers do. */
export const retry: readonly Rule[] = [
  ...writes.map((write) =>
    rule(write.rule, {
      title: `${write.method} whose reply is lost succeeds or says so, and repeated it is the same write`,
      clause: 4,
      level: 'resilient',
      needs: write.needs,
      features: write.features ?? [],
      bugs: write.bugs,
      async check(store, trial) {
        await cutAtEachTrip(write, 'reply', store, await trial.wire(), trial)
      },
    }),
  ),

  rule('RETRY-29', {
    title: 'commands.process that loses a reply loses no command, and reports what it handled',
    clause: 11,
    level: 'resilient',
    needs: ['commands'],
    bugs: ['workflow-core W18', 'workflow-core#1003', 'durabletask-go#59'],
    async check({ commands }, trial) {
      const wire = await trial.wire<'commands'>()
      const ttl = trial.clock.injected ? 60_000 : 1000
      for (const nth of tripsOf('commands.process')) {
        const command = aCommand({ name: trial.id(), executeAt: EPOCH })
        await commands.schedule(command)
        let handled = 0
        const count = (): void => void (handled += 1)
        await wire.store.ping()
        const { met, settled } = await cutting(wire, 'reply', nth, async () =>
          wire.store.commands.process({ asOf: EPOCH, ttl }, count),
        )
        if (!met) return over(nth, 'commands.process')
        trial.count('reply cuts')
        const what = `commands.process that lost the reply of trip ${nth}`
        if ('error' in settled) honest(settled.error, what)
        else equal(settled.value, { processed: 1, failures: [] }, `what ${what}, reports`)
        ok('error' in settled || handled === 1, `${what}, handled the command that it reports`)
        await trial.clock.advance(ttl)
        await wire.store.commands.process({ asOf: EPOCH, ttl }, count)
        equal(withoutNames((await commands.list()).items, trial), [], `what is left after ${what}`)
        ok(handled >= 1, `a command is handled at least once, also when ${what}`)
      }
    },
  }),

  rule('RETRY-30', {
    title:
      'a write that is cut before the server has all of it is made or not, and a repeat makes it',
    clause: 4,
    level: 'resilient',
    needs: [],
    bugs: ['durabletask PR#1235', 'vercel/workflow PR#2295', 'workflow-core#1192'],
    async check(store: Store, trial) {
      const wire = await trial.wire()
      for (const write of writesOf(store)) {
        await cutAtEachTrip(write, 'request', store, wire, trial)
        await cutAtEachTrip(write, 'torn', store, wire, trial)
      }
    },
  }),

  rule('RETRY-38', {
    title:
      'a write whose connection is closed in place of a reply succeeds or says so, as any that is lost',
    clause: 4,
    level: 'resilient',
    needs: [],
    bugs: ['event-queue#525', 'durabletask PR#1235'],
    async check(store: Store, trial) {
      const wire = await trial.wire()
      for (const write of writesOf(store)) await cutAtEachTrip(write, 'closed', store, wire, trial)
    },
  }),
]
