import {
  sliceOf,
  type Snapshot,
  type SnapshotBackend,
  type SnapshotKey,
  type SnapshotRow as NewSnapshot,
  type TaskClaim,
} from '@holdfast/spec'
import {
  claimLost,
  conflict,
  isRepeat,
  judge,
  placeOfSnapshot,
  readSnapshot,
  readSummary,
  toNumber,
  type Int,
  type SnapshotRow,
  type SummaryRow,
  type Times,
} from '@holdfast/spec/rows'
import { foundOf, type Gotten } from './body-out.ts'
import { saveParams } from './codec.ts'
import type { Context } from './context.ts'
import { unlessTaken } from './judge.ts'
import { snapshotStatements } from './snapshots-sql.ts'
import { isSaved, storedOf, writtenAt, type Saved } from './times.ts'

/** `version` and `by` are those that were stored before. */
interface SavedNext extends Saved {
  /** Whether the claim that the save names is held. */
  readonly fenced: Int
}

type Found = SnapshotRow & { readonly updated_by: string }

export function createSnapshots(context: Context): SnapshotBackend {
  const { read: rowsOf, write } = context
  const sql = snapshotStatements(context)

  const read = (row: SnapshotRow): Snapshot => readSnapshot(row, context)

  const find = async ({ instanceId, workflowId }: SnapshotKey): Promise<Found | undefined> => {
    const { out } = await write<Gotten<Found>>(sql.load, { instanceId, workflowId })
    return foundOf(out)
  }

  const saveFirst = async (snapshot: NewSnapshot, requestId: string): Promise<Snapshot> => {
    const { createdAt } = snapshot
    const { version: _, ...params } = saveParams(snapshot, context)
    for (;;) {
      const saved = await unlessTaken(() =>
        write<Times>(sql.saveFirst, { ...params, createdAt, requestId }),
      )
      if (saved) return { ...snapshot, ...writtenAt(saved.out), version: 1 }
      const stored = await find(snapshot)
      // Deleted between the two statements: the key is free.
      if (stored === undefined) continue
      if (isRepeat(stored, 0, requestId)) return read(stored)
      throw conflict(`Version ${toNumber(stored.version)} of ${nameOf(snapshot)} is stored, not 0`)
    }
  }

  const saveNext = async (
    snapshot: NewSnapshot,
    fence: TaskClaim | null,
    requestId: string,
  ): Promise<Snapshot> => {
    const { version } = snapshot
    const params = {
      ...{ ...saveParams(snapshot, context), requestId },
      ...(fence && {
        ...{ taskId: fence.taskId, workerId: fence.workerId, fencingToken: fence.token },
      }),
    }
    for (;;) {
      const { out } = await write<SavedNext>(sql.saveNext(fence !== null), params)
      if (isSaved(out)) return { ...snapshot, ...writtenAt(out), version: version + 1 }
      const stored = storedOf(out)
      const repeated = stored && isRepeat(stored, version, requestId)
      if (fence && !repeated && out && toNumber(out.fenced) === 0) throw claimLost(fence)
      judge(stored, version, requestId, nameOf(snapshot))
      const found = await find(snapshot)
      if (found && toNumber(found.version) === version + 1) return read(found)
    }
  }

  return {
    async save(snapshot, fence, { requestId }) {
      return snapshot.version === 0 && fence === null
        ? saveFirst(snapshot, requestId)
        : saveNext(snapshot, fence, requestId)
    },

    async load(key) {
      const row = await find(key)
      return row ? read(row) : null
    },

    async delete({ instanceId, workflowId }) {
      const { count } = await write(sql.delete, { instanceId, workflowId })
      return count > 0
    },

    async list(filter, { limit, after }) {
      const [instanceId, workflowId] = after ?? [null, null]
      const rows = await rowsOf<SummaryRow>(
        sql.list(filter.status !== undefined, after !== null),
        { ...filter, limit: limit + 1, instanceId, workflowId },
        limit + 1,
      )
      return sliceOf(
        rows,
        limit,
        (row) => readSummary(row, context),
        placeOfSnapshot,
        (row) => JSON.stringify(placeOfSnapshot(row)),
      )
    },
  }
}

function nameOf({ instanceId, workflowId }: SnapshotKey): string {
  return `snapshot ${instanceId}, ${workflowId}`
}
