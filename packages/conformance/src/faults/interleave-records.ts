import { PersistenceError, isPersistenceError, type WorkflowUpdate } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { insist, taken } from './overwrite.ts'

/** Of workflows, steps, events and errors. */
export const recordFaults: readonly Fault[] = [
  fault('create-looks-then-puts', {
    rule: 'INTER-01',
    bug: 'workflow-core#507: a look whether the id is free, and then a write that overwrites',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const { id } = workflow
          if (id === undefined) return real.create(workflow, options)
          if ((await real.get(id)) !== null) throw taken(id)
          try {
            return await real.create(workflow, options)
          } catch (error) {
            const there = isPersistenceError(error, 'CONFLICT') ? await real.get(id) : null
            if (there === null) throw error
            return {
              ...(await real.update({ ...workflow, id, version: there.version })),
              version: 1,
            }
          }
        },
      })),
  }),

  fault('update-compares-then-writes', {
    rule: 'INTER-02',
    also: ['INTER-04', 'INTER-05'],
    bug: 'workflow-core#921: the version is compared by the client, and the last writer wins',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          if (options?.subscriptions !== undefined) return real.update(workflow, options)
          const there = await real.get(workflow.id)
          if (there !== null && there.version !== workflow.version)
            throw new PersistenceError('CONFLICT', 'Another version')
          return insist(async () => {
            const { version } = (await real.get(workflow.id)) ?? workflow
            return real.update({ ...workflow, version }, options)
          })
        },
      })),
  }),

  fault('subscriptions-follow-one-by-one', {
    rule: 'INTER-03',
    bug: 'workflow-core#1192: the workflow is written, and then each subscription',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          const { subscriptions = [], ...rest } = options ?? {}
          const updated = await real.update(workflow, rest)
          for (const opened of subscriptions) await provider.subscriptions?.create(opened)
          return updated
        },
      })),
  }),

  fault('update-brings-back', {
    rule: 'INTER-04',
    also: ['INTER-05'],
    bug: 'vercel/workflow#85: an update of what was deleted meanwhile is an upsert',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          if ((await real.get(workflow.id)) === null)
            throw new PersistenceError('NOT_FOUND', `There is no ${workflow.id}`)
          try {
            return await real.update(workflow, options)
          } catch (error) {
            if (!isPersistenceError(error, 'NOT_FOUND')) throw error
            const { version: _, ...content }: WorkflowUpdate = workflow
            return real.create(content)
          }
        },
      })),
  }),

  fault('purge-lists-then-deletes', {
    rule: 'INTER-05',
    bug: 'Hangfire.PostgreSql#130: what is to be deleted was read before, and is not looked at again',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async purge({ status, olderThan }, options) {
          const { items } = await real.list({ status })
          const old = items.filter((item) => (item.completedAt ?? item.updatedAt) < olderThan)
          for (const { id } of old) await real.delete(id, options)
          return old.length
        },
      })),
  }),

  fault('step-create-looks-then-puts', {
    rule: 'INTER-06',
    bug: 'Gorkflow LibSQL CreateStepExecution: INSERT OR REPLACE after a look',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async create(step, options) {
          const { workflowId, stepId } = step
          if ((await real.get({ workflowId, stepId })) !== null) throw taken(stepId)
          try {
            return await real.create(step, options)
          } catch (error) {
            if (!isPersistenceError(error, 'CONFLICT')) throw error
            return { ...(await real.update({ ...step, version: 1 })), version: 1 }
          }
        },
      })),
  }),

  fault('step-update-compares-then-writes', {
    rule: 'INTER-07',
    bug: 'vercel/workflow#2331: a status that is checked, and then written over',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async update(step, options) {
          const { workflowId, stepId } = step
          const there = await real.get({ workflowId, stepId })
          if (there !== null && there.version !== step.version)
            throw new PersistenceError('CONFLICT', 'Another version')
          return insist(async () => {
            const { version } = (await real.get({ workflowId, stepId })) ?? step
            return real.update({ ...step, version }, options)
          })
        },
      })),
  }),

  fault('event-create-ignores-the-race', {
    rule: 'INTER-08',
    bug: 'workflow-core#935: ON CONFLICT DO NOTHING after a look, and both have published',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async create(event, options) {
          const { id } = event
          if (id === undefined) return real.create(event, options)
          if ((await real.get(id)) !== null) throw taken(id)
          try {
            return await real.create(event, options)
          } catch (error) {
            if (!isPersistenceError(error, 'CONFLICT')) throw error
            return { ...event, id, processed: event.processed ?? false }
          }
        },
      })),
  }),

  fault('event-purge-looks-then-deletes', {
    rule: 'INTER-09',
    bug: 'workflow-core#432: an event that was opened again is deleted, since it was found processed',
    says: /neither order/,
    network: true,
    wrap: (provider, store) =>
      override(provider, 'events', (real) => ({
        async create(event, options) {
          const created = await real.create(event, options)
          store.set('last event', created.id)
          return created
        },
        async purge(query, options) {
          const last = store.get('last event') as string
          const found = await real.get(last)
          const old = found?.processed && found.eventTime < query.olderThan
          if (old) await real.markProcessed(last)
          return real.purge(query, options)
        },
      })),
  }),

  fault('append-leaves-out-what-is-there', {
    rule: 'INTER-10',
    bug: 'workflow-core#1192: a batch that is checked first, and then stored as far as it goes',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        async append(errors, options) {
          const [first] = errors
          const there =
            first === undefined ? [] : (await real.list({ workflowId: first.workflowId })).items
          const known = new Set(there.map(({ id }) => id))
          if (errors.some(({ id }) => id !== undefined && known.has(id)))
            return real.append(errors, options)
          try {
            await real.append(errors, options)
          } catch (error) {
            if (!isPersistenceError(error, 'CONFLICT')) throw error
            await real.append(errors.filter(({ id }) => id === undefined))
          }
        },
      })),
  }),
]
