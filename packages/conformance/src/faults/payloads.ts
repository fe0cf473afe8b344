import type { JsonObject, JsonValue } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/
const LONG = /^-?\d{20}$/

/** One kind of value that does not survive in one place, for each repository. */
export const payloadFaults: readonly Fault[] = [
  fault('workflow-input-with-dates', {
    rule: 'DATA-01',
    bug: 'WorkflowForge: a text that looks like a date comes back as one',
    says: /ISO instant without zone, as input of a workflow/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async getMany(ids, options) {
          const found = await real.getMany(ids, options)
          return found.map((workflow) =>
            withMember(workflow, 'input', (input) =>
              eachScalar(input, (value) =>
                typeof value === 'string' && ISO.test(value) ? `${value}.000Z` : value,
              ),
            ),
          )
        },
      })),
  }),

  fault('snapshot-state-revives-buffers', {
    rule: 'DATA-02',
    bug: 'workflow-core #1250: an object of data is taken for a type of the driver',
    says: /Node buffer, as the state of a snapshot/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async load(key, options) {
          const found = await real.load(key, options)
          return found && { ...found, state: eachObject(found.state, revived) }
        },
      })),
  }),

  fault('event-data-with-long-integers-as-text', {
    rule: 'DATA-03',
    bug: 'Hangfire.MySqlStorage#71, flow-orchestrator 0.7.1: integers beyond 64 bits',
    says: /12345678901234567000, as data of an event/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async find(query, options) {
          const page = await real.find(query, options)
          const items = page.items.map((event) =>
            withMember(event, 'data', (data) =>
              eachScalar(data, (value) =>
                typeof value === 'number' && LONG.test(String(value)) ? String(value) : value,
              ),
            ),
          )
          return { ...page, items }
        },
      })),
  }),

  fault('empty-state-is-null', {
    rule: 'DATA-04',
    also: ['DATA-12'],
    bug: 'spring-batch#2874: Oracle takes an empty string for NULL',
    says: /empty string, as a value of the state/,
    wrap: (provider) =>
      override(provider, 'state', (real) => ({
        async get(key, options) {
          const found = await real.get(key, options)
          return found?.value === '' ? { ...found, value: null } : found
        },
      })),
  }),

  fault('step-input-without-dollar-keys', {
    rule: 'DATA-05',
    bug: 'workflow-core #1372: a document store has keys of its own',
    says: /\$ keys|dollar keys|BSON|, as the input of a step/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async list(query, options) {
          const page = await real.list(query, options)
          const items = page.items.map((step) =>
            withMember(step, 'input', (input) => withoutKeys(input, /^\$[a-z]/)),
          )
          return { ...page, items }
        },
      })),
  }),

  fault('output-with-guessed-types', {
    rule: 'DATA-06',
    bug: 'WorkflowForge: "123" comes back as a number',
    says: /"42", as a saved output/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async loadOutput(key, options) {
          const found = await real.loadOutput(key, options)
          const text = found?.output
          return found && typeof text === 'string' && /^[1-9]\d*$/.test(text)
            ? { ...found, output: Number(text) }
            : found
        },
      })),
  }),

  fault('subscription-data-is-normalised', {
    rule: 'DATA-07',
    bug: 'Avernet PR#789: two spellings are taken for one',
    says: /decomposed, as data of a subscription/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async find(query, options) {
          const page = await real.find(query, options)
          const items = page.items.map((subscription) =>
            withMember(subscription, 'data', (data) =>
              eachScalar(data, (value) =>
                typeof value === 'string' ? value.normalize('NFC') : value,
              ),
            ),
          )
          return { ...page, items }
        },
      })),
  }),

  fault('error-details-in-utf-8', {
    rule: 'DATA-08',
    bug: 'langgraph#1878: a lone surrogate has no UTF-8',
    says: /lone high surrogate, as details of an error/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        async list(query, options) {
          const page = await real.list(query, options)
          const items = page.items.map((error) =>
            withMember(error, 'details', (details) =>
              eachScalar(details, (value) =>
                typeof value === 'string' ? Buffer.from(value).toString() : value,
              ),
            ),
          )
          return { ...page, items }
        },
      })),
  }),

  fault('empty-array-of-a-task-is-an-object', {
    rule: 'DATA-09',
    bug: 'mastra PR#12575: a Lua script turns an empty table into {}',
    says: /\[\], as the input of an available task/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async findAvailable(query, options) {
          const page = await real.findAvailable(query, options)
          const items = page.items.map((item) =>
            Array.isArray(item.input) && item.input.length === 0 ? { ...item, input: {} } : item,
          )
          return { ...page, items }
        },
      })),
  }),
]

/** The record with one payload changed, if it has it. */
function withMember<K extends string, T extends { readonly [key in K]?: JsonValue }>(
  found: T,
  member: K,
  change: (value: JsonValue) => JsonValue,
): T {
  const value = found[member]
  return value === undefined ? found : { ...found, [member]: change(value) }
}

function revived({ type, data, ...rest }: JsonObject): JsonValue {
  return type === 'Buffer' && Array.isArray(data) && Object.keys(rest).length === 0
    ? Buffer.from(data as number[]).toString('base64')
    : null
}

/** A copy with each string, number, boolean and null changed. Keys stay. */
function eachScalar(value: JsonValue, change: (value: JsonValue) => JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return change(value)
  if (Array.isArray(value)) return value.map((item: JsonValue) => eachScalar(item, change))
  return fromEntries(
    Object.entries(value as JsonObject).map(([key, item]) => [key, eachScalar(item, change)]),
  )
}

/** A copy with each object changed for which `change` gives something. */
function eachObject(value: JsonValue, change: (value: JsonObject) => JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: JsonValue) => eachObject(item, change))
  const object = value as JsonObject
  return (
    change(object) ??
    fromEntries(Object.entries(object).map(([key, item]) => [key, eachObject(item, change)]))
  )
}

function withoutKeys(value: JsonValue, pattern: RegExp): JsonValue {
  return eachObject(value, (object) =>
    Object.keys(object).some((key) => pattern.test(key))
      ? fromEntries(Object.entries(object).filter(([key]) => !pattern.test(key)))
      : null,
  )
}

/** With `__proto__` as a key like any other. */
function fromEntries(entries: readonly (readonly [string, JsonValue])[]): JsonObject {
  return Object.fromEntries(entries)
}
