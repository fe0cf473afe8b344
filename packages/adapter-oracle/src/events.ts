import { sliceOf, type EventBackend, type EventPlace, type WorkflowEvent } from '@holdfast/spec'
import {
  createOnce,
  eventParams,
  readEvent,
  toNumber,
  type EventRow,
  type Int,
} from '@holdfast/spec/rows'
import { foundOf, getOne, type Gotten } from './body-out.ts'
import { toFlag } from './codec.ts'
import type { Context } from './context.ts'
import { unlessTaken } from './judge.ts'
import { pageOf, statement, statements } from './statement.ts'

const COLUMNS = ['id', 'event_name', 'event_key', 'event_time', 'processed']

const ORDER = ['event_time', 'arrival']
const PLACE = [':eventTime', ':arrival']

interface PlaceRow {
  readonly id: string
  readonly event_time: Int
  readonly arrival: Int
}

export function createEvents(context: Context): EventBackend {
  const { read: rowsOf, write, nameOf } = context
  const events = nameOf('events')

  const sql = {
    create: statement(
      'events.create',
      `insert into ${events}
        (namespace, id, event_name, event_key, event_time, processed, created_by, body)
      values
        (:namespace, :id, :eventName, :eventKey, :eventTime, :processed, :requestId, :body)`,
    ),
    get: getOne(
      'events.get',
      events,
      [...COLUMNS, 'created_by'],
      'namespace = :namespace and id = :id',
    ),
    due: statements((paged: boolean) =>
      statement(
        'events.getRunnable',
        pageOf(
          'id, event_time, arrival',
          `from ${events}
          where namespace = :namespace and processed = 0 and event_time <= :asOf`,
          ORDER,
          paged ? PLACE : null,
        ),
      ),
    ),
    find: statements((paged: boolean) =>
      statement(
        'events.find',
        pageOf(
          [...COLUMNS, 'arrival', 'body'].join(', '),
          `from ${events}
          where namespace = :namespace and event_name = :eventName and event_key = :eventKey
            and event_time >= :asOf`,
          ORDER,
          paged ? PLACE : null,
        ),
      ),
    ),
    mark: statement(
      'events.mark',
      `update ${events} set processed = :processed where namespace = :namespace and id = :id`,
    ),
    purge: statement(
      'events.purge',
      `delete from ${events}
      where namespace = :namespace and processed = 1 and event_time < :olderThan`,
    ),
  }

  type Found = EventRow & { readonly created_by: string }

  const read = (row: EventRow): WorkflowEvent => readEvent(row, context)

  const find = async (id: string): Promise<Found | undefined> => {
    const { out } = await write<Gotten<Found>>(sql.get, { id })
    return foundOf(out)
  }

  return {
    async create(event, { requestId }) {
      const processed = toFlag(event.processed)
      const params = { ...eventParams(event, context), processed, requestId }
      const insert = async (): Promise<WorkflowEvent> => {
        await write(sql.create, params)
        return event
      }
      return createOnce(
        `event ${event.id}`,
        requestId,
        () => unlessTaken(insert),
        () => find(event.id),
        read,
      )
    },

    async get(id) {
      const row = await find(id)
      return row ? read(row) : null
    },

    async getRunnable(asOf, { limit, after }) {
      const [eventTime, arrival] = after ?? [null, null]
      const rows = await rowsOf<PlaceRow>(
        sql.due(after !== null),
        { asOf, limit: limit + 1, eventTime, arrival },
        limit + 1,
      )
      return sliceOf(rows, limit, idOf, placeOf, idOf)
    },

    async find(filter, { limit, after }) {
      const [eventTime, arrival] = after ?? [null, null]
      const rows = await rowsOf<EventRow & PlaceRow>(
        sql.find(after !== null),
        { ...filter, limit: limit + 1, eventTime, arrival },
        limit + 1,
      )
      return sliceOf(rows, limit, read, placeOf, idOf)
    },

    async mark(id, processed) {
      const { count } = await write(sql.mark, { id, processed: toFlag(processed) })
      return count > 0
    },

    async purge(olderThan) {
      const { count } = await write(sql.purge, { olderThan })
      return count
    },
  }
}

function placeOf({ event_time, arrival }: PlaceRow): EventPlace {
  return [toNumber(event_time), toNumber(arrival)]
}

function idOf({ id }: { readonly id: string }): string {
  return id
}
