import {
  isPersistenceError,
  type Snapshot,
  type SnapshotKey,
  type SnapshotRepository,
  type SnapshotStatus,
} from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { firstJoined, memo, snapshotKey, snapshotName } from './holds.ts'

export const snapshotFaults: readonly Fault[] = [
  fault('snapshot-versions-in-steps-of-two', {
    rule: 'SNAP-01',
    also: ['REQ-11'],
    bug: 'sayiir PR#138: versions come from MAX(version) + 1 of a shared history',
    says: /the version after the second save/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => {
        const toReal = (version: number): number => (version % 2 === 1 ? (version + 1) / 2 : 9_999)
        const toShown = <T extends { readonly version: number }>(found: T): T => ({
          ...found,
          version: 2 * found.version - 1,
        })
        return {
          async save(snapshot, options) {
            const version =
              snapshot.version > 0 && Number.isSafeInteger(snapshot.version)
                ? toReal(snapshot.version)
                : snapshot.version
            return toShown(await real.save({ ...snapshot, version }, options))
          },
          async load(key, options) {
            const found = await real.load(key, options)
            return found && toShown(found)
          },
          async list(query, options) {
            const page = await real.list(query, options)
            return { ...page, items: page.items.map(toShown) }
          },
        }
      }),
  }),

  fault('snapshot-save-takes-any-version', {
    rule: 'SNAP-02',
    bug: 'Azure/durabletask#890: two owners overwrite one history',
    says: /a save with version 1 of a snapshot at 2: expected CONFLICT/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        save: async (snapshot, options) =>
          overwriting(real, snapshot.version > 0 && !options?.fence, snapshot, options),
      })),
  }),

  fault('first-save-overwrites', {
    rule: 'SNAP-03',
    also: ['REQ-16'],
    bug: 'dapr/components-contrib#1010: first-write concurrency is ignored',
    says: /a save with version 0 of a snapshot at 1: expected CONFLICT/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        save: async (snapshot, options) =>
          overwriting(real, snapshot.version === 0 && !options?.fence, snapshot, options),
      })),
  }),

  fault('late-save-resurrects', {
    rule: 'SNAP-04',
    also: ['MISSING-10'],
    bug: 'workflow-core W35: an unconditional put brings deleted records back',
    says: /a snapshot that was deleted: expected NOT_FOUND/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          try {
            return await real.save(snapshot, options)
          } catch (error) {
            if (!isPersistenceError(error, 'NOT_FOUND')) throw error
            return real.save({ ...snapshot, version: 0 }, options)
          }
        },
      })),
  }),

  fault('snapshot-save-keeps-metadata', {
    rule: 'SNAP-05',
    bug: 'workflow-core W6: attributes that were removed stay',
    says: /metadata that the second save left out/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          const stored = snapshot.version > 0 ? await real.load(snapshotKey(snapshot)) : null
          const kept = stored?.metadata === undefined ? {} : { metadata: stored.metadata }
          return real.save({ ...kept, ...snapshot }, options)
        },
      })),
  }),

  fault('snapshot-key-joined', {
    rule: 'SNAP-06',
    bug: 'pg-boss PR#898: the key is its parts, joined',
    says: /the snapshot of the key/,
    wrap: (provider, store) =>
      override(provider, 'snapshots', (real) => ({
        async load(key, options) {
          const { instanceId, workflowId } = key
          const first = firstJoined(store, 'snapshots', [instanceId, workflowId], key)
          const found = await real.load(first, options)
          return found && { ...found, instanceId, workflowId }
        },
      })),
  }),

  fault('snapshot-created-anew-by-each-save', {
    rule: 'SNAP-07',
    bug: 'mastra PR#18004: createdAt drifts with each save',
    says: /createdAt after a second save/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => {
        const drift = <T extends { readonly version: number; readonly updatedAt: number }>(
          found: T,
        ): T => (found.version > 1 ? { ...found, createdAt: found.updatedAt } : found)
        return {
          save: async (snapshot, options) => drift(await real.save(snapshot, options)),
          async load(key, options) {
            const found = await real.load(key, options)
            return found && drift(found)
          },
        }
      }),
  }),

  fault('snapshot-updated-when-the-caller-says', {
    rule: 'SNAP-07',
    bug: 'Gorkflow LibSQL: updatedAt is what the caller says, and goes back',
    says: /updatedAt does not go back/,
    wrap: (provider, store) =>
      override(provider, 'snapshots', (real) => {
        const said = memo(
          store,
          'said',
          () => new Map<string, Pick<Snapshot, 'version' | 'updatedAt'>>(),
        )
        const asSaid = (found: Snapshot): Snapshot => {
          const last = said.get(snapshotName(found))
          return last?.version === found.version ? { ...found, updatedAt: last.updatedAt } : found
        }
        return {
          async save(snapshot, options) {
            const saved = await real.save(snapshot, options)
            const { updatedAt = saved.updatedAt } = snapshot
            said.set(snapshotName(saved), { version: saved.version, updatedAt })
            return asSaid(saved)
          },
          async load(key, options) {
            const found = await real.load(key, options)
            return found && asSaid(found)
          },
        }
      }),
  }),

  fault('snapshot-list-by-units', {
    rule: 'SNAP-08',
    bug: 'langgraph-redis PR#107: another order than the documented one',
    says: /the order of list is that of code points/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async list(query, options) {
          const page = await real.list(query, options)
          const items = [...page.items].sort((a, b) => (joined(a) < joined(b) ? -1 : 1))
          return { ...page, items }
        },
      })),
  }),

  fault('snapshot-status-column-is-stale', {
    rule: 'SNAP-09',
    also: ['LIST-04'],
    bug: 'Gorkflow LibSQL: UpdateRun leaves the filter columns as they were',
    says: /the snapshots that list with status/,
    wrap: (provider, store) =>
      override(provider, 'snapshots', (real) => {
        const first = memo(store, 'first status', () => new Map<string, SnapshotStatus>())
        return {
          async save(snapshot, options) {
            const saved = await real.save(snapshot, options)
            if (snapshot.version === 0) first.set(snapshotName(snapshot), snapshot.status)
            return saved
          },
          async list(query = {}, options) {
            const { status, ...rest } = query
            const found = await real.list(query, options)
            if (status === undefined) return found
            const page = await real.list(rest, options)
            return {
              ...page,
              items: page.items.filter((item) => first.get(snapshotName(item)) === status),
            }
          },
        }
      }),
  }),

  fault('snapshot-delete-by-instance', {
    rule: 'SNAP-10',
    also: ['MISSING-10', 'PAGE-14', 'ABORT-01'],
    bug: 'WorkflowForge: the delete of a finished run removes that of a concurrent one',
    says: /the snapshots that are listed after the delete of another/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async delete(key, options) {
          const { items } = await real.list({ status: 'complete', limit: 1000 })
          const isOver = items.some((item) => snapshotName(item) === snapshotName(key))
          for (const item of isOver ? (await real.list({ limit: 1000 })).items : []) {
            if (item.instanceId === key.instanceId) await real.delete(snapshotKey(item))
          }
          if (isOver) return true
          return real.delete(key, options)
        },
      })),
  }),

  fault('claims-outlive-their-snapshot', {
    rule: 'SNAP-11',
    bug: 'sayiir: delete_snapshot leaves the claims behind',
    says: /extend of a claim on a deleted snapshot/,
    wrap(provider, store) {
      const deleted = memo(store, 'deleted', () => new Set<string>())
      const deleting = override(provider, 'snapshots', (real) => ({
        async delete(key, options) {
          deleted.add(snapshotName(key))
          return real.delete(key, options)
        },
      }))
      return override(deleting, 'claims', (real) => ({
        async extend(claim, ttl, options) {
          const extended = await real.extend(claim, ttl, options)
          return extended ?? (deleted.has(snapshotName(claim)) ? claim : null)
        },
      }))
    },
  }),

  fault('ready-task-tags-are-a-set', {
    rule: 'SNAP-12',
    bug: 'workflow-core #201: an ordered collection does not come back as it was',
    says: /save returns what it was given/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => {
        const distinct = (found: Snapshot): Snapshot => ({
          ...found,
          readyTasks: found.readyTasks.map((task) => ({ ...task, tags: [...new Set(task.tags)] })),
        })
        return {
          save: async (snapshot, options) => distinct(await real.save(snapshot, options)),
          async load(key, options) {
            const found = await real.load(key, options)
            return found && distinct(found)
          },
        }
      }),
  }),
]

type Save = Parameters<SnapshotRepository['save']>

/** A save that, on a conflict, names the stored version and saves again. */
async function overwriting(
  real: SnapshotRepository,
  overwrite: boolean,
  snapshot: Save[0],
  options: Save[1],
): Promise<Snapshot> {
  try {
    return await real.save(snapshot, options)
  } catch (error) {
    if (!overwrite || !isPersistenceError(error, 'CONFLICT')) throw error
    const stored = await real.load(snapshotKey(snapshot))
    return real.save({ ...snapshot, version: stored?.version ?? 0 })
  }
}

/** Sorts like the pair: no id holds U+0000. */
function joined({ instanceId, workflowId }: SnapshotKey): string {
  return `${instanceId}\0${workflowId}`
}
