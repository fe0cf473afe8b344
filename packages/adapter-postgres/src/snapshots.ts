import {
  PersistenceError,
  sliceOf,
  type Snapshot,
  type SnapshotBackend,
  type SnapshotKey,
  type SnapshotPlace,
  type SnapshotRow as NewSnapshot,
  type TaskClaim,
} from '@holdfast/spec'
import { toNumber, type Int8 } from './codec.ts'
import {
  readSnapshot,
  readSummary,
  snapshotParams,
  type SnapshotRow,
  type SummaryRow,
} from './codec-tasks.ts'
import type { Context } from './context.ts'
import { conflict, isRepeat, judge, type Stored } from './judge.ts'
import { snapshotStatements } from './snapshots-sql.ts'

interface Times {
  readonly created_at: Int8
  readonly updated_at: Int8
}

type Saved = Stored & { readonly [K in keyof Times]: Int8 | null } & {
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
    const { version: _, ...params } = snapshotParams(snapshot, context)
    for (;;) {
      const [row] = await run<Times>(sql.saveFirst, { ...params, createdAt, requestId })
      if (row) return { ...snapshot, ...timesOf(row), version: 1 }
      const stored = await find(snapshot)
      // Deleted between the two statements: the key is free.
      if (stored === undefined) continue
      const version = toNumber(stored.version)
      if (isRepeat(version, stored.updated_by, 0, requestId)) return read(stored)
      throw conflict(`Version ${version} of ${nameOf(snapshot)} is stored, not 0`)
    }
  }

  const saveNext = async (
    snapshot: NewSnapshot,
    fence: TaskClaim | null,
    requestId: string,
  ): Promise<Snapshot> => {
    const { version } = snapshot
    const params = { ...snapshotParams(snapshot, context), requestId }
    for (;;) {
      const [row] = await run<Saved>(sql.saveNext(fence !== null), {
        ...params,
        ...(fence && { taskId: fence.taskId, workerId: fence.workerId, token: fence.token }),
      })
      if (row === undefined) continue
      const { created_at, updated_at, stored_version, stored_by } = row
      if (created_at !== null && updated_at !== null) {
        return { ...snapshot, ...timesOf({ created_at, updated_at }), version: version + 1 }
      }
      const known = stored_version !== null && toNumber(stored_version)
      const repeated = known !== false && isRepeat(known, stored_by, version, requestId)
      if (fence && !repeated && !row.fenced) throw claimLost(fence)
      if (judge(row, version, requestId, nameOf(snapshot)) === 'again') continue
      const stored = await find(snapshot)
      if (stored && toNumber(stored.version) === version + 1) return read(stored)
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
        placeOf,
        (row) => JSON.stringify(placeOf(row)),
      )
    },
  }
}

function timesOf({ created_at, updated_at }: Times): { createdAt: number; updatedAt: number } {
  return { createdAt: toNumber(created_at), updatedAt: toNumber(updated_at) }
}

function placeOf({ instance_id, workflow_id }: SummaryRow): SnapshotPlace {
  return [instance_id, workflow_id]
}

function nameOf({ instanceId, workflowId }: SnapshotKey): string {
  return `snapshot ${instanceId}, ${workflowId}`
}

function claimLost({ workerId, taskId }: TaskClaim): PersistenceError {
  return new PersistenceError(
    'CLAIM_LOST',
    `Worker ${workerId} does not hold task ${taskId} any more`,
  )
}
