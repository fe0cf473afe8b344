import type {
  AvailableTask,
  PersistenceProvider,
  ScheduledCommand,
  Snapshot,
  StateEntry,
  StepOutput,
  Subscription,
  TaskClaim,
} from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

type Removal = 'delete' | 'purge'

export const cascadeFaults: readonly Fault[] = [
  fault('purge-leaves-subscriptions', {
    rule: 'PURGE-07',
    bug: 'workflow-core#100, #698: nothing ties a subscription to its workflow',
    says: /the subscriptions of a purged workflow are gone/,
    wrap(provider) {
      const made: Subscription[] = []
      const recorded = override(provider, 'subscriptions', (real) => ({
        async create(subscription, options) {
          const created = await real.create(subscription, options)
          made.push(created)
          return created
        },
      }))
      return onRemoval(recorded, 'purge', async (ids) => {
        for (const subscription of made)
          if (ids.has(subscription.workflowId)) await provider.subscriptions?.create(subscription)
      })
    },
  }),

  fault('delete-leaves-outputs', {
    rule: 'PURGE-08',
    bug: 'Gorkflow LibSQL: foreign keys are on for one connection of the pool only',
    says: /the steps and outputs of a deleted workflow are gone/,
    wrap(provider) {
      const made: StepOutput[] = []
      const recorded = override(provider, 'steps', (real) => ({
        async saveOutput(output, options) {
          await real.saveOutput(output, options)
          made.push(structuredClone(output))
        },
      }))
      return onRemoval(recorded, 'delete', async (ids) => {
        for (const output of made)
          if (ids.has(output.workflowId)) await provider.steps?.saveOutput(output)
      })
    },
  }),

  fault('purge-leaves-state', {
    rule: 'PURGE-09',
    bug: 'workflow-core#698: keys of finished workflows grow for ever',
    says: /the state of a purged workflow are gone/,
    wrap(provider) {
      const made: StateEntry[] = []
      const recorded = override(provider, 'state', (real) => ({
        async set(entry, options) {
          await real.set(entry, options)
          made.push(structuredClone(entry))
        },
      }))
      return onRemoval(recorded, 'purge', async (ids) => {
        for (const entry of made) if (ids.has(entry.workflowId)) await provider.state?.set(entry)
      })
    },
  }),

  fault('delete-leaves-snapshots', {
    rule: 'PURGE-10',
    bug: 'mastra#17284: the snapshots of finished runs fill the database',
    says: /the snapshots of a deleted workflow are gone/,
    wrap(provider) {
      const made = new Map<string, Snapshot>()
      const recorded = override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          const saved = await real.save(snapshot, options)
          if (saved.readyTasks.length === 0) made.set(saved.instanceId, saved)
          return saved
        },
      }))
      return onRemoval(recorded, 'delete', async (ids) => {
        for (const id of ids) {
          const snapshot = made.get(id)
          if (snapshot) await provider.snapshots?.save({ ...snapshot, version: 0 })
        }
      })
    },
  }),

  fault('purge-leaves-ready-tasks', {
    rule: 'PURGE-11',
    bug: 'workflow-core W20: the index of what is ready outlives the record (P22)',
    says: /the ready tasks of a purged workflow are gone/,
    wrap(provider) {
      const left: AvailableTask[] = []
      const removed = new Set<string>()
      const wrapped = override(provider, 'claims', (real) => ({
        async findAvailable(query, options) {
          const page = await real.findAvailable(query, options)
          for (const task of page.items) if (!left.includes(task)) left.push(task)
          if (page.cursor !== null || removed.size === 0) return page
          const ghosts = left.filter(
            ({ workflowId }, index) =>
              removed.has(workflowId) &&
              left.findIndex((task) => task.workflowId === workflowId) === index,
          )
          return { ...page, items: [...page.items, ...ghosts] }
        },
        async claim(request, options) {
          const { items } = await real.findAvailable({ limit: 1000 })
          left.push(...items)
          return real.claim(request, options)
        },
      }))
      return onRemoval(wrapped, 'purge', async (ids) => {
        for (const id of ids) removed.add(id)
      })
    },
  }),

  fault('purge-leaves-commands', {
    rule: 'PURGE-12',
    bug: 'commands of a workflow that is gone are tried for ever (P42)',
    says: /the commands of a purged workflow are gone/,
    wrap(provider) {
      const made: ScheduledCommand[] = []
      const recorded = override(provider, 'commands', (real) => ({
        async schedule(command, options) {
          const scheduled = await real.schedule(command, options)
          made.push({ ...command })
          return scheduled
        },
      }))
      return onRemoval(recorded, 'purge', async (ids) => {
        for (const command of made)
          if (ids.has(command.workflowId ?? '')) await provider.commands?.schedule(command)
      })
    },
  }),

  fault('delete-takes-errors-by-prefix', {
    rule: 'PURGE-13',
    bug: "DELETE … LIKE id || '%': the errors of workflows whose ids begin alike go too (P9)",
    says: /the errors of other workflows are as they were/,
    wrap(provider) {
      const gone = new Set<string>()
      const wrapped = override(provider, 'errors', (real) => ({
        async list(query, options) {
          const page = await real.list(query, options)
          const taken = [...gone].some((id) => query.workflowId.startsWith(`${id}/`))
          return taken ? { items: [], cursor: null, corrupt: [] } : page
        },
      }))
      return onRemoval(wrapped, 'delete', async (ids) => {
        for (const id of ids) gone.add(id)
      })
    },
  }),

  fault('purge-leaves-errors', {
    rule: 'PURGE-13',
    bug: 'workflow-core#364: errors are never purged',
    says: /the errors of a purged workflow are gone/,
    wrap(provider) {
      const made: Parameters<NonNullable<PersistenceProvider['errors']>['append']>[0][number][] = []
      const recorded = override(provider, 'errors', (real) => ({
        async append(errors, options) {
          await real.append(errors, options)
          made.push(...structuredClone(errors))
        },
      }))
      return onRemoval(recorded, 'purge', async (ids) => {
        const left = made.filter(({ workflowId }) => ids.has(workflowId))
        await provider.errors?.append(left.map(({ id: _, ...error }) => error))
      })
    },
  }),

  fault('delete-leaves-claims', {
    rule: 'PURGE-14',
    bug: 'sayiir: delete in memory leaves the claims, Postgres takes them along',
    says: /the claim is over/,
    wrap(provider) {
      const made: TaskClaim[] = []
      const ghosts = new Set<number>()
      const wrapped = override(provider, 'claims', (real) => ({
        async claim(request, options) {
          const claim = await real.claim(request, options)
          if (claim !== null) made.push(claim)
          return claim
        },
        async extend(claim, ttl, options) {
          const extended = await real.extend(claim, ttl, options)
          return extended ?? (ghosts.has(claim.token) ? claim : null)
        },
      }))
      return onRemoval(wrapped, 'delete', async (ids) => {
        for (const claim of made) if (ids.has(claim.workflowId)) ghosts.add(claim.token)
      })
    },
  }),

  fault('delete-takes-events', {
    rule: 'PURGE-15',
    bug: 'workflow-core#408: an event that another workflow waits for goes with the first one',
    says: /an event with the id of the workflow as its key is there/,
    wrap(provider) {
      const gone = new Set<string>()
      const wrapped = override(provider, 'events', (real) => ({
        async find(query, options) {
          const page = await real.find(query, options)
          return gone.has(query.eventKey) ? { ...page, items: [] } : page
        },
      }))
      return onRemoval(wrapped, 'delete', async (ids) => {
        for (const id of ids) gone.add(id)
      })
    },
  }),
]

/** The provider that does something after workflows were removed. */
function onRemoval(
  provider: PersistenceProvider,
  removal: Removal,
  after: (ids: ReadonlySet<string>) => Promise<void>,
): PersistenceProvider {
  return override(provider, 'workflows', (real) => {
    const idsNow = async (): Promise<readonly string[]> =>
      (await real.list({ limit: 1000 })).items.map(({ id }) => id)
    return {
      async delete(id, options) {
        const deleted = await real.delete(id, options)
        if (deleted && removal === 'delete') await after(new Set([id]))
        return deleted
      },
      async purge(query, options) {
        const before = await idsNow()
        const count = await real.purge(query, options)
        const left = new Set(await idsNow())
        if (removal === 'purge') await after(new Set(before.filter((id) => !left.has(id))))
        return count
      },
    }
  })
}
