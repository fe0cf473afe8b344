import { EPOCH } from '../clock.ts'
import { equal, ok } from '../expect.ts'
import { aSubscription, anEvent } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'

/** After every event of a rule that is not about the boundary. */
const LATER = EPOCH + 60_000

/** Pairs that become one when they are joined with a separator, or not told apart byte for byte. */
export const alikePairs: readonly (readonly [string, string])[] = [
  ...['-', ':', '_', '|', '/', '.', ' ', ','].flatMap((mark): [string, string][] => [
    [`a${mark}b`, 'c'],
    ['a', `b${mark}c`],
  ]),
  ['ab', 'c'],
  ['a', 'bc'],
  ['c', 'ab'],
  ['A', 'bc'],
]

/** Decision 9: events wait for whoever subscribes, come in order, and are marked as the last call says. */
export const events: readonly Rule[] = [
  rule('EVT-01', {
    title: 'events.getRunnable names the events not processed with a time at or before asOf',
    clause: 9,
    needs: ['events'],
    bugs: ['workflow-core W22', 'workflow-core RavenDB GetRunnableEvents', 'asynq#1071'],
    async check({ events }) {
      const times = [-1500, -1, 0, 1, EPOCH - 1, EPOCH, EPOCH + 1, EPOCH + 86_400_000]
      const waiting: { readonly id: string; readonly eventTime: number }[] = []
      for (const eventTime of times) {
        waiting.push(await events.create(anEvent({ eventTime })))
        const { id } = await events.create(anEvent({ eventTime }))
        await events.markProcessed(id)
      }
      for (const asOf of times) {
        const { items } = await events.getRunnable({ asOf })
        const due = waiting.filter(({ eventTime }) => eventTime <= asOf)
        equal(items.toSorted(), idsOf(due).toSorted(), `the runnable events as of ${asOf}`)
      }
    },
  }),

  rule('EVT-02', {
    title: 'events.getRunnable orders by eventTime, and events of one instant by their arrival',
    clause: 9,
    needs: ['events'],
    bugs: ['workflow-core#146', 'vercel/workflow PR#2714', 'dcb-event-store#89'],
    async check({ events }, trial) {
      const times = [2, 0, 1, 0, 2, 0, 1].map((offset) => EPOCH + offset)
      const created = []
      for (const [index, eventTime] of times.entries()) {
        const first = String.fromCodePoint(0x7a - index)
        created.push(
          await events.create(
            anEvent({ id: trial.id(first), eventName: first, eventKey: first, eventTime }),
          ),
        )
      }
      const expected = idsOf(inOrder(created))
      const query = { asOf: LATER }
      const message = 'the runnable events by (eventTime, arrival)'
      equal((await events.getRunnable(query)).items, expected, message)
      const [, , , again = ''] = idsOf(created)
      await events.markProcessed(again)
      await events.markUnprocessed(again)
      equal((await events.getRunnable(query)).items, expected, `${message}, one marked to and fro`)
    },
  }),

  rule('EVT-03', {
    title: 'events.find returns the events of a name and key at or after asOf, processed or not',
    clause: 9,
    needs: ['events'],
    bugs: ['workflow-core W11', 'workflow-core#432', 'workflow-es MySQL getEvents'],
    async check({ events }, trial) {
      const [eventName, eventKey] = [trial.id('name'), trial.id('key')]
      const asOf = EPOCH + 1
      const wanted = []
      for (const eventTime of [asOf - 1, asOf, asOf + 1]) {
        const open = await events.create(anEvent({ eventName, eventKey, eventTime }))
        const { id } = await events.create(anEvent({ eventName, eventKey, eventTime }))
        await events.markProcessed(id)
        await events.create(anEvent({ eventName, eventKey: trial.id('key'), eventTime }))
        await events.create(anEvent({ eventName: trial.id('name'), eventKey, eventTime }))
        await events.create(anEvent({ eventName: eventKey, eventKey: eventName, eventTime }))
        if (eventTime >= asOf) wanted.push(open, { ...open, id, processed: true })
      }
      const { items } = await events.find({ eventName, eventKey, asOf })
      equal(sorted(items), sorted(wanted), 'the events of the name and key from asOf on')
    },
  }),

  rule('EVT-04', {
    title: 'events.find orders by eventTime, and events of one instant by their arrival',
    clause: 9,
    needs: ['events'],
    bugs: ['workflow-core#146', 'workflow-core#132', 'Gorkflow LibSQL TEXT order'],
    async check({ events }, trial) {
      const times = [EPOCH, 20, -5, 3, 20, EPOCH - 1, -40, 3, EPOCH, 100]
      const created = []
      for (const [index, eventTime] of times.entries()) {
        const first = String.fromCodePoint(0x7a - index)
        created.push(await events.create(anEvent({ id: trial.id(first), eventTime })))
      }
      const { items } = await events.find({ ...pairOf(anEvent()), asOf: -1000 })
      equal(idsOf(items), idsOf(inOrder(created)), 'the events by (eventTime, arrival)')
    },
  }),

  rule('EVT-05', {
    title: 'an event published before its subscription exists is found by it and waits for it',
    clause: 9,
    needs: ['events', 'subscriptions'],
    bugs: ['workflow-core#408', 'workflow-core#773', 'workflow-core#952', 'workflow-es#49'],
    async check({ events, subscriptions }, trial) {
      for (const delay of [0, 1, 5000]) {
        const pair = { eventName: trial.id('name'), eventKey: trial.id('key') }
        const event = await events.create(anEvent({ ...pair, eventTime: EPOCH + delay }))
        const { subscribeAsOf } = await subscriptions.create(
          aSubscription({ ...pair, subscribeAsOf: EPOCH }),
        )
        const { items } = await events.find({ ...pair, asOf: subscribeAsOf })
        equal(items, [event], 'the subscription finds the event that came before it')
        const runnable = await events.getRunnable({ asOf: LATER })
        ok(runnable.items.includes(event.id), 'the event that came before still waits')
      }
    },
  }),

  rule('EVT-06', {
    title: 'events.markProcessed and markUnprocessed are idempotent, and the last call wins',
    clause: 9,
    needs: ['events'],
    bugs: ['workflow-core W29', 'workflow-core W25', 'workflow-core W43', 'workflow-core#1315'],
    async check({ events }) {
      for (const marks of ['p', 'pp', 'u', 'uu', 'pu', 'up', 'puu', 'ppu', 'pup', 'uupp', 'uuu']) {
        const { id } = await events.create(anEvent())
        for (const mark of marks) {
          const call = mark === 'p' ? events.markProcessed(id) : events.markUnprocessed(id)
          equal(await call, true, `each mark of ${marks} says that the event is there`)
        }
        const processed = marks.endsWith('p')
        equal((await events.get(id))?.processed, processed, `processed after the marks ${marks}`)
        const { items } = await events.getRunnable({ asOf: LATER })
        equal(items.includes(id), !processed, `whether it is runnable after the marks ${marks}`)
      }
    },
  }),

  rule('EVT-07', {
    title: 'a mark on one event leaves every other event as it is',
    clause: 9,
    needs: ['events'],
    bugs: ['workflow-core#432', 'workflow-core#1040', 'workflow-core#132', 'workflow-core#297'],
    async check({ events }) {
      const twins = []
      for (let index = 0; index < 4; index += 1) twins.push((await events.create(anEvent())).id)
      const [first = '', second = '', third = '', fourth = ''] = twins
      const query = { asOf: LATER }
      const runnable = async (): Promise<readonly string[]> =>
        (await events.getRunnable(query)).items
      await events.markProcessed(first)
      equal(await runnable(), [second, third, fourth], 'runnable when one of four is processed')
      await events.markProcessed(third)
      await events.markProcessed(fourth)
      await events.markUnprocessed(third)
      equal(await runnable(), [second, third], 'runnable when one of three is unprocessed again')
      for (const id of [first, fourth])
        equal((await events.get(id))?.processed, true, 'its neighbours stay processed')
    },
  }),

  rule('EVT-08', {
    title: 'an event created as processed is not runnable until it is marked unprocessed',
    clause: 9,
    needs: ['events'],
    bugs: ['workflow-core W25', 'workflow-core#297'],
    async check({ events }) {
      const other = await events.create(anEvent({ processed: false }))
      const { id, processed } = await events.create(anEvent({ processed: true }))
      equal(processed, true, 'create returns the event as processed')
      equal((await events.get(id))?.processed, true, 'get returns the event as processed')
      const query = { asOf: LATER }
      const before = await events.getRunnable(query)
      equal(before.items, [other.id], 'the runnable events, one created as processed')
      await events.markUnprocessed(id)
      const after = await events.getRunnable(query)
      equal(after.items, [other.id, id], 'the runnable events when it is marked unprocessed')
    },
  }),

  rule('EVT-09', {
    title: 'events of different names and keys are kept apart, whatever the two are made of',
    clause: 9,
    needs: ['events'],
    bugs: ['workflow-core W21', 'workflow-core Dynamo slug', 'pg-boss PR#898'],
    async check({ events }) {
      const created = []
      for (const [eventName, eventKey] of alikePairs)
        created.push(await events.create(anEvent({ eventName, eventKey })))
      for (const event of created) {
        const { items } = await events.find({ ...pairOf(event), asOf: EPOCH - 10 })
        equal(items, [event], 'the one event of this name and key')
      }
    },
  }),
]

function idsOf(records: readonly { readonly id: string }[]): string[] {
  return records.map(({ id }) => id)
}

/** By time; what was created first comes first among equals. */
function inOrder<T extends { readonly eventTime: number }>(created: readonly T[]): T[] {
  return created.toSorted((a, b) => a.eventTime - b.eventTime)
}

function sorted<T extends { readonly id: string }>(records: readonly T[]): T[] {
  return records.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

function pairOf({ eventName, eventKey }: { eventName: string; eventKey: string }): {
  eventName: string
  eventKey: string
} {
  return { eventName, eventKey }
}
