import {
  isPersistenceError,
  type Page,
  type Subscription,
  type WorkflowEvent,
} from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { crowd, gap, onItsWay } from './gap.ts'
import { memo, textOf } from './holds.ts'
import { readable } from './races-winners.ts'

/** Units in several steps, with others in between. */
export const raceDeliveryFaults: readonly Fault[] = [
  fault('look-before-the-write', {
    rule: 'DELIVERY-01',
    also: ['LIFE-09'],
    bug: 'workflow-core#408: publisher and subscriber each look before the other has written',
    says: /miss each other/,
    wrap(plain, store) {
      const { provider, others } = crowd(plain, store)
      const subscribers = new Map<string, Page<Subscription>>()
      const published = new Map<string, Page<WorkflowEvent>>()
      const take = <T>(seen: Map<string, T>, name: string): T | undefined => {
        const found = seen.get(name)
        seen.delete(name)
        return found
      }
      const publishing = override(provider, 'events', (real) => ({
        async create(event, options) {
          const { eventName, eventKey, eventTime: asOf } = event
          const seen = await readable(async () =>
            plain.subscriptions?.find({ eventName, eventKey, asOf }),
          )
          const before = others()
          await gap()
          const created = await real.create(event, options)
          if (seen && others() > before) subscribers.set(textOf([eventName, eventKey]), seen)
          return created
        },
        find: async (query, options) =>
          take(published, textOf([query.eventName, query.eventKey])) ?? real.find(query, options),
      }))
      return override(publishing, 'subscriptions', (real) => ({
        async create(subscription, options) {
          const { eventName, eventKey, subscribeAsOf: asOf } = subscription
          const seen = await readable(async () => plain.events?.find({ eventName, eventKey, asOf }))
          const before = others()
          await gap()
          const created = await real.create(subscription, options)
          if (seen && others() > before) published.set(textOf([eventName, eventKey]), seen)
          return created
        },
        find: async (query, options) =>
          take(subscribers, textOf([query.eventName, query.eventKey])) ?? real.find(query, options),
      }))
    },
  }),

  fault('arrival-numbers-in-blocks', {
    rule: 'DELIVERY-02',
    bug: 'vercel/workflow PR#2714: numbers that each process makes do not follow the order of arrival',
    says: /an event is listed after one that was published later/,
    wrap(provider, store) {
      const blocks = memo(store, 'blocks', () => new Map<string, number>())
      const count = memo(store, 'providers', () => ({ open: 0 }))
      count.open += 1
      const block = count.open
      return override(provider, 'events', (real) => ({
        async create(event, options) {
          const created = await real.create(event, options)
          blocks.set(created.id, block)
          await gap(1)
          return created
        },
        async find(query, options) {
          const page = await real.find(query, options)
          const blockOf = ({ id }: WorkflowEvent): number => blocks.get(id) ?? 0
          const items = page.items.toSorted(
            (a, b) => a.eventTime - b.eventTime || blockOf(a) - blockOf(b),
          )
          return { ...page, items }
        },
      }))
    },
  }),

  fault('events-purged-from-a-list', {
    rule: 'DELIVERY-03',
    bug: 'workflow-core#1315: an event that waits again is gone',
    says: /marked an event unprocessed \(true\), and it is purged/,
    wrap(provider, store) {
      const processed = memo(store, 'processed', () => new Map<string, number>())
      return override(provider, 'events', (real) => ({
        async create(event, options) {
          const created = await real.create(event, options)
          if (created.processed) processed.set(created.id, created.eventTime)
          return created
        },
        async markProcessed(id, options) {
          const marked = await real.markProcessed(id, options)
          const event = marked ? await real.get(id) : null
          if (event) processed.set(id, event.eventTime)
          return marked
        },
        async markUnprocessed(id, options) {
          const marked = await real.markUnprocessed(id, options)
          if (marked) processed.delete(id)
          return marked
        },
        async purge(query, options) {
          const old = [...processed].filter(([, eventTime]) => eventTime < query.olderThan)
          await gap()
          for (const [id] of old) if (!processed.has(id)) await real.markProcessed(id)
          return real.purge(query, options)
        },
      }))
    },
  }),

  fault('subscriptions-after-the-workflow', {
    rule: 'ATOMIC-01',
    bug: 'workflow-core W16: two writes that are no transaction',
    says: /at version 2, and [01] of its 2 subscriptions are there|one of 2 subscriptions/,
    wrap(plain, store) {
      const { provider, others } = crowd(plain, store)
      return override(provider, 'workflows', (real) => ({
        async update(workflow, options = {}) {
          const before = others()
          await gap()
          const { subscriptions = [], ...rest } = options
          if (subscriptions.length === 0 || others() === before)
            return real.update(workflow, options)
          const updated = await real.update(workflow, rest)
          for (const subscription of subscriptions) {
            await gap()
            await plain.subscriptions?.create(subscription)
          }
          return updated
        },
      }))
    },
  }),

  fault('workflow-deleted-before-its-children', {
    rule: 'ATOMIC-02',
    bug: 'workflow-core#100: what belongs to a workflow outlives it for a while',
    says: /the step and the subscription of a workflow that is gone/,
    wrap(provider, store) {
      const deleting = onItsWay<true>(store, 'deletion')
      return override(provider, 'workflows', (real) => ({
        get: async (id, options) => (deleting.has(id) ? null : real.get(id, options)),
        async delete(id, options) {
          deleting.set(id, true)
          try {
            await gap()
            return await real.delete(id, options)
          } finally {
            deleting.delete(id)
          }
        },
      }))
    },
  }),

  fault('update-puts-back-what-is-deleted', {
    rule: 'ATOMIC-03',
    bug: 'workflow-core W35: an update brings a deleted workflow back',
    says: /a workflow that was deleted/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          const seen = await readable(async () => real.get(workflow.id))
          await gap()
          try {
            return await real.update(workflow, options)
          } catch (error) {
            if (!seen || !isPersistenceError(error, 'NOT_FOUND')) throw error
            const { version: _, ...rest } = workflow
            return real.create(rest)
          }
        },
      })),
  }),

  fault('workflows-purged-from-a-list', {
    rule: 'ATOMIC-04',
    bug: 'Azure/durabletask#1046: what was read is written without a look at what is there now',
    says: /made a workflow run, and it was purged/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async purge(query, options) {
          const { status, olderThan } = query
          const seen = await readable(async () => real.list({ status, limit: 1000 }))
          const old = (seen?.items ?? []).filter(
            ({ completedAt, updatedAt }) => (completedAt ?? updatedAt) < olderThan,
          )
          await gap()
          const purged = await real.purge(query, options)
          let more = 0
          for (const { id } of old) if (await real.delete(id)) more += 1
          return purged + more
        },
      })),
  }),

  fault('errors-appended-one-by-one', {
    rule: 'ATOMIC-05',
    also: ['LIFE-09', 'RACE-13', 'RACE-14'],
    bug: 'Azure/durabletask#1094: a commit in parts',
    says: /[12] of 3 errors that were appended together are there/,
    wrap(plain, store) {
      const { provider, others } = crowd(plain, store)
      return override(provider, 'errors', (real) => ({
        async append(errors, options) {
          const before = others()
          await gap()
          if (others() === before) return real.append(errors, options)
          for (const error of errors) {
            await real.append([error])
            await gap(1)
          }
        },
      }))
    },
  }),
]
