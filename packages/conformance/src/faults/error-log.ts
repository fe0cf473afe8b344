import { isPersistenceError } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

export const errorLogFaults: readonly Fault[] = [
  fault('tied-errors-by-message', {
    rule: 'LOG-01',
    also: ['KEY-09'],
    bug: 'vercel/workflow PR#2714: what happened in one instant comes in no order',
    says: /by \(errorTime, arrival\)/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        async list(query, options) {
          const page = await real.list(query, options)
          const items = page.items.toSorted((a, b) => {
            const tied = a.errorTime === b.errorTime && a.message !== b.message
            return tied ? (a.message < b.message ? -1 : 1) : a.errorTime - b.errorTime
          })
          return { ...page, items }
        },
      })),
  }),

  fault('stack-is-cut', {
    rule: 'LOG-02',
    also: ['DATA-11'],
    bug: 'workflow-core PR#437, W15: a column cuts what is longer than it',
    says: /member by member/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        append: async (errors, options) =>
          real.append(
            errors.map((error) =>
              typeof error.stack === 'string'
                ? { ...error, stack: error.stack.slice(0, 4000) }
                : error,
            ),
            options,
          ),
      })),
  }),

  fault('batch-goes-to-one-workflow', {
    rule: 'LOG-03',
    also: ['KEY-09'],
    bug: 'workflow-core Azure Table: a batch has one partition, that of its first row',
    says: /one workflow of three/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        append: async (errors, options) =>
          real.append(
            errors.map((error) => ({ ...error, workflowId: errors[0]?.workflowId ?? '' })),
            options,
          ),
      })),
  }),

  fault('empty-append-is-bad-sql', {
    rule: 'LOG-04',
    bug: 'workflow-core W5: an insert of no rows is a syntax error, unless the table is new',
    says: /syntax error/,
    wrap(provider) {
      let used = false
      return override(provider, 'errors', (real) => ({
        async append(errors, options) {
          await real.append(errors, options)
          if (errors.length === 0 && used) throw new Error('syntax error at end of input')
          used = true
        },
      }))
    },
  }),

  fault('append-drops-the-rest', {
    rule: 'LOG-05',
    bug: 'workflow-core W8: what does not fit is dropped, and looks like a success',
    says: /INVALID_VALUE, but it resolved/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        append: async (errors, options) => real.append(errors.slice(0, 1000), options),
      })),
  }),

  fault('append-checks-on-the-way', {
    rule: 'LOG-06',
    bug: 'workflow-core W16, W5: each row is checked when it is written, and those before it stay',
    says: /when an append was refused/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        async append(errors, options) {
          try {
            await real.append(errors, options)
          } catch (error) {
            const good = errors.findIndex(({ errorTime }) => !Number.isInteger(errorTime))
            if (isPersistenceError(error, 'INVALID_VALUE') && good > 0)
              await real.append(errors.slice(0, good))
            throw error
          }
        },
      })),
  }),
]
