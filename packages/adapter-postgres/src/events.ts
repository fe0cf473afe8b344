import { sliceOf, type EventBackend, type EventPlace, type WorkflowEvent } from '@holdfast/spec'
import {
  createOnce,
  eventParams,
  readEvent,
  toNumber,
  type EventRow,
  type Int,
} from '@holdfast/spec/rows'
import type { Context } from './context.ts'
import { statement, statements } from './statement.ts'

const COLUMNS = `id, event_name, event_key, event_time, processed, body`

interface PlaceRow {
  readonly id: string
  readonly event_time: Int
  readonly arrival: Int
}

export function createEvents(context: Context): EventBackend {
  const { run, schema } = context
  const events = `${schema}.events`

  const sql = {
    create: statement(
      'events.create',
      `insert into ${events}
        (namespace, id, event_name, event_key, event_time, processed, created_by, body)
      values
        (:namespace, :id, :eventName, :eventKey, :eventTime, :processed, :requestId, :body)
      on conflict (namespace, id) do nothing
      returning id`,
    ),
    get: statement(
      'events.get',
      `select ${COLUMNS}, created_by from ${events} where namespace = :namespace and id = :id`,
    ),
    due: statements((paged: boolean) =>
      statement(
        'events.getRunnable',
        `select id, event_time, arrival from ${events}
        where namespace = :namespace and not processed and event_time <= :asOf
          ${paged ? 'and (event_time, arrival) > (:eventTime, :arrival)' : ''}
        order by event_time, arrival
        limit :limit`,
      ),
    ),
    find: statements((paged: boolean) =>
      statement(
        'events.find',
        `select ${COLUMNS}, arrival from ${events}
        where namespace = :namespace and event_name = :eventName and event_key = :eventKey
          and event_time >= :asOf
          ${paged ? 'and (event_time, arrival) > (:eventTime, :arrival)' : ''}
        order by event_time, arrival
        limit :limit`,
      ),
    ),
    mark: statement(
      'events.mark',
      `update ${events} set processed = :processed
      where namespace = :namespace and id = :id
      returning id`,
    ),
    purge: statement(
      'events.purge',
      `with gone as (
        delete from ${events}
        where namespace = :namespace and processed and event_time < :olderThan
        returning id
      )
      select count(*) as gone from gone`,
    ),
  }

  type Found = EventRow & { readonly created_by: string }

  const read = (row: EventRow): WorkflowEvent => readEvent(row, context)

  const find = async (id: string): Promise<Found | undefined> => {
    const [row] = await run<Found>(sql.get, { id })
    return row
  }

  return {
    async create(event, { requestId }) {
      const { processed } = event
      const params = { ...eventParams(event, context), processed, requestId }
      const insert = async (): Promise<WorkflowEvent | undefined> => {
        const [row] = await run(sql.create, params)
        return row === undefined ? undefined : event
      }
      return createOnce(`event ${event.id}`, requestId, insert, () => find(event.id), read)
    },

    async get(id) {
      const row = await find(id)
      return row ? read(row) : null
    },

    async getRunnable(asOf, { limit, after }) {
      const [eventTime, arrival] = after ?? [null, null]
      const rows = await run<PlaceRow>(sql.due(after !== null), {
        ...{ asOf, limit: limit + 1, eventTime, arrival },
      })
      return sliceOf(rows, limit, idOf, placeOf, idOf)
    },

    async find(filter, { limit, after }) {
      const [eventTime, arrival] = after ?? [null, null]
      const rows = await run<EventRow & PlaceRow>(sql.find(after !== null), {
        ...filter,
        ...{ limit: limit + 1, eventTime, arrival },
      })
      return sliceOf(rows, limit, read, placeOf, idOf)
    },

    async mark(id, processed) {
      const rows = await run(sql.mark, { id, processed })
      return rows.length > 0
    },

    async purge(olderThan) {
      const [row] = await run<{ gone: Int }>(sql.purge, { olderThan })
      return toNumber(row?.gone ?? 0)
    },
  }
}

function placeOf({ event_time, arrival }: PlaceRow): EventPlace {
  return [toNumber(event_time), toNumber(arrival)]
}

function idOf({ id }: { readonly id: string }): string {
  return id
}
