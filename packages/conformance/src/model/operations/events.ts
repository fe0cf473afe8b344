import fc from 'fast-check'
import type { JsonValue, NewEvent, WorkflowEvent } from '@holdfast/spec'
import {
  createEvent,
  findEvent,
  findEvents,
  markEvent,
  purgeEvents,
  runnableEvents,
} from '../events.ts'
import type { Family, Prepared, Setting } from './operation.ts'
import {
  allRefs,
  earlyMoments,
  idsOf,
  LATE,
  lateMoments,
  limits,
  literal,
  madeId,
  moments,
  newRefs,
  payloads,
  rarely,
  readAll,
  record,
  refs,
  SWEEP_LIMIT,
  weighted,
} from './pieces.ts'
import type { Moment, Ref, World } from './world.ts'

interface Subject {
  readonly name: Ref
  readonly key: Ref
}

export type EventOperation =
  | (Subject & {
      readonly method: 'events.create'
      readonly id: Ref | null
      readonly at: Moment
      readonly data: JsonValue | undefined
      readonly processed: boolean | undefined
    })
  | {
      readonly method: 'events.get' | 'events.markProcessed' | 'events.markUnprocessed'
      readonly id: Ref
    }
  | { readonly method: 'events.getRunnable'; readonly asOf: Moment; readonly limit: number }
  | (Subject & {
      readonly method: 'events.find'
      readonly asOf: Moment
      readonly limit: number
    })
  | { readonly method: 'events.purge'; readonly olderThan: Moment }

const subject = {
  name: fc.constantFrom<Ref>(0, 0, 0, 1),
  key: fc.constantFrom<Ref>(0, 0, 0, 1),
}

function operations({ turns }: Setting): fc.Arbitrary<EventOperation> {
  return weighted(
    [
      7,
      record({
        method: literal('events.create'),
        id: newRefs,
        ...subject,
        at: moments,
        data: rarely(payloads),
        processed: rarely(fc.boolean()),
      }),
    ],
    [turns ? 6 : 1, record({ method: literal('events.get'), id: refs })],
    [4, record({ method: literal('events.markProcessed'), id: refs })],
    [2, record({ method: literal('events.markUnprocessed'), id: refs })],
    [
      3,
      record({
        method: literal('events.getRunnable'),
        asOf: lateMoments,
        limit: limits,
      }),
    ],
    [
      3,
      record({
        method: literal('events.find'),
        ...subject,
        asOf: earlyMoments,
        limit: limits,
      }),
    ],
    [2, record({ method: literal('events.purge'), olderThan: lateMoments })],
  )
}

function prepare(operation: EventOperation, world: World): Prepared {
  const { model } = world
  const made = world.made.events
  const idOf = (ref: Ref): string => world.id(ref, idsOf(model.events))
  switch (operation.method) {
    case 'events.create': {
      const { id, data, processed } = operation
      const event: NewEvent = {
        ...(id !== null && { id: idOf(id) }),
        eventName: world.id(operation.name),
        eventKey: world.id(operation.key),
        eventTime: world.at(operation.at),
        ...(data !== undefined && { data }),
        ...(processed !== undefined && { processed }),
      }
      return {
        args: [event],
        kind: 'write',
        call: async ({ events }, options) => events.create(event, options),
        expect: (seen) => createEvent(model, event, event.id ?? madeId(seen, made)),
        trace(seen) {
          const { id: given } = seen as WorkflowEvent
          return {
            record: `event ${given}`,
            creates: true,
            isThere: findEvent(model, given) !== undefined,
          }
        },
      }
    }
    case 'events.get': {
      const id = idOf(operation.id)
      return {
        args: [id],
        kind: 'read',
        call: async ({ events }) => events.get(id),
        expect: () => findEvent(model, id) ?? null,
      }
    }
    case 'events.markProcessed':
    case 'events.markUnprocessed': {
      const id = idOf(operation.id)
      const processed = operation.method === 'events.markProcessed'
      return {
        args: [id],
        kind: 'write',
        call: async ({ events }, options) =>
          processed ? events.markProcessed(id, options) : events.markUnprocessed(id, options),
        expect: () => markEvent(model, id, processed),
      }
    }
    case 'events.getRunnable': {
      const { method, limit } = operation
      const asOf = world.at(operation.asOf)
      return {
        args: [{ asOf, limit }],
        kind: 'read',
        call: async ({ events }) =>
          readAll(world, method, limit, async (page) => events.getRunnable({ asOf, ...page })),
        expect: () => runnableEvents(model, asOf),
      }
    }
    case 'events.find': {
      const { method, limit } = operation
      const query = {
        eventName: world.id(operation.name),
        eventKey: world.id(operation.key),
        asOf: world.at(operation.asOf),
      }
      return {
        args: [{ ...query, limit }],
        kind: 'read',
        call: async ({ events }) =>
          readAll(world, method, limit, async (page) => events.find({ ...query, ...page })),
        expect: () => findEvents(model, query),
      }
    }
    case 'events.purge': {
      const olderThan = world.at(operation.olderThan)
      return {
        args: [{ olderThan }],
        kind: 'write',
        call: async ({ events }, options) => events.purge({ olderThan }, options),
        expect: () => purgeEvents(model, olderThan),
        sameAgain: false,
      }
    }
  }
}

export const eventFamily: Family<EventOperation> = {
  name: 'events',
  methods: [
    'events.create',
    'events.get',
    'events.getRunnable',
    'events.find',
    'events.markProcessed',
    'events.markUnprocessed',
    'events.purge',
  ],
  operations,
  prepare,
  sweep: (world) => [
    { method: 'events.getRunnable', asOf: LATE, limit: SWEEP_LIMIT },
    ...[0, 1].flatMap((name) =>
      [0, 1].map((key) => ({
        method: 'events.find' as const,
        name,
        key,
        asOf: -LATE,
        limit: SWEEP_LIMIT,
      })),
    ),
    ...allRefs(world, idsOf(world.model.events)).map((id) => ({
      method: 'events.get' as const,
      id,
    })),
  ],
  wanted: () => [
    'events.create CONFLICT',
    'events.markProcessed nothing',
    'events.markUnprocessed nothing',
    'events.purge nothing',
    'events.getRunnable pages',
    'events.find pages',
  ],
}
