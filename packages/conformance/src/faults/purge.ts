import type {
  PersistenceProvider,
  WorkflowInstance,
  WorkflowPurge,
  WorkflowRepository,
} from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

const NEVER = -8.64e15

export const purgeFaults: readonly Fault[] = [
  fault('purge-inclusive', {
    rule: 'PURGE-01',
    bug: 'workflow-core W10: < here, <= there',
    says: /purge says how many/,
    wrap: (provider) =>
      withPurge(provider, ({ completedAt, updatedAt }, { olderThan }) =>
        completedAt === undefined ? updatedAt < olderThan : completedAt <= olderThan,
      ),
  }),

  fault('purge-counts-nothing', {
    rule: 'PURGE-01',
    bug: 'a count of what was asked for, and not of what was deleted (P42)',
    says: /purge says how many/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async purge(query, options) {
          const before = await real.list({ limit: 1000 })
          const count = await real.purge(query, options)
          return count === 1 && before.items.length > 10 ? 0 : count
        },
      })),
  }),

  fault('purge-needs-completed-at', {
    rule: 'PURGE-02',
    bug: 'workflow-core#750, PR#797: terminated workflows have no CompleteTime, and are never purged',
    says: /purge says how many are complete/,
    wrap: (provider) =>
      withPurge(
        provider,
        ({ completedAt }, { olderThan }) => completedAt !== undefined && completedAt < olderThan,
      ),
  }),

  fault('purge-by-first-completed-at', {
    rule: 'PURGE-03',
    bug: 'Gorkflow LibSQL: UpdateRun leaves the column that is looked at as it was created (P22)',
    says: /purge takes the one that completed in the end/,
    wrap(provider, store) {
      const recorded = override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const created = await real.create(workflow, options)
          store.set(created.id, created.completedAt ?? created.updatedAt)
          return created
        },
      }))
      return withPurge(recorded, ({ id, status }, query) => {
        const at = store.get(id)
        return status === query.status && typeof at === 'number' && at < query.olderThan
      })
    },
  }),

  fault('purge-first-page', {
    rule: 'PURGE-04',
    bug: 'workflow-core W31, of a purge: one page, and no more (P42)',
    says: /purge says how many/,
    wrap: (provider) => withPurge(provider, isOld, 100),
  }),

  fault('event-purge-takes-waiting', {
    rule: 'PURGE-05',
    bug: 'workflow-core#408: an event that nobody processed yet is lost',
    says: /purge says how many/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async purge(query, options) {
          if (!isInstant(query.olderThan)) return real.purge(query, options)
          const asOf = Math.max(query.olderThan - 1, NEVER)
          const { items } = await real.getRunnable({ asOf, limit: 1000 })
          // Only where many wait: of one or two the rule on marks would notice.
          if (items.length > 2) for (const id of items) await real.markProcessed(id)
          return real.purge(query, options)
        },
      })),
  }),

  fault('event-purge-inclusive', {
    rule: 'PURGE-05',
    bug: 'workflow-core W10: < here, <= there',
    says: /nothing is that old/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async purge(query, options) {
          const { olderThan } = query
          const late = isInstant(olderThan) ? { ...query, olderThan: olderThan + 1 } : query
          return real.purge(late, options)
        },
      })),
  }),

  fault('event-purge-forgets-mark', {
    rule: 'PURGE-06',
    bug: 'workflow-core W25: of two concurrent marks the record has one, the index the other',
    says: /purge takes the one that is processed/,
    wrap(provider, store) {
      return override(provider, 'events', (real) => ({
        async markUnprocessed(id, options) {
          const event = await real.get(id)
          const marked = await real.markUnprocessed(id, options)
          if (event?.processed) store.set(id, 'still in the index of processed ones')
          return marked
        },
        async purge(query, options) {
          for (const id of store.keys()) await real.markProcessed(id)
          return real.purge(query, options)
        },
      }))
    },
  }),
]

/** Anything else is left to the provider's own verdict. */
function isInstant(value: number): boolean {
  return Number.isSafeInteger(value) && Math.abs(value) < -NEVER
}

function isOld(
  { status, completedAt, updatedAt }: WorkflowInstance,
  query: WorkflowPurge,
): boolean {
  return status === query.status && (completedAt ?? updatedAt) < query.olderThan
}

/** The provider with another idea of what a purge takes. */
function withPurge(
  provider: PersistenceProvider,
  matches: (workflow: WorkflowInstance, query: WorkflowPurge) => boolean,
  most = Infinity,
): PersistenceProvider {
  return override(provider, 'workflows', (real) => ({
    async purge(query, options) {
      // For its verdict on the arguments; nothing is that old.
      await real.purge(isInstant(query.olderThan) ? { ...query, olderThan: NEVER } : query, options)
      const old = (await everyWorkflow(real)).filter(
        (workflow) => workflow.status === query.status && matches(workflow, query),
      )
      const taken = old.slice(0, most)
      for (const { id } of taken) await real.delete(id)
      return taken.length
    },
  }))
}

async function everyWorkflow(real: WorkflowRepository): Promise<readonly WorkflowInstance[]> {
  const { items } = await real.list({ limit: 1000 })
  return items
}
