import { EPOCH } from '../clock.ts'
import { equal, ok } from '../expect.ts'
import { aSubscription } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import { alikePairs } from './events.ts'
import { LONG } from './ready.ts'

/** After every subscription of a rule that is not about the boundary. */
const LATER = EPOCH + 60_000

/** Decisions 6 and 9: what waits for an event is found by it. */
export const subscriptions: readonly Rule[] = [
  rule('SUB-01', {
    title: 'subscriptions.find returns those to a name and key from asOf or before, held or open',
    clause: 6,
    needs: ['subscriptions'],
    bugs: ['workflow-core W22', 'workflow-es MySQL getSubscriptions', 'workflow-core#1002'],
    async check({ subscriptions }, trial) {
      const pair = { eventName: trial.id('name'), eventKey: trial.id('key') }
      const asOf = EPOCH + 1
      const wanted = []
      for (const subscribeAsOf of [asOf - 1, asOf, asOf + 1]) {
        const open = await subscriptions.create(aSubscription({ ...pair, subscribeAsOf }))
        const { id } = await subscriptions.create(aSubscription({ ...pair, subscribeAsOf }))
        await subscriptions.setToken(id, { token: 't', workerId: 'w', ttl: LONG })
        const near = [
          { ...pair, eventName: trial.id('name') },
          { ...pair, eventKey: trial.id('key') },
          { eventName: pair.eventKey, eventKey: pair.eventName },
        ]
        for (const other of near)
          await subscriptions.create(aSubscription({ ...other, subscribeAsOf }))
        if (subscribeAsOf <= asOf) wanted.push(open.id, id)
      }
      const { items } = await subscriptions.find({ ...pair, asOf })
      equal(idsOf(items).toSorted(), wanted.toSorted(), 'the subscriptions of the name and key')
      equal(items.filter(({ token }) => token === 't').length, 2, 'how many of them are held')
    },
  }),

  rule('SUB-02', {
    title: 'subscriptions.find orders by (subscribeAsOf, id), ids byte for byte',
    clause: 9,
    needs: ['subscriptions'],
    bugs: ['workflow-core W13', 'unkey#4091', 'langgraph-redis PR#107'],
    async check({ subscriptions }, trial) {
      const byId = ['0', 'B', 'Z', 'a', 'b', '~', 'é'].map((first) => trial.id(first))
      const pair = { eventName: trial.id('name'), eventKey: trial.id('key') }
      const rows = [EPOCH, EPOCH - 1].flatMap((subscribeAsOf) =>
        byId.map((id) => aSubscription({ ...pair, id: `${id}-${subscribeAsOf}`, subscribeAsOf })),
      )
      for (const index of [4, 9, 0, 13, 2, 7, 5, 11, 1, 6, 12, 3, 10, 8]) {
        const row = rows[index]
        if (row !== undefined) await subscriptions.create(row)
      }
      const { items } = await subscriptions.find({ ...pair, asOf: LATER })
      const expected = [...rows.slice(7), ...rows.slice(0, 7)].map(({ id }) => id)
      equal(idsOf(items), expected, 'the subscriptions by (subscribeAsOf, id)')
    },
  }),

  rule('SUB-03', {
    title: 'subscriptions to different names and keys are kept apart, whatever the two are made of',
    clause: 9,
    needs: ['subscriptions'],
    bugs: ['workflow-core W21', 'workflow-core Dynamo slug', 'pg-boss PR#898'],
    async check({ subscriptions }) {
      const created = []
      for (const [eventName, eventKey] of alikePairs)
        created.push(await subscriptions.create(aSubscription({ eventName, eventKey })))
      for (const subscription of created) {
        const { eventName, eventKey } = subscription
        const query = { eventName, eventKey, asOf: LATER }
        const { items } = await subscriptions.find(query)
        equal(items, [subscription], 'the one subscription to this name and key')
        const open = await subscriptions.findFirstOpen(query)
        equal(open, subscription, 'the one open subscription to this name and key')
      }
    },
  }),

  rule('SUB-04', {
    title: 'subscriptions.findFirstOpen finds the first open one, whichever others are held',
    clause: 9,
    needs: ['subscriptions'],
    bugs: ['workflow-core W30', 'workflow-core Cosmos GetFirstOpenSubscription'],
    async check({ subscriptions }, trial) {
      for (const held of ['...', 'h..', '.h.', '..h', 'hh.', 'h.h', '.hh', 'hhh']) {
        const pair = { eventName: trial.id('name'), eventKey: trial.id('key') }
        const open = []
        for (const [index, mark] of held.split('').entries()) {
          const { id } = await subscriptions.create(
            aSubscription({ ...pair, subscribeAsOf: EPOCH + index }),
          )
          if (mark === '.') open.push(id)
          else await subscriptions.setToken(id, { token: 't', workerId: 'w', ttl: LONG })
        }
        const found = await subscriptions.findFirstOpen({ ...pair, asOf: LATER })
        equal(found?.id, open[0], `the first open one of ${held}, where h is held`)
      }
    },
  }),

  rule('SUB-05', {
    title: 'subscriptions.findFirstOpen finds a subscription again when its token has expired',
    clause: 6,
    needs: ['subscriptions'],
    bugs: ['workflow-core ExternalTokenExpiry ignored', 'durabletask-go#136'],
    async check({ subscriptions }, trial) {
      const { clock } = trial
      const { id } = await subscriptions.create(aSubscription())
      const query = { eventName: 'paid', eventKey: 'order-1', asOf: LATER }
      const hold = { token: 't', workerId: 'w' }
      await subscriptions.setToken(id, { ...hold, ttl: LONG })
      equal(await subscriptions.findFirstOpen(query), null, 'none is open while the one is held')
      await subscriptions.clearToken(id, hold.token)
      await subscriptions.setToken(id, { ...hold, ttl: clock.ttl })
      await clock.advance(clock.ttl + 1)
      const found = await subscriptions.findFirstOpen(query)
      equal(found?.id, id, 'it is found again when its token has expired')
    },
  }),

  rule('SUB-06', {
    title: 'subscriptions.findFirstOpen looks at the name, the key and asOf',
    clause: 6,
    needs: ['subscriptions'],
    bugs: ['workflow-core W39', 'workflow-core W11'],
    async check({ subscriptions }, trial) {
      const pair = { eventName: trial.id('name'), eventKey: trial.id('key') }
      const later = await subscriptions.create(aSubscription({ ...pair, subscribeAsOf: EPOCH + 7 }))
      const first = await subscriptions.create(aSubscription({ ...pair, subscribeAsOf: EPOCH + 5 }))
      const find = async (query: Partial<typeof pair & { asOf: number }>): Promise<unknown> =>
        subscriptions.findFirstOpen({ ...pair, asOf: EPOCH + 100, ...query })
      equal(await find({ asOf: EPOCH + 4 }), null, 'none subscribed before asOf')
      equal(await find({ asOf: EPOCH + 5 }), first, 'one subscribed at asOf')
      equal(await find({ asOf: EPOCH + 7 }), first, 'the first of two')
      equal(await find({ eventName: trial.id('name') }), null, 'none of another name')
      equal(await find({ eventKey: trial.id('key') }), null, 'none of another key')
      const swapped = { eventName: pair.eventKey, eventKey: pair.eventName }
      equal(await find(swapped), null, 'none when name and key are swapped')
      await subscriptions.terminate(first.id)
      equal(await find({}), later, 'the next when the first is terminated')
    },
  }),

  rule('SUB-07', {
    title: 'a terminated subscription is gone, and no other is',
    clause: 9,
    needs: ['subscriptions'],
    bugs: ['workflow-core W38', 'workflow-es terminateSubscription'],
    async check({ subscriptions }, trial) {
      const pair = { eventName: trial.id('name'), eventKey: trial.id('key') }
      const created = []
      for (let index = 0; index < 3; index += 1)
        created.push(await subscriptions.create(aSubscription({ ...pair, subscribeAsOf: index })))
      const [first, second, third] = created
      ok(first && second && third, 'three subscriptions were created')
      equal(await subscriptions.terminate(second.id), true, 'terminate says that it was there')
      equal(await subscriptions.get(second.id), null, 'get of a terminated subscription')
      const query = { ...pair, asOf: LATER }
      const { items } = await subscriptions.find(query)
      equal(items, [first, third], 'find when one of three is terminated')
      equal(await subscriptions.terminate(second.id), false, 'terminate says that it is gone')
      await subscriptions.terminate(first.id)
      await subscriptions.terminate(third.id)
      equal(await subscriptions.findFirstOpen(query), null, 'none is open when all are terminated')
    },
  }),

  rule('SUB-08', {
    title: 'a subscription created with a token is held by it',
    clause: 10,
    needs: ['subscriptions'],
    bugs: ['workflow-core W25', 'workflow-core PR#921'],
    async check({ subscriptions }, trial) {
      const { clock } = trial
      const expiries = [null, clock.now() + 100 * LONG]
      for (const tokenExpiry of expiries) {
        const pair = { eventName: trial.id('name'), eventKey: trial.id('key') }
        const hold = { token: trial.id('token'), workerId: trial.id('worker'), tokenExpiry }
        const created = await subscriptions.create(aSubscription({ ...pair, ...hold }))
        const query = { ...pair, asOf: LATER }
        equal(await subscriptions.get(created.id), { ...created, ...hold }, 'get returns the hold')
        equal(await subscriptions.findFirstOpen(query), null, 'it is not open while it is held')
        const other = { token: trial.id('token'), workerId: trial.id('worker'), ttl: null }
        equal(await subscriptions.setToken(created.id, other), false, 'another cannot take it')
        equal(await subscriptions.clearToken(created.id, hold.token), true, 'its token opens it')
      }
      const over = aSubscription({
        token: 't',
        workerId: 'w',
        tokenExpiry: clock.now() - 100 * LONG,
      })
      const { id } = await subscriptions.create(over)
      const taken = await subscriptions.setToken(id, { token: 'u', workerId: 'w', ttl: null })
      equal(taken, true, 'one created with an expired token can be taken')
    },
  }),
]

function idsOf(records: readonly { readonly id: string }[]): string[] {
  return records.map(({ id }) => id)
}
