import { isPersistenceError, type WriteOptions } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

export const idFaults: readonly Fault[] = [
  fault('id-as-uuid', {
    rule: 'ID-01',
    bug: 'workflow-core W14: ids go through a type of their own, which writes them its own way',
    says: /the chosen one, character for character/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const { id } = workflow
          if (id === undefined) return real.create(workflow, options)
          return real.create({ ...workflow, id: asUuid(id) }, options)
        },
      })),
  }),

  fault('made-id-empty', {
    rule: 'ID-01',
    bug: 'workflow-core: its one shared test on ids, CreateNewWorkflow_should_generate_id',
    says: /"" is a valid identifier/,
    wrap(provider, store) {
      store.set('made', 0)
      return override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const created = await real.create(workflow, options)
          if (Object.keys(workflow).length > 4 || options) return created
          const made = Number(store.get('made')) + 1
          store.set('made', made)
          // Others make some of the plainest workflows; only a long row of them meets this.
          return made > 20 ? { ...created, id: '' } : created
        },
        async update(workflow, options) {
          store.set('made', 0)
          return real.update(workflow, options)
        },
      }))
    },
  }),

  fault('made-id-repeats', {
    rule: 'ID-02',
    bug: 'ids cut short: the first 32 bits of a time-ordered UUID are the same for a minute (P10, P17)',
    says: /CONFLICT: There is an event/,
    wrap: (provider, store) =>
      override(provider, 'events', (real) => ({
        async create(event, options) {
          // Of the plainest events only; other rules make many.
          if (Object.keys(event).length > 3) return real.create(event, options)
          const made = ((store.get('made') as number | undefined) ?? 0) + 1
          store.set('made', made)
          const id = made > 20 ? 'event-20' : undefined
          return real.create(
            made === 20 ? { ...event, id: 'event-20' } : id ? { ...event, id } : event,
            options,
          )
        },
      })),
  }),

  fault('id-without-braces', {
    rule: 'ID-03',
    bug: 'workflow-core W14: new Guid(id) takes braces, and does not give them back',
    says: /the chosen one, character for character/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async create(subscription, options) {
          const { id } = subscription
          if (typeof id !== 'string' || !/^\{[0-9a-f-]{36}\}$/.test(id))
            return real.create(subscription, options)
          return real.create({ ...subscription, id: id.slice(1, -1) }, options)
        },
      })),
  }),

  fault('chosen-error-id-ignored', {
    rule: 'ID-04',
    bug: 'workflow-core: an ExecutionError has no id that its caller knows',
    says: /the ids are the chosen ones/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        async append(errors, options) {
          // Other batches belong to other rules.
          if (errors.length !== 9) return real.append(errors, options)
          return real.append(
            errors.map(({ id: _, ...error }) => error),
            options,
          )
        },
      })),
  }),

  fault('create-overwrites', {
    rule: 'ID-05',
    bug: 'Gorkflow Dynamo: CreateRun is an unconditional put',
    says: /create of the same workflow once more: expected CONFLICT/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          try {
            return await real.create(workflow, options)
          } catch (error) {
            if (!isConflict(error, options) || workflow.id === undefined) throw error
            await real.delete(workflow.id)
            return real.create(workflow, options)
          }
        },
      })),
  }),

  fault('create-equal-accepted', {
    rule: 'ID-05',
    bug: 'vercel/workflow#85 and its kind: a second start with equal content passes for the first',
    says: /create of the same workflow once more: expected CONFLICT/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          try {
            return await real.create(workflow, options)
          } catch (error) {
            if (!isConflict(error, options) || workflow.id === undefined) throw error
            const stored = await real.get(workflow.id)
            if (stored === null || stored.data !== workflow.data) throw error
            return stored
          }
        },
      })),
  }),

  fault('step-create-overwrites', {
    rule: 'ID-06',
    bug: 'Gorkflow Memory: CreateStepExecution replaces the step that is there',
    says: /create of the same step once more: expected CONFLICT/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async create(step, options) {
          try {
            return await real.create(step, options)
          } catch (error) {
            const { workflowId, stepId } = step
            const stored = await real.get({ workflowId, stepId })
            if (!isConflict(error, options) || stored === null) throw error
            return real.update({ ...step, version: stored.version }, options)
          }
        },
      })),
  }),

  fault('event-duplicate-swallowed', {
    rule: 'ID-07',
    bug: 'workflow-core W8: every DbUpdateException is taken for a duplicate, and that for success',
    says: /create of the same event once more: expected CONFLICT/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async create(event, options) {
          try {
            return await real.create(event, options)
          } catch (error) {
            if (!isConflict(error, options) || event.id === undefined) throw error
            return { processed: false, ...event, id: event.id }
          }
        },
      })),
  }),

  fault('subscription-create-reopens', {
    rule: 'ID-08',
    bug: 'INSERT OR REPLACE: the second create takes the token off the first one (P17)',
    says: /and its token, stay/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async create(subscription, options) {
          try {
            return await real.create(subscription, options)
          } catch (error) {
            const stored = await real.get(subscription.id ?? '-')
            if (stored !== null && stored.token !== null)
              await real.clearToken(stored.id, stored.token)
            throw error
          }
        },
      })),
  }),

  fault('append-until-conflict', {
    rule: 'ID-09',
    also: ['LOG-06'],
    bug: 'inserts one by one, without a transaction: a failure leaves the first ones there (P21)',
    says: /the refused batch appended nothing/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        async append(errors, options) {
          if (await appends(() => real.append(errors, options), options)) return
          for (const error of errors) await real.append([error])
        },
      })),
  }),

  fault('append-one-swallowed', {
    rule: 'ID-09',
    bug: 'workflow-core W8: a single insert that fails is taken for a duplicate, and that for success',
    says: /append with an id that is taken: expected CONFLICT/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        async append(errors, options) {
          if (errors.length > 1) return real.append(errors, options)
          await appends(() => real.append(errors, options), options)
        },
      })),
  }),

  fault('append-skips-duplicates', {
    rule: 'ID-09',
    also: ['LOG-06'],
    bug: 'workflow-core W8: INSERT OR IGNORE drops what was taken, and says nothing (P45)',
    says: /append with an id that is taken: expected CONFLICT/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        async append(errors, options) {
          if (await appends(() => real.append(errors, options), options)) return
          for (const error of errors) await appends(() => real.append([error]))
        },
      })),
  }),
]

/** Not of a call with options: what its request id says has rules of its own. */
function isConflict(error: unknown, options: WriteOptions | undefined): boolean {
  return options === undefined && isPersistenceError(error, 'CONFLICT')
}

/** `false` when an id is taken. */
async function appends(append: () => Promise<void>, options?: WriteOptions): Promise<boolean> {
  try {
    await append()
    return true
  } catch (error) {
    if (!isConflict(error, options)) throw error
    return false
  }
}

function asUuid(id: string): string {
  if (typeof id !== 'string' || !/^[0-9a-f]{32}$/.test(id)) return id
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
