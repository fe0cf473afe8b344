import { sliceOf, type EventBackend, type EventPlace, type WorkflowEvent } from '@holdfast/spec'
import { EVENT_HEAD, numberOf, readEvent, textOf, writeEvent } from './codec.ts'
import type { Context } from './context.ts'
import { assertMine } from './judge.ts'
import { keyOf, since, stripeOf, upTo, within, type Range } from './keys.ts'
import { inOrder, take, type Order } from './pages.ts'
import { Conflict, type Change, type Content, type Row } from './table.ts'
import { parallel } from './parallel.ts'

// An event is stored twice, by its id and by its name and key. One row more has it among those to be processed, or among
// those that were, so that whoever deletes it fails when it was marked meanwhile.

function eventKey(id: string): string {
  return keyOf('E', id)
}

function topicRange(topic: Pick<WorkflowEvent, 'eventName' | 'eventKey'>): Range {
  return within('Z', topic.eventName, topic.eventKey)
}

function placeOf({ content }: Pick<Row, 'content'>): EventPlace {
  return [numberOf(content, 'eventTime'), numberOf(content, 'arrival')]
}

function topicKeyOf(content: Content): string {
  return keyOf(
    'Z',
    textOf(content, 'eventName'),
    textOf(content, 'eventKey'),
    ...placeOf({ content }),
  )
}

/** Events of one instant are numbered by one row of these, so that the others are not in their way. */
const STRIPES = 16

const WAITING = 'U'
const DONE = 'D'

function standingKey(content: Content): string {
  const kind = textOf(content, 'processed') === 'true' ? DONE : WAITING
  return keyOf(kind, ...placeOf({ content }))
}

function standing(content: Content): Change {
  const { id = '', eventTime = '', arrival = '' } = content
  return { do: 'create', key: standingKey(content), content: { id, eventTime, arrival } }
}

const waitingOrder: Order<EventPlace> = { placeOf, keyOf: (place) => keyOf(WAITING, ...place) }

export function createEvents(context: Context): EventBackend {
  const { events } = context

  const read = ({ content }: Row): WorkflowEvent => readEvent(content, context)

  const drop = ({ key, content }: Row): Change[] =>
    [key, topicKeyOf(content), standingKey(content)].map((gone) => ({ do: 'delete', key: gone }))

  return {
    async create(event, { requestId }) {
      const key = eventKey(event.id)
      return events.attempt(async () => {
        // Too large or not, before a number is taken.
        const draft = writeEvent(event, 0, requestId, context)
        const arrival = await context.arrivals.next(
          `event ${stripeOf(STRIPES, String(event.eventTime))}`,
          1,
        )
        const content = { ...draft, arrival: String(arrival) }
        try {
          await events.commit([
            [
              { do: 'create', key, content },
              { do: 'create', key: topicKeyOf(content), content },
              standing(content),
            ],
          ])
          return event
        } catch (error) {
          const stored = error instanceof Conflict ? await events.take(key) : null
          if (stored === null) throw error
          assertMine(textOf(stored.content, 'createdBy'), requestId, `event ${event.id}`)
          return read(stored)
        }
      })
    },

    async get(id) {
      const row = await events.get(eventKey(id))
      return row && read(row)
    },

    async getRunnable(asOf, { limit, after }) {
      const due = inOrder(events, upTo(within(WAITING), asOf), waitingOrder, after, limit + 1)
      const rows = await take(due, limit + 1)
      const idOf = ({ content }: Row): string => textOf(content, 'id')
      return sliceOf(rows, limit, idOf, placeOf, idOf)
    },

    async find({ asOf, ...topic }, { limit, after }) {
      const { eventName, eventKey: name } = topic
      const order: Order<EventPlace> = {
        placeOf,
        keyOf: (place) => keyOf('Z', eventName, name, ...place),
      }
      const found = inOrder(events, since(topicRange(topic), asOf), order, after, limit + 1)
      const rows = await take(found, limit + 1)
      return sliceOf(rows, limit, read, placeOf, ({ content }) => textOf(content, 'id'))
    },

    async mark(id, processed) {
      return events.attempt(async () => {
        const row = await events.take(eventKey(id), EVENT_HEAD)
        if (row === null) return false
        const content = { processed: String(processed) }
        const after = { ...row.content, ...content }
        if (after.processed === row.content.processed) return true
        await events.commit([
          [
            { do: 'merge', key: row.key, content, etag: row.etag },
            { do: 'merge', key: topicKeyOf(after), content },
            { do: 'delete', key: standingKey(row.content) },
            standing(after),
          ],
        ])
        return true
      })
    },

    async purge(olderThan) {
      const old: string[] = []
      for await (const { content } of events.rows(upTo(within(DONE), olderThan - 1), 1000))
        old.push(textOf(content, 'id'))
      const purged = await parallel(old, async (id) =>
        events.attempt(async () => {
          const row = await events.take(eventKey(id), EVENT_HEAD)
          // It may be waiting again.
          if (row === null || textOf(row.content, 'processed') !== 'true') return false
          await events.commit([drop(row)])
          return true
        }),
      )
      return purged.filter(Boolean).length
    },
  }
}
