import type { JsonValue } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { firstJoined, memo, textOf } from './holds.ts'
import { merged } from './steps.ts'

export const stateFaults: readonly Fault[] = [
  fault('state-merges', {
    rule: 'STATE-01',
    bug: 'mastra PR#12575: a value is merged into the one before',
    says: /the value that was set last/,
    wrap: (provider, store) =>
      override(provider, 'state', (real) => {
        const last = memo(store, 'state', () => new Map<string, JsonValue>())
        return {
          async set(entry, options) {
            const name = textOf([entry.workflowId, entry.key])
            const value = merged(last.get(name), entry.value)
            await real.set({ ...entry, value }, options)
            last.set(name, value)
          },
        }
      }),
  }),

  fault('null-state-is-none', {
    rule: 'STATE-02',
    also: ['DATA-04', 'DATA-12'],
    bug: 'Gorkflow: nil and empty are one',
    says: /a value of null/,
    wrap: (provider) =>
      override(provider, 'state', (real) => ({
        async get(key, options) {
          const found = await real.get(key, options)
          return found?.value === null ? null : found
        },
      })),
  }),

  fault('deleted-state-stays-deleted', {
    rule: 'STATE-03',
    bug: 'Gorkflow: DeleteState leaves a mark, and what is set later is not seen',
    says: /a value that was set after its delete/,
    wrap: (provider, store) =>
      override(provider, 'state', (real) => {
        const marks = memo(store, 'deleted state', () => new Set<string>())
        const nameOf = (key: { readonly workflowId: string; readonly key: string }): string =>
          textOf([key.workflowId, key.key])
        return {
          async delete(key, options) {
            const deleted = await real.delete(key, options)
            if (deleted) marks.add(nameOf(key))
            return deleted
          },
          async get(key, options) {
            return marks.has(nameOf(key)) ? null : real.get(key, options)
          },
        }
      }),
  }),

  fault('get-all-gives-one-page', {
    rule: 'STATE-04',
    bug: 'media-insights-on-aws#607: only the first page of a result is read',
    says: /the keys of getAll/,
    wrap: (provider) =>
      override(provider, 'state', (real) => ({
        getAll: async (workflowId, options) =>
          (await real.getAll(workflowId, options)).slice(0, 100),
      })),
  }),

  fault('state-in-a-plain-object', {
    rule: 'STATE-05',
    bug: 'a plain object as a map: it has members that nobody set',
    says: /the value of constructor before it is set/,
    wrap: (provider) =>
      override(provider, 'state', (real) => ({
        async get(key, options) {
          const found = await real.get(key, options)
          return found ?? (key.key in {} ? { ...key, value: {} } : null)
        },
      })),
  }),

  fault('state-key-joined', {
    rule: 'STATE-06',
    bug: 'workflow-core W21: the key is its parts, joined',
    says: /the value of the key/,
    wrap: (provider, store) =>
      override(provider, 'state', (real) => ({
        async get(key, options) {
          const first = firstJoined(store, 'state', [key.workflowId, key.key], key)
          const found = await real.get(first, options)
          return found && { ...found, ...key }
        },
      })),
  }),
]
