import { isPersistenceError } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

export const missingFaults: readonly Fault[] = [
  fault('get-missing-throws', {
    rule: 'MISSING-01',
    bug: 'workflow-core W36: Cosmos throws 404 for a workflow that is not there',
    says: /404/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async get(id, options) {
          const found = await real.get(id, options)
          if (found === null) throw new Error('404 Not Found')
          return found
        },
      })),
  }),

  fault('update-creates', {
    rule: 'MISSING-02',
    bug: 'workflow-core W35: an unconditional put brings deleted workflows back',
    says: /NOT_FOUND/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          try {
            return await real.update(workflow, options)
          } catch (error) {
            if (!isPersistenceError(error, 'NOT_FOUND')) throw error
            const { version: _, ...rest } = workflow
            return real.create(rest, options)
          }
        },
      })),
  }),
]
