import { isDeepStrictEqual } from 'node:util'
import {
  isPersistenceError,
  type StepExecution,
  type WorkflowInstance,
  type WorkflowUpdate,
} from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

export const versionFaults: readonly Fault[] = [
  fault('update-unchanged-not-counted', {
    rule: 'VER-01',
    bug: 'an ORM that sends no UPDATE when it sees no change, so that the version stays (P19)',
    says: /an update makes the version one more/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          const stored = await real.get(workflow.id)
          if (stored !== null && stored.version > 2 && options === undefined) {
            const { createdAt, updatedAt } = stored
            const same = isDeepStrictEqual(stored, { ...workflow, createdAt, updatedAt })
            if (same) return stored
          }
          return real.update(workflow, options)
        },
      })),
  }),

  fault('step-update-returns-old-version', {
    rule: 'VER-02',
    bug: 'returns the row as it was read before the write (P45)',
    says: /an update makes the version one more/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async update(step, options) {
          const updated = await real.update(step, options)
          return updated.version > 4 ? { ...updated, version: step.version } : updated
        },
      })),
  }),

  fault('last-writer-wins', {
    rule: 'VER-03',
    also: ['VER-11'],
    bug: 'workflow-core W46: no provider checks what a writer saw',
    says: /update of version 3 that names 1: expected CONFLICT/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          try {
            return await real.update(workflow, options)
          } catch (error) {
            const stored = await real.get(workflow.id)
            const stale = stored !== null && stored.version > workflow.version
            if (!isPersistenceError(error, 'CONFLICT') || !stale || options !== undefined)
              throw error
            return real.update({ ...workflow, version: stored.version })
          }
        },
      })),
  }),

  fault('newer-version-accepted', {
    rule: 'VER-03',
    bug: 'WHERE version <= the one named, so that a wrong guess wins (P19)',
    says: /update of version 3 that names 4: expected CONFLICT/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          const stored = await real.get(workflow.id)
          if (stored === null || workflow.version <= stored.version)
            return real.update(workflow, options)
          return real.update({ ...workflow, version: stored.version }, options)
        },
      })),
  }),

  fault('conflict-half-applied', {
    rule: 'VER-03',
    bug: 'workflow-core W20: the index is written before the record, and stays when that is refused',
    says: /nor what list finds it by/,
    wrap(provider, store) {
      return override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          try {
            return await real.update(workflow, options)
          } catch (error) {
            if (isPersistenceError(error, 'CONFLICT')) store.set(workflow.id, workflow.status)
            throw error
          }
        },
        async list(query, options) {
          const page = await real.list(query, options)
          if (query?.status === undefined || page.cursor !== null) return page
          const moved = [...store].flatMap(([id, status]) => (status === query.status ? id : []))
          if (moved.length === 0) return page
          return { ...page, items: [...page.items, ...(await real.getMany(moved))] }
        },
      }))
    },
  }),

  fault('step-last-writer-wins', {
    rule: 'VER-04',
    bug: 'vercel/workflow#2331: a step goes back from completed to started',
    says: /update of version 3 that names 1: expected CONFLICT/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async update(step, options) {
          try {
            return await real.update(step, options)
          } catch (error) {
            const { workflowId, stepId } = step
            const stored = await real.get({ workflowId, stepId })
            if (!isPersistenceError(error, 'CONFLICT') || stored === null || options) throw error
            return real.update({ ...step, version: stored.version })
          }
        },
      })),
  }),

  fault('update-revives-deleted', {
    rule: 'VER-05',
    bug: 'workflow-core W35: an unconditional put brings a deleted workflow back',
    says: /update of a deleted workflow: expected NOT_FOUND/,
    wrap(provider, store) {
      return override(provider, 'workflows', (real) => ({
        async delete(id, options) {
          const deleted = await real.delete(id, options)
          if (deleted) store.set(id, 'deleted')
          return deleted
        },
        async update(workflow, options) {
          try {
            return await real.update(workflow, options)
          } catch (error) {
            if (!isPersistenceError(error, 'NOT_FOUND') || !store.has(workflow.id)) throw error
            const { version: _, ...rest } = workflow
            return real.create(rest, options)
          }
        },
      }))
    },
  }),

  fault('removed-pointers-stay', {
    rule: 'VER-06',
    bug: 'workflow-core W6: pointers that were removed are never deleted',
    says: /the workflow is what the update said, whole/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          const stored = await real.get(workflow.id)
          const kept = new Set(workflow.pointers.map(({ id }) => id))
          const removed = stored?.pointers.filter(({ id }) => !kept.has(id)) ?? []
          if (removed.length === 0) return real.update(workflow, options)
          const pointers = [...workflow.pointers, ...removed]
          return real.update({ ...workflow, pointers }, options)
        },
      })),
  }),

  fault('absent-members-stay', {
    rule: 'VER-06',
    bug: 'COALESCE(?, column) keeps what an update leaves out (Gorkflow 0e43951 and its kind)',
    says: /every optional member can be taken away/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          const stored = await real.get(workflow.id)
          if (stored?.tags === undefined || workflow.tags !== undefined)
            return real.update(workflow, options)
          return real.update({ ...workflow, tags: stored.tags }, options)
        },
      })),
  }),

  fault('step-update-merges', {
    rule: 'VER-07',
    bug: 'Gorkflow 0e43951: json_set writes some members, and what it does not write is as before',
    says: /the step is what the update said, whole/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async update(step, options) {
          const { workflowId, stepId } = step
          const stored = await real.get({ workflowId, stepId })
          if (stored?.durationMs === undefined) return real.update(step, options)
          return real.update({ durationMs: stored.durationMs, ...step }, options)
        },
      })),
  }),

  fault('created-at-drifts', {
    rule: 'VER-08',
    also: ['VER-10'],
    bug: 'mastra PR#18004: createdAt is written with each update',
    says: /createdAt stays the same/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          const updated = await real.update(workflow, options)
          return { ...updated, createdAt: workflow.createdAt ?? updated.createdAt }
        },
      })),
  }),

  fault('updated-at-goes-back', {
    rule: 'VER-08',
    bug: 'temporal PR#7030: the clock of one host is behind that of another, and nobody compares',
    says: /updatedAt does not go back/,
    wrap(provider) {
      const ahead = new Map<string, number>()
      const behind = (workflow: WorkflowInstance): WorkflowInstance => {
        const updatedAt = ahead.get(workflow.id)
        return updatedAt === undefined || workflow.version === 1
          ? workflow
          : { ...workflow, updatedAt }
      }
      return override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const created = await real.create(workflow, options)
          const { createdAt, updatedAt, id } = created
          // Only one that was stamped ahead; what is now, this wrapper cannot know.
          if (updatedAt > createdAt) ahead.set(id, createdAt)
          return created
        },
        async get(id, options) {
          const found = await real.get(id, options)
          return found && behind(found)
        },
        async update(workflow, options) {
          return behind(await real.update(workflow, options))
        },
      }))
    },
  }),

  fault('step-created-at-drifts', {
    rule: 'VER-09',
    bug: 'mastra PR#18004, of a step: createdAt is written with each update',
    says: /createdAt stays the same/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async update(step, options): Promise<StepExecution> {
          const updated = await real.update(step, options)
          return { ...updated, createdAt: step.createdAt ?? updated.createdAt }
        },
      })),
  }),

  fault('update-returns-argument', {
    rule: 'VER-10',
    bug: 'returns what it was given, and the store holds other times (P45, P51)',
    says: /get returns the same/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow: WorkflowUpdate, options) {
          const updated = await real.update(workflow, options)
          const { updatedAt = updated.updatedAt } = workflow
          // What goes back is another fault.
          return workflow.createdAt !== undefined && workflow.createdAt < updated.createdAt
            ? { ...updated, updatedAt }
            : updated
        },
      })),
  }),

  fault('versions-as-text', {
    rule: 'VER-11',
    bug: 'versions in a column of text: "9" comes after "10" (P19)',
    says: /expected CONFLICT/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          const stored = await real.get(workflow.id)
          if (stored === null || stored.version < 10) return real.update(workflow, options)
          const accepted = String(workflow.version) >= String(stored.version)
          return real.update(
            accepted ? { ...workflow, version: stored.version } : workflow,
            options,
          )
        },
      })),
  }),
]
