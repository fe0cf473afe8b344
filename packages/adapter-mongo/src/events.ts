import { sliceOf, type EventBackend, type EventPlace, type WorkflowEvent } from '@holdfast/spec'
import { nextArrival } from './arrival.ts'
import { eventRow, readEvent } from './codec.ts'
import type { Context } from './context.ts'
import { createOnce } from './judge.ts'
import { join, lastIds, pageFilter, sortBy } from './keys.ts'
import type { EventRow } from './rows.ts'

const ORDER = ['eventTime', 'arrival'] as const

export function createEvents(context: Context): EventBackend {
  const { collections, namespace: ns } = context

  const read = (row: EventRow): WorkflowEvent => readEvent(row, context)
  const placeOf = ({ eventTime, arrival }: EventRow): EventPlace => [eventTime, arrival]
  const nameOf = (row: EventRow): string => lastIds(row._id, 1)[0]

  return {
    async create(event, { requestId }) {
      const unplaced = eventRow(event, 0, requestId, context)
      const { events, meta } = await collections()
      const row = { ...unplaced, arrival: await nextArrival(meta, ns, 1) }
      const stored = await createOnce(
        `event ${event.id}`,
        requestId,
        () => events.insertOne(row),
        () => events.findOne({ _id: row._id }),
      )
      return stored ? read(stored) : event
    },

    async get(id) {
      const { events } = await collections()
      const row = await events.findOne({ _id: join(ns, id) })
      return row && read(row)
    },

    async getRunnable(asOf, { limit, after }) {
      const { events } = await collections()
      const waiting = { ns, processed: false, eventTime: { $lte: asOf } }
      const rows = await events
        .find(pageFilter(waiting, ORDER, after), {
          sort: sortBy(ORDER),
          limit: limit + 1,
          batchSize: limit + 2,
          projection: { eventTime: 1, arrival: 1 },
        })
        .toArray()
      return sliceOf(rows, limit, nameOf, placeOf, nameOf)
    },

    async find({ eventName, eventKey, asOf }, { limit, after }) {
      const { events } = await collections()
      const wanted = { topic: join(ns, eventName, eventKey), eventTime: { $gte: asOf } }
      const rows = await events
        .find(pageFilter(wanted, ORDER, after), {
          sort: sortBy(ORDER),
          limit: limit + 1,
          batchSize: limit + 2,
        })
        .toArray()
      return sliceOf(rows, limit, read, placeOf, nameOf)
    },

    async mark(id, processed) {
      const { events } = await collections()
      const { matchedCount } = await events.updateOne(
        { _id: join(ns, id) },
        { $set: { processed } },
      )
      return matchedCount > 0
    },

    async purge(olderThan) {
      const { events } = await collections()
      const old = { ns, processed: true, eventTime: { $lt: olderThan } }
      return (await events.deleteMany(old)).deletedCount
    },
  }
}
