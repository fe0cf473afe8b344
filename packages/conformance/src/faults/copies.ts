import type { JsonValue, Page, StateKey, WorkflowInstance } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

export const copyFaults: readonly Fault[] = [
  fault('create-names-argument', {
    rule: 'ID-10',
    bug: 'workflow-core: CreateEvent sets the id on the event of the caller; Gorkflow Dynamo its UpdatedAt',
    says: /events.create leaves its argument as it was/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async create(event, options) {
          const created = await real.create(event, options)
          if (event.id === undefined) Reflect.set(event, 'id', created.id)
          return created
        },
      })),
  }),

  fault('update-counts-on-argument', {
    rule: 'ID-10',
    bug: 'workflow-es: persistWorkflow works on the object of the caller',
    says: /Cannot assign to read only property/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async update(step, options) {
          const updated = await real.update(step, options)
          const own = step as { version: number }
          own.version += 1
          own.version -= 1
          return updated
        },
      })),
  }),

  fault('live-references', {
    rule: 'ID-11',
    bug: 'workflow-core W1: the memory provider stores and returns live references',
    says: /a copy of what workflows.create took or gave/,
    wrap(provider) {
      const stored = new Map<
        string,
        { readonly version: number; readonly live: WorkflowInstance }
      >()
      return override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const created = await real.create(workflow, options)
          stored.set(created.id, { version: created.version, live: created })
          return created
        },
        async get(id, options) {
          const found = await real.get(id, options)
          const kept = stored.get(id)
          return kept !== undefined && kept.version === found?.version ? kept.live : found
        },
      }))
    },
  }),

  fault('shallow-copies', {
    rule: 'ID-11',
    bug: 'WorkflowForge: Properties are copied, what they hold is not',
    says: /a copy of what state.set took or gave/,
    wrap(provider) {
      const stored = new Map<string, { readonly text: string; readonly value: JsonValue }>()
      const nameOf = ({ workflowId, key }: StateKey): string => JSON.stringify([workflowId, key])
      return override(provider, 'state', (real) => ({
        async set(entry, options) {
          await real.set(entry, options)
          const text = JSON.stringify(entry.value)
          stored.set(nameOf(entry), { text, value: entry.value })
        },
        async get(key, options) {
          const found = await real.get(key, options)
          const kept = stored.get(nameOf(key))
          if (found === null || kept?.text !== JSON.stringify(found.value)) return found
          return { ...found, value: kept.value }
        },
      }))
    },
  }),

  fault('page-grows-later', {
    rule: 'ID-12',
    bug: 'workflow-core W2: GetRunnableInstances returns a lazy IEnumerable',
    says: /what workflows.getRunnable returned is as it was/,
    wrap(provider) {
      const returned: string[][] = []
      return override(provider, 'workflows', (real) => ({
        async getRunnable(query, options): Promise<Page<string>> {
          const page = await real.getRunnable(query, options)
          const items = [...page.items]
          returned.push(items)
          return { ...page, items }
        },
        async create(workflow, options) {
          const created = await real.create(workflow, options)
          for (const items of returned) items.push(created.id)
          return created
        },
      }))
    },
  }),
]
