import { isPersistenceError, type WorkflowInstance } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

export const listFaults: readonly Fault[] = [
  fault('created-to-exclusive', {
    rule: 'LIST-01',
    bug: 'workflow-core W10: one bound is < where the other one is >= (P24)',
    says: /what list has/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async list(query = {}, options) {
          const page = await real.list(query, options)
          const items = page.items.filter(({ createdAt }) => createdAt !== query.createdTo)
          return { ...page, items }
        },
      })),
  }),

  fault('reference-with-status-ignored', {
    rule: 'LIST-01',
    bug: 'langgraphjs PR#2186: found only by combining conditions',
    says: /what list has/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async list(query = {}, options) {
          const { reference, ...others } = query
          const both = reference !== undefined && query.status !== undefined
          return real.list(both ? others : query, options)
        },
      })),
  }),

  fault('filter-index-stale', {
    rule: 'LIST-01',
    bug: 'Gorkflow LibSQL: UpdateRun leaves the columns that are filtered by stale (P22)',
    says: /what list has/,
    wrap(provider, store) {
      return override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const created = await real.create(workflow, options)
          store.set(created.id, created.resourceId)
          return created
        },
        async list(query = {}, options) {
          const { resourceId, ...others } = query
          const right = await real.list(query, options)
          if (resourceId === undefined) return right
          const page = await real.list(others, options)
          return { ...page, items: page.items.filter(({ id }) => store.get(id) === resourceId) }
        },
      }))
    },
  }),

  fault('list-ties-rising', {
    rule: 'LIST-02',
    bug: 'langgraph-redis PR#107: the list rises where it should fall',
    says: /newest first, then by id, falling/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async list(query = {}, options) {
          const page = await real.list(query, options)
          const compare = (a: WorkflowInstance, b: WorkflowInstance): number =>
            b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1)
          // Pages and filters have rules of their own.
          return query.limit === undefined ? { ...page, items: page.items.toSorted(compare) } : page
        },
      })),
  }),

  fault('unknown-filter-dropped', {
    rule: 'LIST-03',
    bug: 'langgraphjs#2504: SqliteSaver.list silently drops conditions that it does not know',
    says: /list with .*tag.*expected INVALID_VALUE/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async list(query = {}, options) {
          const known = Object.entries(query).filter(([name]) => name !== 'tag')
          return real.list(Object.fromEntries(known), options)
        },
      })),
  }),

  fault('unknown-snapshot-filter-dropped', {
    rule: 'LIST-04',
    bug: 'langgraphjs#2504: SqliteSaver.list silently drops conditions that it does not know',
    says: /list with .*instanceId.*expected INVALID_VALUE/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async list(query = {}, options) {
          const known = Object.entries(query).filter(([name]) => name !== 'instanceId')
          return real.list(Object.fromEntries(known), options)
        },
      })),
  }),

  fault('batch-of-100', {
    rule: 'LIST-05',
    also: ['DATA-01'],
    bug: 'workflow-core W32: BatchGet takes 100 keys, and the others are forgotten',
    says: /all of 105/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async getMany(ids, options) {
          const found = await real.getMany(ids, options)
          return found.slice(0, 100)
        },
      })),
  }),

  fault('get-many-in-own-order', {
    rule: 'LIST-05',
    also: ['DATA-01', 'DATA-11', 'KEY-01'],
    bug: 'workflow-core W32: BatchGet answers in the order of its partitions',
    says: /in the order asked/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async getMany(ids, options) {
          const found = await real.getMany(ids, options)
          return found.toSorted((a, b) => (a.id < b.id ? -1 : 1))
        },
      })),
  }),

  fault('get-many-repeats', {
    rule: 'LIST-05',
    bug: 'workflow-core W32: duplicates among the keys',
    says: /each at its first place/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async getMany(ids, options) {
          const found = new Map((await real.getMany(ids, options)).map((item) => [item.id, item]))
          return ids.flatMap((id) => found.get(id) ?? [])
        },
      })),
  }),

  fault('get-many-unbounded', {
    rule: 'LIST-06',
    bug: 'workflow-core W32: any number of keys, until the store cannot take the statement (P48)',
    says: /getMany of 1001 ids: expected INVALID_VALUE/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async getMany(ids, options) {
          try {
            return await real.getMany(ids, options)
          } catch (error) {
            if (!isPersistenceError(error, 'INVALID_VALUE') || ids.length <= 1000) throw error
            return real.getMany(ids.slice(0, 1000), options)
          }
        },
      })),
  }),
]
