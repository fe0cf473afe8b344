import {
  PersistenceError,
  isPersistenceError,
  type AvailableTask,
  type ScheduledCommand,
  type SnapshotKey,
  type WorkflowInstance,
} from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { mapIn, setIn } from './model-memory.ts'

/** More of what takes a few steps in one order. */
export const moreModelFaults: readonly Fault[] = [
  fault('tasks-of-a-deleted-snapshot', {
    rule: 'MODEL-08',
    bug: 'workflow-core W25: rows of an index that later saves added outlive the record',
    says: /claims\.findAvailable/,
    wrap(provider, store) {
      const ghosts = mapIn<string, readonly AvailableTask[]>(store, 'ghosts')
      const withSnapshots = override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          const saved = await real.save(snapshot, options)
          ghosts.delete(nameOf(saved))
          return saved
        },
        async delete(key, options) {
          const before = await real.load(key)
          const { items = [] } = (await provider.claims?.findAvailable()) ?? {}
          const deleted = await real.delete(key, options)
          if (before !== null && before.version > 2)
            ghosts.set(
              nameOf(key),
              items.filter((task) => nameOf(task) === nameOf(key)),
            )
          return deleted
        },
      }))
      return override(withSnapshots, 'claims', (real) => ({
        async findAvailable(query, options) {
          const page = await real.findAvailable(query, options)
          const left = query?.cursor ? [] : [...ghosts.values()].flat()
          return { ...page, items: [...left, ...page.items].slice(0, query?.limit ?? 100) }
        },
      }))
    },
  }),

  fault('batch-reversed-after-a-refusal', {
    rule: 'MODEL-09',
    bug: 'the buffer of a refused batch is taken up from its end by the next one',
    says: /errors\.list/,
    wrap(provider, store) {
      return override(provider, 'errors', (real) => ({
        async append(errors, options) {
          const refused = store.get('refused') === true
          try {
            await real.append(refused ? errors.toReversed() : errors, options)
            if (errors.length > 0) store.set('refused', false)
          } catch (error) {
            store.set('refused', isPersistenceError(error, 'CONFLICT'))
            throw error
          }
        },
      }))
    },
  }),

  fault('cascade-misses-moved-commands', {
    rule: 'MODEL-10',
    bug: 'sayiir: what belongs to a workflow is found by an index that was not kept when it was moved',
    says: /commands\.|The handler/,
    wrap(provider, store) {
      const times = mapIn<string, number>(store, 'times')
      const moved = setIn<string>(store, 'moved')
      const withCommands = override(provider, 'commands', (real) => ({
        async schedule(command, options) {
          const scheduled = await real.schedule(command, options)
          const key = JSON.stringify([command.name, command.data])
          // From now on it is not found by its workflow.
          if (scheduled.executeAt < (times.get(key) ?? -Infinity)) moved.add(key)
          times.set(key, scheduled.executeAt)
          return scheduled
        },
      }))
      return override(withCommands, 'workflows', (real) => ({
        async delete(id, options) {
          const { items = [] } = (await provider.commands?.list({ limit: 1000 })) ?? {}
          const deleted = await real.delete(id, options)
          for (const command of items.filter(isMissed)) await provider.commands?.schedule(command)
          return deleted

          function isMissed({ name, data, workflowId }: ScheduledCommand): boolean {
            return workflowId === id && moved.has(JSON.stringify([name, data]))
          }
        },
      }))
    },
  }),

  fault('second-reading-is-kept', {
    rule: 'MODEL-11',
    bug: 'workflow-es, workflow-core W1: a process keeps what it has read, and sees no other write',
    says: /workflows\.get/,
    wrap(provider) {
      // Not in the store: each provider has its own.
      const readings = new Map<string, number>()
      const kept = new Map<string, WorkflowInstance>()
      const forget = (id: string): void => {
        readings.delete(id)
        kept.delete(id)
      }
      return override(provider, 'workflows', (real) => ({
        async get(id, options) {
          const old = kept.get(id)
          if (old) return structuredClone(old)
          const found = await real.get(id, options)
          const count = (readings.get(id) ?? 0) + 1
          readings.set(id, count)
          if (found && count > 1) kept.set(id, found)
          return found
        },
        async update(workflow, options) {
          forget(workflow.id)
          return real.update(workflow, options)
        },
        async delete(id, options) {
          forget(id)
          return real.delete(id, options)
        },
        async purge(query, options) {
          kept.clear()
          return real.purge(query, options)
        },
      }))
    },
  }),

  fault('remembers-the-last-request-only', {
    rule: 'MODEL-12',
    bug: 'deduplication by the last request id alone, which the next write takes the place of',
    says: /again .* got CONFLICT/s,
    wrap(provider, store) {
      const requests = setIn<string>(store, 'requests')
      return override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const { requestId = '' } = options ?? {}
          const newer = [...requests].slice([...requests].indexOf(requestId) + 1)
          if (requests.has(requestId) && newer.length > 0)
            throw new PersistenceError('CONFLICT', `There is a workflow ${workflow.id} already`)
          const created = await real.create(workflow, options)
          if (requestId !== '') requests.add(requestId)
          return created
        },
      }))
    },
  }),
]

function nameOf({ instanceId, workflowId }: SnapshotKey): string {
  return JSON.stringify([instanceId, workflowId])
}
