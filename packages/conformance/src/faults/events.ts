import { fault, override, type Fault } from './fault.ts'

export const eventFaults: readonly Fault[] = [
  fault('as-of-zero-is-ever-after', {
    rule: 'EVT-01',
    also: ['DATA-20'],
    bug: 'workflow-core W28: 0 is taken for nothing, and a query without a bound finds all',
    says: /the runnable events as of 0/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        getRunnable: async (query, options) =>
          real.getRunnable({ ...query, asOf: query.asOf || 8e15 }, options),
      })),
  }),

  fault('tied-events-by-name', {
    rule: 'EVT-02',
    also: ['ERROR-07'],
    bug: 'workflow-core#146: events of one instant come in the order of whichever index is read',
    says: /by \(eventTime, arrival\)/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async getRunnable(query, options) {
          const page = await real.getRunnable(query, options)
          const found = await Promise.all(page.items.map(async (id) => real.get(id)))
          const rows = found.flatMap((event) => event ?? [])
          rows.sort(
            (a, b) =>
              a.eventTime - b.eventTime ||
              (a.eventName < b.eventName ? -1 : Number(a.eventName > b.eventName)),
          )
          return { ...page, items: rows.map(({ id }) => id) }
        },
      })),
  }),

  fault('unprocessed-again-goes-last', {
    rule: 'EVT-02',
    also: ['ERROR-07'],
    bug: 'workflow-core#146: an event that failed is pushed to the end of a list',
    says: /one marked to and fro/,
    wrap(provider) {
      const late = new Set<string>()
      return override(provider, 'events', (real) => ({
        async markUnprocessed(id, options) {
          late.add(id)
          return real.markUnprocessed(id, options)
        },
        async getRunnable(query, options) {
          const page = await real.getRunnable(query, options)
          const found = await Promise.all(page.items.map(async (id) => real.get(id)))
          const rows = found.flatMap((event) => event ?? [])
          rows.sort(
            (a, b) => a.eventTime - b.eventTime || Number(late.has(a.id)) - Number(late.has(b.id)),
          )
          return { ...page, items: rows.map(({ id }) => id) }
        },
      }))
    },
  }),

  fault('find-from-the-next-second', {
    rule: 'EVT-03',
    also: ['DATA-20'],
    bug: 'MLOS PR#775, node-mysql2#658: a DATETIME column rounds the bound up',
    says: /from asOf on/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        find: async (query, options) =>
          real.find({ ...query, asOf: Math.ceil(query.asOf / 1000) * 1000 }, options),
      })),
  }),

  fault('find-passes-processed-events', {
    rule: 'EVT-03',
    also: ['PURGE-05', 'PURGE-15'],
    bug: 'workflow-core#432: of the events at the bound those that somebody processed are passed over',
    says: /from asOf on/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async find(query, options) {
          const page = await real.find(query, options)
          const items = page.items.filter(
            ({ processed, eventTime }) => !processed || eventTime > query.asOf,
          )
          return { ...page, items }
        },
      })),
  }),

  fault('find-orders-times-as-text', {
    rule: 'EVT-04',
    bug: 'Gorkflow LibSQL: times in a TEXT column sort as text',
    says: /by \(eventTime, arrival\)/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async find(query, options) {
          const page = await real.find(query, options)
          const items = page.items.toSorted((a, b) =>
            String(a.eventTime) < String(b.eventTime) ? -1 : Number(a.eventTime !== b.eventTime),
          )
          return { ...page, items }
        },
      })),
  }),

  fault('early-event-is-lost', {
    rule: 'EVT-05',
    also: ['ERROR-07'],
    bug: 'workflow-core#408, #773: an event published before its subscription is never delivered',
    says: /finds the event that came before it/,
    wrap(provider) {
      const lost = new Set<string>()
      const forgetful = override(provider, 'subscriptions', (real) => ({
        async create(subscription, options) {
          const { eventName, eventKey, subscribeAsOf: asOf } = subscription
          const [early, created] = await Promise.all([
            provider.events?.find({ eventName, eventKey, asOf }),
            real.create(subscription, options),
          ])
          for (const { id } of early?.items ?? []) lost.add(id)
          return created
        },
      }))
      return override(forgetful, 'events', (real) => ({
        async find(query, options) {
          const page = await real.find(query, options)
          return { ...page, items: page.items.filter(({ id }) => !lost.has(id)) }
        },
      }))
    },
  }),

  fault('unprocessed-counts', {
    rule: 'EVT-06',
    bug: 'workflow-core W29: markUnprocessed adds 1, so that twice is 2 and matches no query',
    says: /runnable after the marks/,
    wrap(provider) {
      const marks = new Map<string, number>()
      return override(provider, 'events', (real) => ({
        async markProcessed(id, options) {
          marks.delete(id)
          return real.markProcessed(id, options)
        },
        async markUnprocessed(id, options) {
          marks.set(id, (marks.get(id) ?? 0) + 1)
          return real.markUnprocessed(id, options)
        },
        async getRunnable(query, options) {
          const page = await real.getRunnable(query, options)
          return { ...page, items: page.items.filter((id) => (marks.get(id) ?? 0) < 2) }
        },
      }))
    },
  }),

  fault('unprocessed-with-its-siblings', {
    rule: 'EVT-07',
    also: ['PURGE-06'],
    bug: 'workflow-core#432, #1040, #297: events that were processed fire again with the one that was not',
    says: /one of three is unprocessed again/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async markUnprocessed(id, options) {
          const event = await real.get(id)
          if (event !== null) {
            const { eventName, eventKey, eventTime: asOf } = event
            const { items } = await real.find({ eventName, eventKey, asOf })
            for (const sibling of items) await real.markUnprocessed(sibling.id)
          }
          return real.markUnprocessed(id, options)
        },
      })),
  }),

  fault('created-processed-still-runs', {
    rule: 'EVT-08',
    also: ['PURGE-05'],
    bug: 'workflow-core W25: the index of what waits disagrees with the record',
    says: /one created as processed/,
    wrap(provider) {
      const indexed = new Set<string>()
      return override(provider, 'events', (real) => ({
        async create(event, options) {
          const created = await real.create(event, options)
          if (created.processed) indexed.add(created.id)
          return created
        },
        async markUnprocessed(id, options) {
          indexed.delete(id)
          return real.markUnprocessed(id, options)
        },
        async getRunnable(query, options) {
          const page = await real.getRunnable(query, options)
          return { ...page, items: [...indexed, ...page.items] }
        },
      }))
    },
  }),

  fault('event-slugs-collide', {
    rule: 'EVT-09',
    also: ['KEY-14'],
    bug: 'workflow-core W21: the events of a name and key are kept under `{name}-{key}`',
    says: /the one event of this name and key/,
    wrap(provider) {
      const names = new Map<string, { eventName: string; eventKey: string }>()
      const slug = (name: string, key: string): string => `${name}-${key}`
      return override(provider, 'events', (real) => ({
        async create(event, options) {
          const { eventName, eventKey } = event
          const first = slug(eventName, eventKey)
          if (!names.has(first)) names.set(first, { eventName, eventKey })
          return real.create(event, options)
        },
        find: async (query, options) =>
          real.find({ ...query, ...names.get(slug(query.eventName, query.eventKey)) }, options),
      }))
    },
  }),
]
