import { isPersistenceError } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

export const pageFaults: readonly Fault[] = [
  fault('limit-zero-is-all', {
    rule: 'PAGE-01',
    bug: 'Gorkflow: a limit of 0 or less means all; langgraph#8656: none here, all there',
    says: /errors.list with limit 0: expected INVALID_VALUE/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        async list(query, options) {
          const all = query.limit === 0 ? { ...query, limit: 1000 } : query
          return real.list(all, options)
        },
      })),
  }),

  fault('limit-clamped', {
    rule: 'PAGE-01',
    bug: 'a limit above what the store takes is cut down without a word (P27)',
    says: /workflows.list with limit 1001: expected INVALID_VALUE/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async list(query = {}, options) {
          return real.list(query.limit === 1001 ? { ...query, limit: 1000 } : query, options)
        },
      })),
  }),

  fault('default-limit-smaller', {
    rule: 'PAGE-02',
    bug: "workflow-core W31: the driver's own page size is the limit",
    says: /has 100 of 101/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        list: async (query, options) => real.list({ limit: 50, ...query }, options),
      })),
  }),

  fault('no-limit-is-all', {
    rule: 'PAGE-03',
    bug: 'Gorkflow: without a limit everything comes at once',
    says: /has 100 of 101/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        list: async (query, options) => real.list({ limit: 1000, ...query }, options),
      })),
  }),

  fault('garbage-cursor-is-none', {
    rule: 'PAGE-04',
    bug: 'what cannot be read as a cursor is taken for the first page (P28)',
    says: /commands.list with the cursor garbage: expected INVALID_VALUE/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        async list(query = {}, options) {
          try {
            return await real.list(query, options)
          } catch (error) {
            if (!isPersistenceError(error, 'INVALID_VALUE') || query.cursor !== 'garbage')
              throw error
            return real.list({ ...query, cursor: null }, options)
          }
        },
      })),
  }),

  fault('foreign-cursor-accepted', {
    rule: 'PAGE-04',
    bug: 'a cursor is a bare sort key: one list goes on where another one was (P25)',
    says: /steps.list with a cursor of workflows.list: expected INVALID_VALUE/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async list(query, options) {
          try {
            return await real.list(query, options)
          } catch (error) {
            const foreign = (query.cursor?.length ?? 0) > 20
            if (!isPersistenceError(error, 'INVALID_VALUE') || !foreign) throw error
            return real.list({ ...query, cursor: null }, options)
          }
        },
      })),
  }),

  fault('cursor-after-last', {
    rule: 'PAGE-05',
    bug: 'DynamoDB: a full last page has a LastEvaluatedKey, and an empty page comes after it',
    says: /snapshots.list: no cursor after both of two, with limit 2/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async list(query = {}, options) {
          if (query.cursor === 'end') return { items: [], cursor: null, corrupt: [] }
          const page = await real.list(query, options)
          const full = page.items.length === query.limit && query.limit > 1
          return full && page.cursor === null ? { ...page, cursor: 'end' } : page
        },
      })),
  }),

  fault('empty-has-cursor', {
    rule: 'PAGE-06',
    bug: 'Redis: a SCAN that is over answers with the cursor "0"',
    says: /claims.findAvailable of nothing/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async findAvailable(query = {}, options) {
          const page = await real.findAvailable(query, options)
          const first = (query.cursor ?? null) === null
          return first && page.items.length === 0 ? { ...page, cursor: '0' } : page
        },
      })),
  }),
]
