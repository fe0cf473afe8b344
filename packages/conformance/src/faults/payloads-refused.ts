import type { JsonValue } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

export const payloadRefusedFaults: readonly Fault[] = [
  fault('event-data-is-stringified', {
    rule: 'DATA-18',
    bug: 'WorkflowForge: whatever JSON.stringify makes of a value is stored',
    says: /in events.create data: expected INVALID_VALUE/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async create(event, options) {
          const { data, ...rest } = event
          if (data === undefined || !(Object(data) instanceof Date))
            return real.create(event, options)
          return real.create(
            { ...rest, data: JSON.parse(JSON.stringify(data)) as JsonValue },
            options,
          )
        },
      })),
  }),

  fault('event-data-overflows-the-stack', {
    rule: 'DATA-18',
    bug: 'a recursive check without an end: RangeError',
    says: /100000 levels of arrays in events.create data: expected INVALID_VALUE, got RangeError/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async create(event, options) {
          if (event.data !== undefined && overflows(event.data))
            throw new RangeError('Maximum call stack size exceeded')
          return real.create(event, options)
        },
      })),
  }),

  fault('list-drops-unknown-filters', {
    rule: 'DATA-19',
    also: ['LIST-03'],
    bug: 'langgraphjs#2504: list silently drops filter keys that it does not know',
    says: /an unknown member in workflows.list/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async list(query = {}, options) {
          const known = [
            'status',
            'definitionId',
            'reference',
            'resourceId',
            'createdFrom',
            'createdTo',
          ]
          const names = new Set([...known, 'limit', 'cursor'])
          const entries = Object.entries(query).filter(([name]) => names.has(name))
          return real.list(Object.fromEntries(entries), options)
        },
      })),
  }),

  fault('event-time-is-coerced', {
    rule: 'DATA-20',
    bug: 'langgraph#8656: an argument out of its range means something else in each store',
    says: /eventTime = 1.5 in events.create: expected INVALID_VALUE/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async create(event, options) {
          const eventTime = Number.isFinite(event.eventTime)
            ? Math.round(event.eventTime)
            : event.eventTime
          return real.create({ ...event, eventTime }, options)
        },
      })),
  }),
]

function overflows(value: JsonValue): boolean {
  let depth = 0
  for (let inner: unknown = value; Array.isArray(inner) && depth < 10_000; depth += 1)
    inner = inner[0]
  return depth === 10_000
}
