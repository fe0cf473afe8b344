import { isPersistenceError } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { gap } from './gap.ts'
import { memo } from './holds.ts'
import { readable } from './races-winners.ts'

/** Whether it is there is asked in one step, and it is made, or deleted, in another. */
export const raceCreateFaults: readonly Fault[] = [
  fault('workflow-check-then-insert', {
    rule: 'RACE-09',
    also: ['LIFE-09'],
    bug: 'workflow-core W43: a conflict is swallowed as success',
    says: /the creation of a workflow: \d of \d clients won/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        create: async (workflow, options) =>
          checkThenInsert(
            async () => (workflow.id === undefined ? null : real.get(workflow.id)),
            async () => real.create(workflow, options),
          ),
      })),
  }),

  fault('step-check-then-insert', {
    rule: 'RACE-10',
    also: ['LIFE-09'],
    bug: 'vercel/workflow#2039: step_created twice',
    says: /the creation of a step: \d of \d clients won/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        create: async (step, options) =>
          checkThenInsert(
            async () => real.get({ workflowId: step.workflowId, stepId: step.stepId }),
            async () => real.create(step, options),
          ),
      })),
  }),

  fault('event-check-then-insert', {
    rule: 'RACE-11',
    also: ['LIFE-09'],
    bug: 'workflow-core W43: a conflict is swallowed as success',
    says: /the creation of an event: \d of \d clients won/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        create: async (event, options) =>
          checkThenInsert(
            async () => (event.id === undefined ? null : real.get(event.id)),
            async () => real.create(event, options),
          ),
      })),
  }),

  fault('subscription-check-then-insert', {
    rule: 'RACE-12',
    also: ['LIFE-09'],
    bug: 'vercel/workflow#4173: several owners of one token',
    says: /the creation of a subscription: \d of \d clients won/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        create: async (subscription, options) =>
          checkThenInsert(
            async () => (subscription.id === undefined ? null : real.get(subscription.id)),
            async () => real.create(subscription, options),
          ),
      })),
  }),

  fault('error-check-then-insert', {
    rule: 'RACE-13',
    also: ['LIFE-09'],
    bug: 'workflow-core W8: every error of the database is swallowed',
    says: /the creation of an error: \d of \d clients won/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        async append(errors, options) {
          const taken = async (): Promise<boolean> => {
            const [first] = errors
            if (first === undefined) return true
            const { items } = await real.list({ workflowId: first.workflowId })
            return items.some(({ id }) => errors.some((one) => one.id === id))
          }
          await checkThenInsert(
            async () => ((await readable(taken)) === false ? null : true),
            async () => {
              await real.append(errors, options)
              return true
            },
          )
        },
      })),
  }),

  fault('request-under-way-is-a-conflict', {
    rule: 'RACE-14',
    bug: 'vercel/workflow#85: a start that is made again is refused',
    says: /a repeat of the creation of a workflow got CONFLICT/,
    wrap: (provider, store) =>
      override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const requests = memo(store, 'requests', () => new Set<string>())
          const requestId = options?.requestId
          if (requestId === undefined) return real.create(workflow, options)
          if (requests.has(requestId)) {
            // As the table of requests answers: its row is there, the workflow is not.
            return real.create(workflow, { requestId: `${requestId} again` })
          }
          requests.add(requestId)
          try {
            const created = await real.create(workflow, options)
            await gap()
            return created
          } finally {
            requests.delete(requestId)
          }
        },
      })),
  }),

  fault('delete-check-then-delete', {
    rule: 'RACE-15',
    bug: 'dapr/components-contrib PR#736: who deletes too late is told that it worked',
    says: /the end of a subscription: \d of \d clients won/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async terminate(id, options) {
          const seen = await real.get(id)
          await gap()
          return (await real.terminate(id, options)) || seen !== null
        },
      })),
  }),
]

async function checkThenInsert<T>(
  look: () => Promise<T | null>,
  insert: () => Promise<T>,
): Promise<T> {
  const seen = await readable(look)
  if (seen !== null) return insert()
  await gap()
  try {
    return await insert()
  } catch (error) {
    const now = await readable(look)
    if (!isPersistenceError(error, 'CONFLICT') || now === null || now === undefined) throw error
    return now
  }
}
