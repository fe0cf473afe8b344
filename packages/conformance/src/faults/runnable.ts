import {
  comparePlaces,
  type Page,
  type PersistenceProvider,
  type RunnableQuery,
  type WorkflowInstance,
  type WorkflowRepository,
} from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

export const runnableFaults: readonly Fault[] = [
  fault('runnable-ignores-status', {
    rule: 'RUN-01',
    also: ['RUN-05', 'RUN-07'],
    bug: 'workflow-core W3: GetRunnableInstances of the memory provider ignores the status',
    says: /only the one that is runnable is due/,
    wrap: (provider) => withDue(provider, ({ nextExecution }, asOf) => isDue(nextExecution, asOf)),
  }),

  fault('pending-is-runnable', {
    rule: 'RUN-01',
    also: ['RUN-07'],
    bug: 'what is not started yet is taken for runnable (P23)',
    says: /only the one that is runnable is due/,
    wrap: (provider) =>
      withDue(
        provider,
        ({ status, nextExecution, version }, asOf) =>
          (status === 'runnable' || (status === 'pending' && version === 1)) &&
          isDue(nextExecution, asOf),
      ),
  }),

  fault('overdue-whatever-status', {
    rule: 'RUN-01',
    bug: 'workflow-core#794: a fallback poll picks up what is overdue, whatever its status',
    says: /only the one that is runnable is due/,
    wrap: (provider) =>
      withDue(
        provider,
        ({ status, nextExecution }, asOf) =>
          isDue(nextExecution, asOf) &&
          (status === 'runnable' ||
            (status === 'suspended' && asOf - (nextExecution ?? 0) > 60_000)),
      ),
  }),

  fault('null-is-zero', {
    rule: 'RUN-02',
    also: ['RUN-05', 'RUN-07'],
    bug: 'workflow-core W28, workflow-es: a waiting workflow is stored with time 0, and runs for ever',
    says: /0 is due at 1, null is not/,
    wrap: (provider) =>
      withDue(
        provider,
        ({ status, nextExecution }, asOf) =>
          status === 'runnable' && isDue(nextExecution ?? 0, asOf),
      ),
  }),

  fault('zero-is-null', {
    rule: 'RUN-02',
    also: ['RUN-06'],
    bug: 'if (!nextExecution): a time of 0 is taken for none (P2)',
    says: /0 is due at 1, null is not/,
    wrap: (provider) =>
      withDue(
        provider,
        ({ status, nextExecution }, asOf) =>
          status === 'runnable' && nextExecution !== 0 && isDue(nextExecution, asOf),
      ),
  }),

  fault('zero-lost-by-update', {
    rule: 'RUN-02',
    bug: 'if (change.nextExecution): an update to 0 does not reach the index (P2, P22)',
    says: /an update from null to 0, and back, counts/,
    wrap: (provider) =>
      withDue(
        provider,
        ({ status, nextExecution, version }, asOf) =>
          status === 'runnable' &&
          !(nextExecution === 0 && version > 1) &&
          isDue(nextExecution, asOf),
      ),
  }),

  fault('due-rounded', {
    rule: 'RUN-03',
    bug: 'MLOS PR#775, node-mysql2#658: MySQL rounds an instant to the second, into the future',
    says: /it is not due one millisecond before/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        getRunnable: async (query, options) =>
          real.getRunnable({ ...query, asOf: roundedUp(query.asOf) }, options),
      })),
  }),

  fault('due-exclusive', {
    rule: 'RUN-03',
    also: ['RUN-06', 'RUN-07'],
    bug: 'workflow-core: RavenDB asks for < where the others ask for <=',
    says: /it is due at its time/,
    wrap: (provider) =>
      withDue(
        provider,
        ({ status, nextExecution }, asOf) =>
          status === 'runnable' && nextExecution !== asOf && isDue(nextExecution, asOf),
      ),
  }),

  fault('order-by-units', {
    rule: 'RUN-04',
    bug: 'an index that orders UTF-16 units: U+E000 comes after an emoji (P26)',
    says: /by time, then by code points of id/,
    wrap: (provider) => withOrder(provider, (a, b) => (a < b ? -1 : 1)),
  }),

  fault('order-by-language', {
    rule: 'RUN-04',
    bug: 'unkey#4091 and its kind: the collation of a language orders the ids',
    says: /by time, then by code points of id/,
    wrap: (provider) => withOrder(provider, new Intl.Collator('en').compare),
  }),

  fault('index-entry-stays', {
    rule: 'RUN-05',
    bug: 'workflow-core W20: the entry of the index survives the change of its record',
    says: /status terminated/,
    wrap(provider, store) {
      const marked = override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          const before = await real.get(workflow.id)
          const updated = await real.update(workflow, options)
          if (before?.status === 'runnable' && updated.status === 'terminated')
            store.set(updated.id, true)
          else store.delete(updated.id)
          return updated
        },
      }))
      // Only where a few are left over, after several updates; a single one is for others to see.
      return withDue(
        marked,
        ({ id, status, nextExecution, version }, asOf) =>
          (status === 'runnable' || (store.has(id) && version > 5)) && isDue(nextExecution, asOf),
      )
    },
  }),

  fault('instants-unsigned', {
    rule: 'RUN-06',
    bug: 'workflow-core W44: dates before 1601 are refused or lost',
    says: /what is due at -/,
    wrap: (provider) =>
      withDue(
        provider,
        ({ status, nextExecution }, asOf) =>
          status === 'runnable' &&
          isDue(nextExecution, asOf) &&
          (nextExecution ?? 0) >= Date.UTC(1601, 0, 1),
      ),
  }),

  fault('due-by-second', {
    rule: 'RUN-07',
    bug: 'asynq#1071: due times are compared by the second, so that a job runs early',
    says: /what is due at/,
    wrap: (provider) =>
      withDue(
        provider,
        ({ status, nextExecution }, asOf) =>
          status === 'runnable' && isDue(nextExecution && toSecond(nextExecution), toSecond(asOf)),
      ),
  }),
]

function isDue(nextExecution: number | null, asOf: number): boolean {
  return nextExecution !== null && nextExecution <= asOf
}

function roundedUp(instant: number): number {
  // Anything else is left to the provider's own verdict.
  if (!Number.isInteger(instant) || instant < -8.64e15) return instant
  const rest = instant - toSecond(instant)
  return rest < 500 ? instant : toSecond(instant) + 1000
}

function toSecond(instant: number): number {
  return Math.floor(instant / 1000) * 1000
}

/** The provider with another idea of what is due. Keeps out of the way of pages: those have rules of their own. */
function withDue(
  provider: PersistenceProvider,
  matches: (workflow: WorkflowInstance, asOf: number) => boolean,
): PersistenceProvider {
  return override(provider, 'workflows', (real) => ({
    async getRunnable(query, options) {
      const page = await real.getRunnable(query, options)
      const all = await everyWorkflow(real)
      const wrong = all.filter((workflow) => matches(workflow, query.asOf))
      return answer(
        query,
        page,
        wrong.toSorted(byPlace).map(({ id }) => id),
      )
    },
  }))
}

/** The provider with another order of the ids of one instant. */
function withOrder(
  provider: PersistenceProvider,
  compare: (a: string, b: string) => number,
): PersistenceProvider {
  return override(provider, 'workflows', (real) => ({
    async getRunnable(query, options) {
      const page = await real.getRunnable(query, options)
      const times = new Map(
        (await everyWorkflow(real)).map(({ id, nextExecution }) => [id, nextExecution ?? 0]),
      )
      // One that cannot be read has no time here.
      if (page.items.some((id) => !times.has(id))) return page
      const timeOf = (id: string): number => times.get(id) ?? 0
      return answer(
        query,
        page,
        page.items.toSorted((a, b) => timeOf(a) - timeOf(b) || compare(a, b)),
      )
    },
  }))
}

function answer(query: RunnableQuery, page: Page<string>, items: readonly string[]): Page<string> {
  const { limit = 100, cursor = null } = query
  const whole = cursor === null && page.cursor === null && items.length <= limit
  return whole ? { ...page, items } : page
}

async function everyWorkflow(real: WorkflowRepository): Promise<readonly WorkflowInstance[]> {
  const { items } = await real.list({ limit: 1000 })
  return items
}

function byPlace(a: WorkflowInstance, b: WorkflowInstance): number {
  return comparePlaces([a.nextExecution ?? 0, a.id], [b.nextExecution ?? 0, b.id])
}
