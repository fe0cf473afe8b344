import type {
  EventBackend,
  EventPurge,
  EventQuery,
  EventRepository,
  NewEvent,
  RunnableEventQuery,
} from '../events.ts'
import { flag, identifier, instant, json, optional, record, type Field } from '../fields.ts'
import { newId } from '../ids.ts'
import { pageFields, readPage, toPage } from '../page.ts'
import type { WriteOptions } from '../provider.ts'
import type { Runner } from './run.ts'

const newEvent: Field<NewEvent> = record({
  id: optional(identifier),
  eventName: identifier,
  eventKey: identifier,
  data: optional(json),
  eventTime: instant,
  processed: optional(flag),
})

const runnableQuery: Field<RunnableEventQuery> = record({ asOf: instant, ...pageFields })
const eventPurge: Field<EventPurge> = record({ olderThan: instant })
const eventQuery: Field<EventQuery> = record({
  eventName: identifier,
  eventKey: identifier,
  asOf: instant,
  ...pageFields,
})

export function guardEvents(backend: EventBackend, run: Runner['run']): EventRepository {
  const mark = async (
    id: string,
    processed: boolean,
    options: WriteOptions | undefined,
  ): Promise<boolean> =>
    run('write', options, async (call) => backend.mark(identifier(id, 'id'), processed, call))

  return {
    create: async (event, options) =>
      run('write', options, async (call) => {
        const clean = newEvent(event, 'event')
        const { id = newId(options?.requestId), processed = false } = clean
        return backend.create({ ...clean, id, processed }, call)
      }),

    get: async (id, options) =>
      run('read', options, async (call) => backend.get(identifier(id, 'id'), call)),

    getRunnable: async (query, options) =>
      run('read', options, async (call) => {
        const { asOf, ...page } = runnableQuery(query, 'query')
        const method = 'events.getRunnable'
        return toPage(await backend.getRunnable(asOf, readPage(page, method, [0, 0]), call), method)
      }),

    find: async (query, options) =>
      run('read', options, async (call) => {
        const { limit, cursor, ...filter } = eventQuery(query, 'query')
        const method = 'events.find'
        return toPage(
          await backend.find(filter, readPage({ limit, cursor }, method, [0, 0]), call),
          method,
        )
      }),

    markProcessed: async (id, options) => mark(id, true, options),
    markUnprocessed: async (id, options) => mark(id, false, options),

    purge: async (query, options) =>
      run('write', options, async (call) =>
        backend.purge(eventPurge(query, 'query').olderThan, call),
      ),
  }
}
