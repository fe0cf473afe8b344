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
  timesOf,
  toNumber,
  type Int,
  type SnapshotRow,
  type SummaryRow,
  type Times,
} from '@holdfast/spec/rows'
import { saveParams } from './codec.ts'
import type { Context } from './context.ts'
import { storedOf, type Seen } from './judge.ts'
import { snapshotStatements } from './snapshots-sql.ts'

type Saved = Seen & { readonly [K in keyof Times]: Int | null } & {
  /** Whether the claim that the save names is held. */
  readonly fenced: boolean
}

type Found = SnapshotRow & { readonly updated_by: string }

export function createSnapshots(context: Context): SnapshotBackend {
  const { run } = context
  const sql = snapshotStatements(context.schema)

  const read = (row: SnapshotRow): Snapshot => readSnapshot(row, context)

  const find = async ({ instanceId, workflowId }: SnapshotKey): Promise<Found | undefined> => {
    const [row] = await run<Found>(sql.load, { instanceId, workflowId })
    return row
  }

  const saveFirst = async (snapshot: NewSnapshot, requestId: string): Promise<Snapshot> => {
    const { createdAt } = snapshot
    const { version: _, ...params } = saveParams(snapshot, context)
    for (;;) {
      const [row] = await run<Times>(sql.saveFirst, { ...params, createdAt, requestId })
      if (row) return { ...snapshot, ...timesOf(row), version: 1 }
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
    const params = { ...saveParams(snapshot, context), requestId }
    for (;;) {
      const [row] = await run<Saved>(sql.saveNext(fence !== null), {
        ...params,
        ...(fence && { taskId: fence.taskId, workerId: fence.workerId, token: fence.token }),
      })
      if (row === undefined) continue
      const { created_at, updated_at } = row
      if (created_at !== null && updated_at !== null) {
        return { ...snapshot, ...timesOf({ created_at, updated_at }), version: version + 1 }
      }
      const stored = storedOf(row)
      const repeated = stored !== undefined && isRepeat(stored, version, requestId)
      if (fence && !repeated && !row.fenced) throw claimLost(fence)
      if (judge(stored, version, requestId, nameOf(snapshot)) === 'again') continue
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
      const rows = await run(sql.delete, { instanceId, workflowId })
      return rows.length > 0
    },

    async list(filter, { limit, after }) {
      const [instanceId, workflowId] = after ?? [null, null]
      const rows = await run<SummaryRow>(sql.list(filter.status !== undefined, after !== null), {
        ...filter,
        ...{ limit: limit + 1, instanceId, workflowId },
      })
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
