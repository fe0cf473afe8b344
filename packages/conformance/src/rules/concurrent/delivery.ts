import { EPOCH } from '../../clock.ts'
import { allDone, overlap, race, rounds } from '../../concurrent/race.ts'
import type { Span } from '../../concurrent/workers.ts'
import { equal, ok } from '../../expect.ts'
import { aSubscription, anEvent } from '../../fixtures.ts'
import { rule, type Rule } from '../../rule.ts'

/** Decision 9: an event reaches whoever waits for it, once, in order. */
export const delivery: readonly Rule[] = [
  rule('DELIVERY-01', {
    title: 'of an event and a subscription that are made at the same time one finds the other',
    clause: 9,
    level: 'concurrent',
    needs: ['events', 'subscriptions'],
    bugs: ['workflow-core#408', 'workflow-core#773', 'workflow-es#49'],
    async check(_store, trial) {
      const clients = await trial.clients<'events' | 'subscriptions'>()
      await rounds(trial, clients, async (lineup) => {
        const eventKey = trial.id('key')
        const query = { eventName: 'paid', eventKey, asOf: EPOCH }
        const attempts = await race(lineup, async (client, index) => {
          const { events, subscriptions } = client.store
          if (index % 2 === 0) {
            const { id } = await events.create(anEvent({ eventKey }))
            const made = client.last
            const { items } = await subscriptions.find(query)
            return { id, publishes: true, made, found: items.map((one) => one.id) }
          }
          const { id } = await subscriptions.create(aSubscription({ eventKey }))
          const made = client.last
          const { items } = await events.find(query)
          return { id, publishes: false, made, found: items.map((one) => one.id) }
        })
        const all = attempts.flatMap(({ value }) => value ?? [])
        equal(all.length, lineup.length, 'how many published and subscribed')
        const publishers = all.filter(({ publishes }) => publishes)
        const subscribers = all.filter(({ publishes }) => !publishes)
        for (const publisher of publishers) {
          for (const subscriber of subscribers) {
            const met =
              publisher.found.includes(subscriber.id) || subscriber.found.includes(publisher.id)
            ok(met, 'an event and a subscription that are made at the same time miss each other')
          }
        }
        return publishers.some(({ made }) =>
          subscribers.some((subscriber) => overlap(made, subscriber.made)),
        )
      })
    },
  }),

  rule('DELIVERY-02', {
    title:
      'events that several publish at once are found once each, and one that came later comes later',
    clause: 9,
    level: 'concurrent',
    needs: ['events'],
    bugs: ['workflow-core#146', 'vercel/workflow PR#2714', 'dcb-event-store#89'],
    async check(store, trial) {
      const EACH = 4
      const clients = await trial.clients<'events'>()
      await rounds(trial, clients, async (lineup) => {
        const eventKey = trial.id('key')
        const published = new Map<string, Span>()
        await allDone(
          lineup.map(async (client) => {
            for (let count = 0; count < EACH; count += 1) {
              const { id } = await client.store.events.create(anEvent({ eventKey }))
              published.set(id, client.last)
            }
          }),
        )
        const { items } = await store.events.find({ eventName: 'paid', eventKey, asOf: EPOCH })
        const found = items.map(({ id }) => id)
        equal(found.toSorted(), [...published.keys()].toSorted(), 'the events that were published')
        for (const [place, id] of found.entries()) {
          const span = published.get(id)
          const early = found.slice(place + 1).find((later) => {
            const other = published.get(later)
            return span && other && other.end < span.start
          })
          ok(early === undefined, `an event is listed after one that was published later`)
        }
        const spans = [...published.values()]
        return spans.some((one, index) =>
          spans.some((other, place) => place > index && overlap(one, other)),
        )
      })
    },
  }),

  rule('DELIVERY-03', {
    title: 'an event that is marked unprocessed while processed ones are purged is still there',
    clause: 14,
    level: 'concurrent',
    needs: ['events'],
    bugs: ['workflow-core#1315', 'workflow-core#297'],
    async check(store, trial) {
      const clients = await trial.clients<'events'>()
      await rounds(trial, clients, async ([purger, ...others]) => {
        if (purger === undefined) return false
        const made = await allDone(
          others.map(async () => store.events.create(anEvent({ eventTime: EPOCH - 1 }))),
        )
        for (const { id } of made) await store.events.markProcessed(id)
        const [purged, marked] = await allDone([
          race([purger], async (client) => client.store.events.purge({ olderThan: EPOCH })),
          race(others, async (client, index) =>
            client.store.events.markUnprocessed(made[index]?.id ?? ''),
          ),
        ])
        for (const [index, { client, value }] of marked.entries()) {
          const event = await store.events.get(made[index]?.id ?? '')
          ok(
            (event !== null) === (value === true),
            `${client.name} marked an event unprocessed (${value}), and it is ${event ? 'there' : 'purged'}`,
          )
        }
        for (const { id } of made) await store.events.markProcessed(id)
        await store.events.purge({ olderThan: EPOCH })
        return marked.some(({ span }) => purged.some((purge) => overlap(span, purge.span)))
      })
    },
  }),
]
