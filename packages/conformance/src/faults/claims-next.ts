import { compareText, type AvailableTask, type PersistenceProvider } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { overrideClaims, snapshotKey, taskName } from './holds.ts'

export const claimNextFaults: readonly Fault[] = [
  fault('available-by-priority-as-text', {
    rule: 'CLAIM-18',
    bug: 'Redis sorts members of one score as text, redis#2835',
    says: /the order of findAvailable/,
    wrap: (provider) =>
      overrideItems(provider, (items) =>
        items.sort((a, b) => compareText(String(a.priority), String(b.priority))),
      ),
  }),

  fault('available-whatever-the-wait', {
    rule: 'CLAIM-18',
    bug: 'sayiir: no order among tasks of one priority, so that the old ones starve',
    says: /the order of findAvailable/,
    wrap: (provider) =>
      overrideItems(provider, (items) =>
        items.sort((a, b) => a.priority - b.priority || compareText(taskName(a), taskName(b))),
      ),
  }),

  fault('available-without-expired', {
    rule: 'CLAIM-19',
    bug: 'durabletask-go#136: the timeout of a lock is ignored',
    says: /the available tasks/,
    wrap: (provider, store) =>
      overrideClaims(provider, store, (real, last) => ({
        async findAvailable(query, options) {
          const page = await real.findAvailable(query, options)
          const never = (item: AvailableTask): boolean =>
            last.get(taskName(item))?.released !== false
          return { ...page, items: page.items.filter(never) }
        },
      })),
  }),

  fault('available-with-sorted-tags', {
    rule: 'CLAIM-20',
    bug: 'workflow-core #201: an ordered collection does not come back as it was',
    says: /the available tasks/,
    wrap: (provider) =>
      overrideItems(provider, (items) =>
        items.map((item) => ({ ...item, tags: [...item.tags].sort() })),
      ),
  }),

  fault('one-tag-is-enough', {
    rule: 'CLAIM-21',
    also: ['PAGE-15'],
    bug: 'langgraphjs#2504: a filter that is not the one asked for',
    says: /the tasks for a worker with tags/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async findAvailable(query = {}, options) {
          const { tags, ...rest } = query
          const found = await real.findAvailable(query, options)
          if (tags === undefined || query.limit !== undefined) return found
          const page = await real.findAvailable(rest, options)
          const fits = (item: AvailableTask): boolean =>
            item.tags.length === 0 || item.tags.some((tag) => tags.includes(tag))
          return { ...page, items: page.items.filter(fits) }
        },
      })),
  }),

  fault('ready-at-drifts', {
    rule: 'CLAIM-22',
    bug: 'mastra PR#18004: a time that drifts with each save',
    says: /readyAt of a task that stayed ready/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async findAvailable(query, options) {
          const page = await real.findAvailable(query, options)
          const items: AvailableTask[] = []
          for (const item of page.items) {
            const snapshot = await provider.snapshots?.load(snapshotKey(item))
            items.push({ ...item, readyAt: snapshot?.updatedAt ?? item.readyAt })
          }
          return { ...page, items }
        },
      })),
  }),

  fault('claim-next-from-behind', {
    rule: 'CLAIM-23',
    also: ['ERROR-10', 'REQ-14'],
    bug: 'sayiir: higher priority is not first',
    says: /claimNext gives the first task of findAvailable/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async claimNext(request, options) {
          const { workerId, ttl, ...filter } = request
          const { items } = await real.findAvailable({ ...filter, limit: 1000 })
          const task = items.at(-1)
          if (task === undefined || options?.requestId !== undefined)
            return real.claimNext(request, options)
          const { instanceId, workflowId, taskId } = task
          const claim = await real.claim({ instanceId, workflowId, taskId, workerId, ttl }, options)
          return claim && { claim, task }
        },
      })),
  }),

  fault('no-tags-are-any-tags', {
    rule: 'CLAIM-24',
    bug: 'langgraph-redis PR#186: an empty value is taken for none',
    says: /claimNext of a worker with tags \[\]/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async claimNext(request, options) {
          const { tags, ...rest } = request
          const isEmpty = Array.isArray(tags) && tags.length === 0
          return real.claimNext(isEmpty ? rest : request, options)
        },
      })),
  }),

  fault('claim-next-without-expired', {
    rule: 'CLAIM-25',
    bug: 'durabletask-go#136: the timeout of a lock is ignored',
    says: /claimNext gives a task while 3 are available/,
    wrap: (provider, store) =>
      overrideClaims(provider, store, (real, last) => ({
        async claimNext(request, options) {
          // A repeat of a request gets the task that it got before.
          if (options?.requestId !== undefined) return real.claimNext(request, options)
          const before = new Map(last)
          for (;;) {
            const taken = await real.claimNext(request, options)
            if (taken === null || before.get(taskName(taken.claim))?.released !== false)
              return taken
          }
        },
      })),
  }),
]

/** Changes what findAvailable gives. */
function overrideItems(
  provider: PersistenceProvider,
  change: (items: AvailableTask[]) => AvailableTask[],
): PersistenceProvider {
  return override(provider, 'claims', (real) => ({
    async findAvailable(query, options) {
      const page = await real.findAvailable(query, options)
      return { ...page, items: change([...page.items]) }
    },
  }))
}
