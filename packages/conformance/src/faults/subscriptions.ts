import { isPersistenceError, type Subscription } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { fault, override, type Fault } from './fault.ts'

export const subscriptionFaults: readonly Fault[] = [
  fault('find-passes-held-subscriptions', {
    rule: 'SUB-01',
    also: ['KEY-15'],
    bug: 'workflow-core GetSubscriptions: of those at the bound the ones that carry a token are passed over',
    says: /the subscriptions of the name and key/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async find(query, options) {
          const page = await real.find(query, options)
          const items = page.items.filter(
            ({ token, subscribeAsOf }) => token === null || subscribeAsOf < query.asOf,
          )
          return { ...page, items }
        },
      })),
  }),

  fault('subscriptions-in-collation-order', {
    rule: 'SUB-02',
    bug: "unkey#4091, airflow PR#18072: the column's collation orders ids without case",
    says: /by \(subscribeAsOf, id\)/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async find(query, options) {
          const page = await real.find(query, options)
          const items = page.items.toSorted(
            (a, b) => a.subscribeAsOf - b.subscribeAsOf || a.id.localeCompare(b.id, 'en'),
          )
          return { ...page, items }
        },
      })),
  }),

  fault('subscription-slugs-collide', {
    rule: 'SUB-03',
    also: ['KEY-14'],
    bug: 'workflow-core W21: the subscriptions to a name and key are kept under `{name}:{key}`',
    says: /the one subscription to this name and key/,
    wrap(provider) {
      const names = new Map<string, { eventName: string; eventKey: string }>()
      const slug = (name: string, key: string): string => `${name}:${key}`
      return override(provider, 'subscriptions', (real) => ({
        async create(subscription, options) {
          const { eventName, eventKey } = subscription
          const first = slug(eventName, eventKey)
          if (!names.has(first)) names.set(first, { eventName, eventKey })
          return real.create(subscription, options)
        },
        find: async (query, options) =>
          real.find({ ...query, ...names.get(slug(query.eventName, query.eventKey)) }, options),
      }))
    },
  }),

  fault('first-open-looks-at-the-first', {
    rule: 'SUB-04',
    bug: 'workflow-core W30: Limit 1 comes before the filter, so that a held one hides the open ones',
    says: /the first open one of/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async findFirstOpen(query, options) {
          const found = await real.findFirstOpen(query, options)
          const { items } = await real.find({ ...query, limit: 1 }, options)
          return found?.id === items[0]?.id ? found : null
        },
      })),
  }),

  fault('first-open-ignores-expiry', {
    rule: 'SUB-05',
    bug: 'workflow-core GetFirstOpenSubscription: a token that has expired still counts',
    says: /when its token has expired/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async findFirstOpen(query, options) {
          const found = await real.findFirstOpen(query, options)
          return found?.token === null ? found : null
        },
      })),
  }),

  fault('first-open-ignores-as-of', {
    rule: 'SUB-06',
    bug: 'workflow-core W39: the query for the first open one compares the wrong things',
    says: /none subscribed before asOf/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        findFirstOpen: async (query, options) =>
          real.findFirstOpen({ ...query, asOf: Math.max(query.asOf, 8e15) }, options),
      })),
  }),

  fault('terminated-stays-in-the-index', {
    rule: 'SUB-07',
    bug: 'workflow-core W38, W20: terminate leaves the entry that finds the subscription',
    says: /find when one of three is terminated/,
    wrap(provider) {
      const entries: Subscription[] = []
      return override(provider, 'subscriptions', (real) => ({
        async terminate(id, options) {
          const found = await real.get(id)
          if (found !== null && found.subscribeAsOf < EPOCH) entries.push(found)
          return real.terminate(id, options)
        },
        async find(query, options) {
          const page = await real.find(query, options)
          const left = entries.filter(({ eventName }) => eventName === query.eventName)
          return { ...page, items: [...page.items, ...left] }
        },
      }))
    },
  }),

  fault('created-held-counts-as-open', {
    rule: 'SUB-08',
    bug: 'workflow-core W25: the index of what is open is kept by setToken alone',
    says: /not open while it is held/,
    wrap(provider) {
      const open = new Map<string, Subscription>()
      return override(provider, 'subscriptions', (real) => ({
        async create(subscription, options) {
          const created = await real.create(subscription, options)
          if (created.token !== null) open.set(created.eventName, created)
          return created
        },
        findFirstOpen: async (query, options) =>
          (await real.findFirstOpen(query, options)) ?? open.get(query.eventName) ?? null,
      }))
    },
  }),

  fault('update-opens-one-subscription', {
    rule: 'SUB-09',
    bug: 'workflow-core W41: what is written in bulk is not flushed to the end',
    says: /the subscription without an id is found/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          if (options?.subscriptions === undefined) return real.update(workflow, options)
          return real.update(workflow, {
            ...options,
            subscriptions: options.subscriptions.slice(0, 3),
          })
        },
      })),
  }),

  fault('update-before-its-subscriptions', {
    rule: 'SUB-10',
    bug: 'workflow-core W16, #1192: the workflow is written, then its subscriptions, in no transaction',
    says: /the workflow is as before/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          try {
            return await real.update(workflow, options)
          } catch (error) {
            const { subscriptions = [], ...rest } = options ?? {}
            if (isPersistenceError(error, 'CONFLICT') && subscriptions.length > 0)
              await real.update(workflow, rest)
            throw error
          }
        },
      })),
  }),

  fault('stale-update-opens-subscriptions', {
    rule: 'SUB-11',
    bug: 'workflow-core#1192, #935: the subscriptions are written although the update was refused',
    says: /a refused update opened no subscription/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          try {
            return await real.update(workflow, options)
          } catch (error) {
            const stored = await real.get(workflow.id)
            if (stored?.version !== workflow.version && isPersistenceError(error, 'CONFLICT')) {
              for (const opened of options?.subscriptions ?? [])
                await provider.subscriptions?.create(opened)
            }
            throw error
          }
        },
      })),
  }),

  fault('update-chokes-on-an-empty-list', {
    rule: 'SUB-12',
    bug: 'workflow-core W5: the workflow is written, then the list of subscriptions is stumbled on',
    says: /Expected at least one/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          const updated = await real.update(workflow, options)
          if (options?.subscriptions?.length === 0)
            throw new Error('Expected at least one subscription')
          return updated
        },
      })),
  }),
]
