import { sliceOf, type EventBackend, type EventPlace, type WorkflowEvent } from '@holdfast/spec'
import {
  DONE,
  PENDING,
  eventItem,
  eventPlace,
  eventState,
  eventsOf,
  readEvent,
  type EventItem,
} from './codec-events.ts'
import type { Context } from './context.ts'
import { taken } from './judge.ts'
import { itemId } from './keys.ts'
import { endOf, orderOf } from './order.ts'
import type { Stored } from './partition.ts'
import { arrive } from './schema.ts'

type Waiting = Pick<EventItem, 'key' | 'at' | 'eventTime' | 'arrival'>

/** How many events a purge deletes at a time. */
const PURGED = 100

export function createEvents(context: Context): EventBackend {
  const partition = context.database.events

  const read = (item: EventItem): WorkflowEvent => readEvent(item, context)

  return {
    async create(event, { requestId }) {
      // First of all, so that a body that is too large costs nothing.
      const draft = eventItem(event, 0, requestId, context)
      const arrival = await arrive(partition, 1)
      const at = eventPlace(event.eventTime, arrival)
      const place = eventsOf(event.eventName, event.eventKey) + at
      const item: EventItem = { ...draft, arrival, at, place }
      if ((await partition.create(item)) === 'written') return event
      const stored = await partition.read<EventItem>(item.id)
      if (stored?.createdBy !== requestId) throw taken(`event ${event.id}`)
      return read(stored)
    },

    async get(id) {
      const item = await partition.read<EventItem>(itemId('event', id))
      return item && read(item)
    },

    async getRunnable(asOf, { limit, after }) {
      const rows = await partition.query<Waiting>(
        {
          select: 'c.key, c.at, c.eventTime, c.arrival',
          where: `c.state = '${PENDING}' AND c.at > @after AND c.at < @end`,
          order: 'c.state, c.at',
          parameters: {
            after: after === null ? '' : eventPlace(...after),
            end: orderOf(asOf + 1),
          },
        },
        limit + 1,
      )
      const idOf = ({ key }: Waiting): string => key[0] ?? ''
      return sliceOf(rows, limit, idOf, placeOf, idOf)
    },

    async find({ eventName, eventKey, asOf }, { limit, after }) {
      const topic = eventsOf(eventName, eventKey)
      const from = topic + orderOf(asOf)
      const next = after === null ? from : topic + eventPlace(...after)
      const rows = await partition.query<EventItem>(
        {
          select: '*',
          where: 'c.place > @after AND c.place < @end',
          order: 'c.place',
          // A cursor may come with another question than the one it was made by: the higher of the bounds holds.
          parameters: { after: next > from ? next : from, end: endOf(topic) },
        },
        limit + 1,
      )
      return sliceOf(rows, limit, read, placeOf, ({ key }) => key[0] ?? '')
    },

    async mark(id, processed) {
      const marked = await partition.patch(itemId('event', id), {
        set: { state: eventState(processed) },
      })
      return marked !== 'missing'
    },

    async purge(olderThan) {
      let count = 0
      for (;;) {
        const old = await partition.query<Stored<Pick<EventItem, 'id'>>>(
          {
            select: 'c.id, c._etag',
            where: `c.state = '${DONE}' AND c.at < @end`,
            order: 'c.state, c.at',
            parameters: { end: orderOf(olderThan) },
          },
          PURGED,
        )
        if (old.length === 0) return count
        // One that is marked meanwhile has another etag: then all of them are looked for again.
        const outcome = await partition.batch(
          old.map(({ id, _etag: etag }) => ({ remove: id, etag })),
        )
        if (!outcome.written) continue
        count += old.length
        if (old.length < PURGED) return count
      }
    },
  }
}

function placeOf({ eventTime, arrival }: Waiting): EventPlace {
  return [eventTime, arrival]
}
