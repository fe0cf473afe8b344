import type { StateRepository } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { gap, onItsWay } from './gap.ts'
import { memo, snapshotKey, snapshotName, taskName } from './holds.ts'
import { readable } from './races-winners.ts'

// Of the module, which is a bug.
let current: StateRepository | undefined

/** Records and what finds them, written one after the other; reads in two steps; state that clients share by mistake. */
export const raceVisibleFaults: readonly Fault[] = [
  fault('runnable-index-written-second', {
    rule: 'VISIBLE-01',
    bug: 'workflow-core W20: HSET and ZADD are separate',
    says: /is not linearizable/,
    wrap(provider, store) {
      const late = onItsWay<true>(store, 'runnable index')
      return override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          if (workflow.status !== 'runnable') return real.update(workflow, options)
          const seen = await readable(async () => real.get(workflow.id))
          if (seen?.status === 'runnable') return real.update(workflow, options)
          late.set(workflow.id, true)
          try {
            const updated = await real.update(workflow, options)
            await gap()
            return updated
          } finally {
            late.delete(workflow.id)
          }
        },
        async getRunnable(query, options) {
          const page = await real.getRunnable(query, options)
          return { ...page, items: page.items.filter((id) => !late.has(id)) }
        },
      }))
    },
  }),

  fault('open-index-written-second', {
    rule: 'VISIBLE-02',
    bug: 'of the kind of workflow-core W20: an index that lags behind its records',
    says: /is not linearizable/,
    wrap(provider, store) {
      const late = onItsWay<true>(store, 'open index')
      return override(provider, 'subscriptions', (real) => ({
        async clearToken(id, token, options) {
          late.set(id, true)
          try {
            const cleared = await real.clearToken(id, token, options)
            await gap()
            return cleared
          } finally {
            late.delete(id)
          }
        },
        async findFirstOpen(query, options) {
          const found = await real.findFirstOpen(query, options)
          return found && late.has(found.id) ? null : found
        },
      }))
    },
  }),

  fault('event-index-written-second', {
    rule: 'VISIBLE-03',
    bug: 'workflow-core W25: hash and index of an event disagree',
    says: /is not linearizable/,
    wrap(provider, store) {
      const late = onItsWay<true>(store, 'event index')
      return override(provider, 'events', (real) => ({
        async markUnprocessed(id, options) {
          late.set(id, true)
          try {
            const marked = await real.markUnprocessed(id, options)
            await gap()
            return marked
          } finally {
            late.delete(id)
          }
        },
        async getRunnable(query, options) {
          const page = await real.getRunnable(query, options)
          return { ...page, items: page.items.filter((id) => !late.has(id)) }
        },
      }))
    },
  }),

  fault('snapshot-index-written-second', {
    rule: 'VISIBLE-04',
    also: ['LIFE-09'],
    bug: 'workflow-core W20, for snapshots',
    says: /is not linearizable/,
    wrap(provider, store) {
      const late = onItsWay<true>(store, 'snapshot index')
      return override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          if (snapshot.status !== 'running') return real.save(snapshot, options)
          const seen = await readable(async () => real.load(snapshotKey(snapshot)))
          if (!seen || seen.status === 'running') return real.save(snapshot, options)
          late.set(snapshotName(snapshot), true)
          try {
            const saved = await real.save(snapshot, options)
            await gap()
            return saved
          } finally {
            late.delete(snapshotName(snapshot))
          }
        },
        async list(query, options) {
          const page = await real.list(query, options)
          return { ...page, items: page.items.filter((item) => !late.has(snapshotName(item))) }
        },
      }))
    },
  }),

  fault('available-tasks-of-two-replicas', {
    rule: 'VISIBLE-05',
    bug: 'temporal#5643 and its kind: two readers, two answers',
    says: /is not linearizable/,
    wrap(provider, store) {
      const late = onItsWay<{ reads: number }>(store, 'available')
      return override(provider, 'claims', (real) => ({
        async release(claim, options) {
          const released = await real.release(claim, options)
          if (!released) return false
          late.set(taskName(claim), { reads: 0 })
          await gap()
          late.delete(taskName(claim))
          return true
        },
        async findAvailable(query, options) {
          const page = await real.findAvailable(query, options)
          const items = page.items.filter((task) => {
            const replica = late.get(taskName(task))
            if (replica === undefined) return true
            replica.reads += 1
            return replica.reads % 2 === 1
          })
          return { ...page, items }
        },
      }))
    },
  }),

  fault('ensure-store-makes-it-anew', {
    rule: 'SHARE-01',
    bug: 'mastra#16782: tables are made while others use them',
    says: /what client-\d stored in \w+ after ensureStore is there/,
    wrap(provider, store) {
      const made = memo(store, 'made', () => ({ done: false, providers: 0 }))
      made.providers += 1
      const turn = made.providers
      return {
        ...provider,
        async ensureStore(options) {
          const missing = !made.done
          await gap(missing ? 3 * turn : 0)
          await provider.ensureStore(options)
          made.done = true
          if (!missing || !provider.workflows) return
          const { items } = await provider.workflows.list({ limit: 1000 })
          for (const { id } of items) await provider.workflows.delete(id)
        },
      }
    },
  }),

  fault('namespace-in-a-variable', {
    rule: 'SHARE-02',
    also: ['LIFE-09'],
    bug: 'workflow-es: a variable of the module says which store is meant',
    says: /what state gives in one of two namespaces/,
    wrap: (provider) =>
      override(provider, 'state', (real) => ({
        async set(entry, options) {
          current = real
          await gap(1)
          await current.set(entry, options)
        },
      })),
  }),

  fault('page-in-two-reads', {
    rule: 'WALK-01',
    bug: 'of the kind of amazonka#340: where a page begins, and then what is there by now',
    says: /what stays, on the pages of workflows.list/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async list(query, options) {
          const page = await real.list(query, options)
          const [first] = page.items
          if (!first || !query?.limit) return page
          const { cursor: _, ...filter } = query
          const before = await real.list({ ...filter, limit: 1000 })
          const offset = before.items.findIndex(({ id }) => id === first.id)
          await gap(1)
          const now = await real.list({ ...filter, limit: 1000 })
          return { ...page, items: now.items.slice(offset, offset + page.items.length) }
        },
      })),
  }),
]
