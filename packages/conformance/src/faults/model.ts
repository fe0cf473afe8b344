import type {
  ScheduledCommand,
  SnapshotKey,
  SnapshotStatus,
  StepExecution,
  WorkflowInstance,
} from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { mapIn, setIn } from './model-memory.ts'

/** What one step does not show: it takes a few, in one order. */
export const modelFaults: readonly Fault[] = [
  fault('leaving-takes-the-neighbour', {
    rule: 'MODEL-01',
    bug: 'workflow-core W20, W25: the index of due workflows and the records disagree',
    says: /workflows\.getRunnable/,
    wrap(provider, store) {
      const lost = setIn<string>(store, 'lost')
      return override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const created = await real.create(workflow, options)
          lost.delete(created.id)
          return created
        },
        async update(workflow, options) {
          const before = await real.get(workflow.id)
          const updated = await real.update(workflow, options)
          lost.delete(workflow.id)
          const moved = before !== null && before.version > 1
          if (moved && before.status === 'runnable' && updated.status !== 'runnable')
            await leave(before)
          return updated
        },
        async getRunnable(query, options) {
          const page = await real.getRunnable(query, options)
          return { ...page, items: page.items.filter((id) => !lost.has(id)) }
        },
      }))

      /** A workflow that was changed often takes the entry after it out with its own, if that has the same time. */
      async function leave({ nextExecution, id }: WorkflowInstance): Promise<void> {
        if (nextExecution === null || !provider.workflows) return
        const { items } = await provider.workflows.getRunnable({ asOf: nextExecution, limit: 1000 })
        const due = await provider.workflows.getMany(items)
        const next = due.find((other) => other.nextExecution === nextExecution && other.id > id)
        if (next) lost.add(next.id)
      }
    },
  }),

  fault('step-list-cached-until-the-order-changes', {
    rule: 'MODEL-02',
    bug: 'Gorkflow: a list of steps that is kept, and forgotten only when it would be in another order',
    says: /steps\.list/,
    wrap(provider, store) {
      const kept = mapIn<string, StepExecution>(store, 'steps')
      const keyOf = (step: StepExecution): string => JSON.stringify([step.workflowId, step.stepId])
      return override(provider, 'steps', (real) => ({
        async update(step, options) {
          const before = await real.get({ workflowId: step.workflowId, stepId: step.stepId })
          const updated = await real.update(step, options)
          const sameOrder =
            before?.executionIndex === updated.executionIndex && before.status === updated.status
          if (!sameOrder) kept.delete(keyOf(updated))
          return updated
        },
        async list(query, options) {
          const page = await real.list(query, options)
          const items = page.items.map((step) => {
            const old = kept.get(keyOf(step))
            if (!old || old.createdAt !== step.createdAt) kept.set(keyOf(step), step)
            return old && old.createdAt === step.createdAt ? old : step
          })
          return { ...page, items }
        },
      }))
    },
  }),

  fault('state-hidden-after-two-deletions', {
    rule: 'MODEL-03',
    bug: 'tombstones: one that is written anew is not taken away with the value that is set over it',
    says: /state\.getAll/,
    wrap(provider, store) {
      const deletions = mapIn<string, number>(store, 'deletions')
      const countOf = (workflowId: string, key: string): number =>
        deletions.get(JSON.stringify([workflowId, key])) ?? 0
      return override(provider, 'state', (real) => ({
        async delete(key, options) {
          const deleted = await real.delete(key, options)
          if (deleted)
            deletions.set(
              JSON.stringify([key.workflowId, key.key]),
              countOf(key.workflowId, key.key) + 1,
            )
          return deleted
        },
        async getAll(workflowId, options) {
          const entries = await real.getAll(workflowId, options)
          return entries.filter((entry) => countOf(workflowId, entry.key) < 2)
        },
      }))
    },
  }),

  fault('given-back-comes-last-after-a-purge', {
    rule: 'MODEL-04',
    bug: 'workflow-core#146: the queue of events, written anew by a purge, is in another order',
    says: /events\.getRunnable/,
    wrap(provider, store) {
      const givenBack = setIn<string>(store, 'given back')
      const last = setIn<string>(store, 'last')
      return override(provider, 'events', (real) => ({
        async markUnprocessed(id, options) {
          const event = await real.get(id)
          if (event?.processed) givenBack.add(id)
          return real.markUnprocessed(id, options)
        },
        async purge(query, options) {
          const purged = await real.purge(query, options)
          if (purged > 0) for (const id of givenBack) last.add(id)
          return purged
        },
        async getRunnable(query, options) {
          const page = await real.getRunnable(query, options)
          if (last.size === 0) return page
          const events = await Promise.all(page.items.map(async (id) => real.get(id)))
          const items = events
            .flatMap((event) => event ?? [])
            .toSorted(
              (a, b) =>
                a.eventTime - b.eventTime || Number(last.has(a.id)) - Number(last.has(b.id)),
            )
          return { ...page, items: items.map(({ id }) => id) }
        },
      }))
    },
  }),

  fault('not-found-after-a-second-holder', {
    rule: 'MODEL-05',
    bug: 'workflow-core W30, W39: the search for subscriptions does not find every one',
    says: /subscriptions\.find/,
    wrap(provider, store) {
      const takenOver = setIn<string>(store, 'taken over')
      const cleared = setIn<string>(store, 'cleared')
      return override(provider, 'subscriptions', (real) => ({
        async setToken(id, request, options) {
          const before = await real.get(id)
          const set = await real.setToken(id, request, options)
          if (set && typeof before?.token === 'string' && before.token !== request.token)
            takenOver.add(id)
          return set
        },
        async clearToken(id, token, options) {
          const done = await real.clearToken(id, token, options)
          if (done && takenOver.has(id)) cleared.add(id)
          return done
        },
        async find(query, options) {
          const page = await real.find(query, options)
          return { ...page, items: page.items.filter(({ id }) => !cleared.has(id)) }
        },
      }))
    },
  }),

  fault('own-time-lost-after-another', {
    rule: 'MODEL-06',
    bug: 'workflow-core W9: the re-arm of a command is lost when its handler schedules another one too',
    says: /commands\.|The handler/,
    wrap(provider) {
      const handling: { readonly command: ScheduledCommand; others: number }[] = []
      return override(provider, 'commands', (real) => ({
        async schedule(command, options) {
          const current = handling.at(-1)
          if (!current) return real.schedule(command, options)
          const own = isSame(current.command, command)
          if (own && current.others > 0) return command
          if (!own) current.others += 1
          return real.schedule(command, options)
        },
        process: async (query, handler, options) => {
          if (typeof handler !== 'function') return real.process(query, handler, options)
          return real.process(
            query,
            async (command, context) => {
              handling.push({ command, others: 0 })
              try {
                await handler(command, context)
              } finally {
                handling.pop()
              }
            },
            options,
          )
        },
      }))
    },
  }),

  fault('listed-as-before-the-deletion', {
    rule: 'MODEL-07',
    bug: 'Flow Orchestrator: the listing of a run that was deleted and begun anew is the old one',
    says: /snapshots\.list/,
    wrap(provider, store) {
      const ghosts = mapIn<string, SnapshotStatus>(store, 'ghosts')
      return override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          const saved = await real.save(snapshot, options)
          if (saved.version > 1) ghosts.delete(taskless(saved))
          return saved
        },
        async delete(key, options) {
          const before = await real.load(key)
          const deleted = await real.delete(key, options)
          if (before !== null && before.version > 1) ghosts.set(taskless(key), before.status)
          return deleted
        },
        async list(query, options) {
          const page = await real.list(query, options)
          const items = page.items.map((item) => ({
            ...item,
            status: ghosts.get(taskless(item)) ?? item.status,
          }))
          return { ...page, items }
        },
      }))
    },
  }),
]

function taskless({ instanceId, workflowId }: SnapshotKey): string {
  return JSON.stringify([instanceId, workflowId])
}

function isSame(a: ScheduledCommand, b: ScheduledCommand): boolean {
  return a.name === b.name && a.data === b.data
}
