import {
  PersistenceError,
  decodeBody,
  encodeBody,
  type EventBackend,
  type EventPlace,
  type WorkflowEvent,
} from '@holdfast/spec'
import type { Context } from './context.ts'
import { deleteWhere, pageOf, type EventRow } from './database.ts'

export function createEvents(context: Context): EventBackend {
  const { tables } = context

  const read = (row: EventRow): WorkflowEvent => ({
    ...decodeBody<WorkflowEvent>(row.body, `event ${row.id}`, context),
    processed: row.processed,
  })

  return {
    async create(event, { requestId }) {
      const { id, eventName, eventKey, eventTime, processed } = event
      const stored = tables.events.get(id)
      if (stored?.createdBy === requestId) return read(stored)
      if (stored) throw new PersistenceError('CONFLICT', `There is an event ${id} already`)
      const body = encodeBody(event, context)
      tables.arrivals += 1
      const arrival = tables.arrivals
      const row = {
        id,
        eventName,
        eventKey,
        eventTime,
        arrival,
        processed,
        createdBy: requestId,
        body,
      }
      tables.events.set(id, row)
      return read(row)
    },

    async get(id) {
      const row = tables.events.get(id)
      return row ? read(row) : null
    },

    async getRunnable(asOf, page) {
      const due = [...tables.events.values()].filter(
        (row) => !row.processed && row.eventTime <= asOf,
      )
      return pageOf(due, page, placeOf, idOf, idOf)
    },

    async find({ eventName, eventKey, asOf }, page) {
      const found = [...tables.events.values()].filter(
        (row) => row.eventName === eventName && row.eventKey === eventKey && row.eventTime >= asOf,
      )
      return pageOf(found, page, placeOf, read, idOf)
    },

    async mark(id, processed) {
      const row = tables.events.get(id)
      if (!row) return false
      tables.events.set(id, { ...row, processed })
      return true
    },

    async purge(olderThan) {
      const before = tables.events.size
      deleteWhere(tables.events, (row) => row.processed && row.eventTime < olderThan)
      return before - tables.events.size
    },
  }
}

function placeOf(row: EventRow): EventPlace {
  return [row.eventTime, row.arrival]
}

function idOf(row: EventRow): string {
  return row.id
}
