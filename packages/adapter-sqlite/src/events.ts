import { sliceOf, type EventBackend, type EventPlace, type WorkflowEvent } from '@holdfast/spec'
import { eventParams } from '@holdfast/spec/rows'
import { readEvent, type EventRow } from './codec.ts'
import type { Context } from './context.ts'
import { COUNT_CHANGES, judgeCreate, type Count, type Done } from './judge.ts'

interface StoredEvent extends EventRow {
  readonly createdBy: string
}

type DueRow = Pick<EventRow, 'id' | 'eventTime' | 'arrival'>

const COLUMNS = `arrival, id, event_name as eventName, event_key as eventKey, event_time as eventTime, processed, body`

const INSERT = `insert into holdfast_events (namespace, id, event_name, event_key, event_time, processed, created_by, body)
values (:namespace, :id, :eventName, :eventKey, :eventTime, :processed, :requestId, :body)
on conflict (namespace, id) do nothing
returning 1 as done`

const GET = `select ${COLUMNS} from holdfast_events where namespace = :namespace and id = :id`

const GET_UNWRITTEN = `select ${COLUMNS}, created_by as createdBy from holdfast_events
where namespace = :namespace and id = :id and changes() = 0`

// 0 and 1 take no bytes in a row: the row keeps its size, and SQLite writes the pages that differ, not the body.
const MARK = `update holdfast_events set processed = :processed where namespace = :namespace and id = :id
returning 1 as done`

const PURGE = [
  'delete from holdfast_events where namespace = :namespace and processed = 1 and event_time < :olderThan',
  COUNT_CHANGES,
]

export function createEvents(context: Context): EventBackend {
  const { executor, namespace } = context

  const read = (row: EventRow): WorkflowEvent => readEvent(row, context)

  return {
    async create(event, { requestId }) {
      const processed = event.processed ? 1 : 0
      const params = { ...eventParams(event, context), processed, namespace, requestId }
      const [written, stored] = await executor.write<[Done, StoredEvent]>(
        [INSERT, GET_UNWRITTEN],
        params,
      )
      if (written[0]) return event
      return read(judgeCreate(stored[0], requestId, `an event ${event.id}`))
    },

    async get(id) {
      const [row] = await executor.read<EventRow>(GET, { namespace, id })
      return row ? read(row) : null
    },

    async getRunnable(asOf, { limit, after }) {
      const [afterTime = null, afterArrival = null] = after ?? []
      const rows = await executor.read<DueRow>(runnableSql(after !== null), {
        ...{ namespace, asOf, afterTime, afterArrival, limit: limit + 1 },
      })
      return sliceOf(rows, limit, idOf, placeOf, idOf)
    },

    async find(filter, { limit, after }) {
      const [afterTime = null, afterArrival = null] = after ?? []
      const rows = await executor.read<EventRow>(findSql(after !== null), {
        ...filter,
        ...{ namespace, afterTime, afterArrival, limit: limit + 1 },
      })
      return sliceOf(rows, limit, read, placeOf, idOf)
    },

    async mark(id, processed) {
      const params = { namespace, id, processed: processed ? 1 : 0 }
      const [marked] = await executor.write<[Done]>([MARK], params)
      return marked.length === 1
    },

    async purge(olderThan) {
      const [, [counted]] = await executor.write<[object, Count]>(PURGE, { namespace, olderThan })
      return counted?.count ?? 0
    },
  }
}

function placeOf({ eventTime, arrival }: DueRow): EventPlace {
  return [eventTime, arrival]
}

function idOf({ id }: DueRow): string {
  return id
}

function runnableSql(continued: boolean): string {
  return `select id, event_time as eventTime, arrival from holdfast_events
where namespace = :namespace and processed = 0 and event_time <= :asOf ${afterPlace(continued)}
order by event_time, arrival limit :limit`
}

function findSql(continued: boolean): string {
  return `select ${COLUMNS} from holdfast_events
where namespace = :namespace and event_name = :eventName and event_key = :eventKey
and ${continued ? '+' : ''}event_time >= :asOf ${afterPlace(continued)}
order by event_time, arrival limit :limit`
}

function afterPlace(continued: boolean): string {
  return continued ? 'and (event_time, arrival) > (:afterTime, :afterArrival)' : ''
}
