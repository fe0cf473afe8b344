import type { CallOptions, Page, PageRequest } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

type List<Q extends PageRequest, T> = (query: Q, options?: CallOptions) => Promise<Page<T>>

export const walkFaults: readonly Fault[] = [
  fault('workflow-ties-skipped', {
    rule: 'PAGE-07',
    bug: 'the next page begins after a time, and others have that time too (P25)',
    says: /workflows.list: what was there throughout/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        list: skipping(
          async (query, options) => real.list(query, options),
          ({ createdAt }) => String(createdAt),
        ),
      })),
  }),

  fault('workflow-pages-by-offset', {
    rule: 'PAGE-07',
    bug: 'workflow-core W13: skip and take, so that a delete makes the next page skip one',
    says: /workflows.list: what was there throughout/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        list: byOffset(async (query, options) => real.list(query, options)),
      })),
  }),

  fault('runnable-pages-by-offset', {
    rule: 'PAGE-08',
    bug: 'workflow-core W13: skip and take over what is due, while it is being done',
    says: /workflows.getRunnable: what was there throughout/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        getRunnable: byOffset(async (query, options) => real.getRunnable(query, options)),
      })),
  }),

  fault('later-steps-reversed', {
    rule: 'PAGE-09',
    bug: 'Gorkflow: no order is asked for, and a later page comes in that of another index (P26)',
    says: /steps.list: what was there throughout/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async list(query, options) {
          const page = await real.list(query, options)
          return (query.cursor ?? null) === null
            ? page
            : { ...page, items: page.items.toReversed() }
        },
      })),
  }),

  fault('runnable-events-lose-one', {
    rule: 'PAGE-10',
    also: ['PAGE-05'],
    bug: 'dcb-event-store#89 and its kind: who reads on skips one',
    says: /events.getRunnable: what was there throughout/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async getRunnable(query, options) {
          const page = await real.getRunnable(query, options)
          return (query.cursor ?? null) === null ? page : { ...page, items: page.items.slice(1) }
        },
      })),
  }),

  fault('runnable-event-pages-by-offset', {
    rule: 'PAGE-10',
    bug: 'workflow-core W13: skip and take over what waits, while it is being processed',
    says: /events.getRunnable: what was there throughout/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        getRunnable: byOffset(async (query, options) => real.getRunnable(query, options)),
      })),
  }),

  fault('later-events-reversed', {
    rule: 'PAGE-11',
    bug: 'vercel/workflow PR#2714: events of one millisecond come in no order',
    says: /events.find: what was there throughout/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async find(query, options) {
          const page = await real.find(query, options)
          const compare = (a: { eventTime: number }, b: { eventTime: number }): number =>
            a.eventTime - b.eventTime
          return (query.cursor ?? null) === null
            ? page
            : { ...page, items: page.items.toReversed().toSorted(compare) }
        },
      })),
  }),

  fault('first-page-only', {
    rule: 'PAGE-11',
    also: ['PAGE-04', 'PAGE-05', 'KEY-15'],
    bug: 'workflow-core W31: no loop over LastEvaluatedKey, so that the rest is never seen',
    says: /events.find: what was there throughout/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async find(query, options) {
          return { ...(await real.find(query, options)), cursor: null }
        },
      })),
  }),

  fault('last-one-again', {
    rule: 'PAGE-12',
    bug: 'workflow-core#432: an inclusive bound, so that a page begins with the last of the one before',
    says: /subscriptions.find: (what was there throughout|a page has at most)/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => {
        const last = new Map<string, string>()
        return {
          async find(query, options) {
            const page = await real.find(query, options)
            const id = page.items.at(-1)?.id
            if (page.cursor !== null && id !== undefined) last.set(page.cursor, id)
            const again = await real.get(last.get(query.cursor ?? '') ?? '-')
            return again === null ? page : { ...page, items: [again, ...page.items.slice(1)] }
          },
        }
      }),
  }),

  fault('command-pages-by-offset', {
    rule: 'PAGE-13',
    bug: 'workflow-core W13: skip and take, so that a new command shows an old one twice',
    says: /commands.list: what was there throughout/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        list: byOffset(async (query, options) => real.list(query, options)),
      })),
  }),

  fault('snapshot-ties-skipped', {
    rule: 'PAGE-14',
    bug: 'the next page begins after an instance, which may have more snapshots (P25)',
    says: /snapshots.list: what was there throughout/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        list: skipping(
          async (query, options) => real.list(query, options),
          ({ instanceId }) => instanceId,
        ),
      })),
  }),

  fault('task-ties-skipped', {
    rule: 'PAGE-15',
    bug: 'the next page begins after a priority that more tasks have (P25)',
    says: /claims.findAvailable: what was there throughout/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        findAvailable: skipping(
          async (query, options) => real.findAvailable(query, options),
          ({ priority }) => String(priority),
        ),
      })),
  }),

  fault('error-pages-by-offset', {
    rule: 'PAGE-16',
    bug: 'workflow-core W13: skip and take, so that an error that comes late shows another one twice',
    says: /errors.list: what was there throughout/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        list: byOffset(async (query, options) => real.list(query, options)),
      })),
  }),
]

/** Pages that begin after so many records, however many were written meanwhile. */
function byOffset<Q extends PageRequest, T>(
  list: List<Q, T>,
): (query?: Q, options?: CallOptions) => Promise<Page<T>> {
  const PREFIX = 'offset:'
  return async (query = {} as Q, options) => {
    const { cursor = null, limit = 100 } = query
    if (cursor !== null && !cursor.startsWith(PREFIX)) return list(query, options)
    // Asked for its verdict on the limit too.
    let page = await list({ ...query, cursor: null }, options)
    const items = [...page.items]
    while (page.cursor !== null) {
      page = await list({ ...query, cursor: page.cursor }, options)
      items.push(...page.items)
    }
    const from = cursor === null ? 0 : Number(cursor.slice(PREFIX.length))
    const to = from + limit
    const next = to < items.length ? `${PREFIX}${to}` : null
    return { items: items.slice(from, to), cursor: next, corrupt: page.corrupt }
  }
}

/** Pages that begin after the first part of the last place, and so skip what ties with it. */
function skipping<Q extends PageRequest, T>(
  list: List<Q, T>,
  tieOf: (item: T) => string,
): (query?: Q, options?: CallOptions) => Promise<Page<T>> {
  const ties = new Map<string, string>()
  return async (query = {} as Q, options) => {
    const page = await list(query, options)
    const last = page.items.at(-1)
    if (page.cursor !== null && last !== undefined) ties.set(page.cursor, tieOf(last))
    const tie = query.cursor ? ties.get(query.cursor) : undefined
    // Pages of one, or without a limit, belong to other rules.
    return query.limit === 1 || query.limit === undefined
      ? page
      : { ...page, items: page.items.filter((item) => tieOf(item) !== tie) }
  }
}
