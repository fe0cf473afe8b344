import { isPersistenceError, type SnapshotKey } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { aClaim, anEvent } from '../fixtures.ts'
import { fault, override, type Fault } from './fault.ts'

export const missingFaults: readonly Fault[] = [
  fault('get-missing-throws', {
    rule: 'MISSING-01',
    also: ['ABORT-01'],
    bug: 'workflow-core W36: Cosmos throws 404 for a workflow that is not there',
    says: /404/,
    wrap(provider, store) {
      const named = sharedSet(store, 'named')
      return override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const created = await real.create(workflow, options)
          named.add(created.id)
          return created
        },
        async get(id, options) {
          const found = await real.get(id, options)
          // Not in an empty container, and not after a delete: those have rules of their own.
          if (found === null && named.size > 0 && !named.has(id)) throw new Error('404 Not Found')
          return found
        },
      }))
    },
  }),

  fault('get-many-missing-throws', {
    rule: 'MISSING-01',
    bug: 'workflow-core W32, W5: a batch of keys of which none is there (P48)',
    says: /Cannot read properties of undefined/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async getMany(ids, options) {
          const found = await real.getMany(ids, options)
          if (ids.length > 1 && found.length === 0)
            throw new TypeError('Cannot read properties of undefined')
          return found
        },
      })),
  }),

  fault('update-creates', {
    rule: 'MISSING-02',
    bug: 'workflow-core W35: an unconditional put makes what an update names',
    says: /update of an unknown id: expected NOT_FOUND/,
    wrap(provider, store) {
      const created = sharedSet(store, 'created')
      return override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const stored = await real.create(workflow, options)
          created.add(stored.id)
          return stored
        },
        async update(workflow, options) {
          try {
            return await real.update(workflow, options)
          } catch (error) {
            const { version: _, ...rest } = workflow
            // After a delete, or with more to write, it has rules of its own.
            if (created.has(rest.id) || options !== undefined) throw error
            if (!isPersistenceError(error, 'NOT_FOUND')) throw error
            return real.create(rest, options)
          }
        },
      }))
    },
  }),

  fault('delete-always-true', {
    rule: 'MISSING-03',
    bug: 'dapr PR#736: a delete that met nothing reports success',
    says: /delete of an unknown id is false/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async delete(id, options) {
          await real.delete(id, options)
          return true
        },
      })),
  }),

  fault('step-update-missing-silent', {
    rule: 'MISSING-04',
    bug: 'Gorkflow LibSQL: UpdateStepExecution of a step that is not there succeeds',
    says: /update of an unknown step: expected NOT_FOUND/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async update(step, options) {
          try {
            return await real.update(step, options)
          } catch (error) {
            if (!isPersistenceError(error, 'NOT_FOUND')) throw error
            return { createdAt: EPOCH, updatedAt: EPOCH, ...step, version: step.version + 1 }
          }
        },
      })),
  }),

  fault('output-from-step', {
    rule: 'MISSING-05',
    bug: 'one column for the output of the record and the saved output (P2)',
    says: /the output of a step that saved none is null/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async loadOutput(key, options) {
          const saved = await real.loadOutput(key, options)
          if (saved !== null) return saved
          const output = (await real.get(key))?.output
          return output === undefined ? null : { ...key, output }
        },
      })),
  }),

  fault('state-delete-missing-throws', {
    rule: 'MISSING-06',
    bug: 'flow-orchestrator: Delete of what is missing is an error in three of its four stores',
    says: /ErrNotFound/,
    wrap(provider, store) {
      const known = sharedSet(store, 'known')
      return override(provider, 'state', (real) => ({
        async set(entry, options) {
          await real.set(entry, options)
          known.add(entry.key)
        },
        async delete(key, options) {
          const deleted = await real.delete(key, options)
          if (!deleted && !known.has(key.key)) throw new Error('ErrNotFound')
          return deleted
        },
      }))
    },
  }),

  fault('mark-makes-stub', {
    rule: 'MISSING-07',
    bug: 'workflow-core W29: MarkEventUnprocessed of a missing id makes a stub item',
    says: /markUnprocessed of an unknown event is false/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async markUnprocessed(id, options) {
          if (!(await real.markUnprocessed(id, options))) await real.create(anEvent({ id }))
          return true
        },
      })),
  }),

  fault('terminate-missing-throws', {
    rule: 'MISSING-08',
    bug: 'workflow-core PR#1418: First instead of FirstOrDefault',
    says: /Sequence contains no elements/,
    wrap(provider, store) {
      const created = sharedSet(store, 'created')
      return override(provider, 'subscriptions', (real) => ({
        async create(subscription, options) {
          const stored = await real.create(subscription, options)
          created.add(stored.id)
          return stored
        },
        async terminate(id, options) {
          const terminated = await real.terminate(id, options)
          if (!terminated && !created.has(id)) throw new Error('Sequence contains no elements')
          return terminated
        },
      }))
    },
  }),

  fault('token-makes-ghost', {
    rule: 'MISSING-09',
    bug: 'workflow-core W33: Dynamo upserts a ghost when a token names a missing subscription',
    says: /setToken on a missing one is false/,
    wrap(provider, store) {
      const created = sharedSet(store, 'created')
      return override(provider, 'subscriptions', (real) => ({
        async create(subscription, options) {
          const stored = await real.create(subscription, options)
          created.add(stored.id)
          return stored
        },
        async setToken(id, request, options) {
          const held = await real.setToken(id, request, options)
          // One that was there once has a rule of its own.
          if (held || options !== undefined || created.has(id)) return held
          const { token, workerId } = request
          const ids = { id, workflowId: 'ghost', stepId: '', executionPointerId: '' }
          const topic = { eventName: 'ghost', eventKey: 'ghost', subscribeAsOf: 0 }
          await real.create({ ...ids, ...topic, token, workerId, tokenExpiry: null })
          return true
        },
      }))
    },
  }),

  fault('save-over-missing', {
    rule: 'MISSING-10',
    bug: 'WorkflowForge: SaveAsync is an upsert, whatever was there before',
    says: /save over an unknown snapshot: expected NOT_FOUND/,
    wrap(provider, store) {
      const known = sharedSet(store, 'known')
      const nameOf = (key: SnapshotKey): string => JSON.stringify([key.instanceId, key.workflowId])
      return override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          try {
            const saved = await real.save(snapshot, options)
            known.add(nameOf(saved))
            return saved
          } catch (error) {
            // One that was there once has a rule of its own.
            if (!isPersistenceError(error, 'NOT_FOUND') || known.has(nameOf(snapshot))) throw error
            return real.save({ ...snapshot, version: 0 }, options)
          }
        },
      }))
    },
  }),

  fault('claim-ignores-workflow', {
    rule: 'MISSING-11',
    bug: 'sayiir InMemory: claims a task that the snapshot does not have',
    says: /claim of an unknown task is null/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async claim(request, options) {
          const claim = await real.claim(request, options)
          const { instanceId, workflowId, taskId, workerId } = request
          if (claim !== null || (await provider.snapshots?.load({ instanceId, workflowId })))
            return claim
          const { items } = await real.findAvailable({ limit: 1000 })
          const other = items.some(
            (task) => task.instanceId === instanceId && task.taskId === taskId,
          )
          return other ? aClaim({ instanceId, workflowId }, { taskId, workerId }) : null
        },
      })),
  }),

  fault('process-nothing-throws', {
    rule: 'MISSING-12',
    bug: 'a table that the first write makes is missing before it (P43)',
    says: /no such table/,
    wrap(provider, store) {
      const names = sharedSet(store, 'commands')
      return override(provider, 'commands', (real) => ({
        async schedule(command, options) {
          names.add(command.name)
          return real.schedule(command, options)
        },
        async process(query, handler, options) {
          const report = await real.process(query, handler, options)
          if (names.size === 0) throw new Error('no such table: commands')
          return report
        },
      }))
    },
  }),

  fault('error-list-missing-throws', {
    rule: 'MISSING-13',
    bug: 'workflow-core W36 and its kind: nothing there is 404',
    says: /404/,
    wrap(provider, store) {
      const known = sharedSet(store, 'known')
      const asked = sharedSet(store, 'asked')
      return override(provider, 'errors', (real) => ({
        async append(errors, options) {
          await real.append(errors, options)
          for (const { workflowId } of errors) known.add(workflowId)
        },
        async list(query, options) {
          const page = await real.list(query, options)
          const name = query.workflowId
          if (known.size > 0 && !known.has(name) && asked.has(name))
            throw new Error('404 Not Found')
          if (known.size === 0) asked.add(name)
          return page
        },
      }))
    },
  }),
]

function sharedSet(store: Map<string, unknown>, name: string): Set<string> {
  const set = (store.get(name) ?? new Set()) as Set<string>
  store.set(name, set)
  return set
}
