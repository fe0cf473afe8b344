import {
  PersistenceError,
  sliceOf,
  type Snapshot,
  type SnapshotBackend,
  type SnapshotKey,
  type SnapshotRow as NewSnapshot,
  type TaskClaim,
} from '@holdfast/spec'
import {
  NOTHING_LISTED,
  listedTasks,
  readSnapshot,
  readSummary,
  snapshotFields,
  type ListedTask,
} from './codec-tasks.ts'
import type { Context, Unit } from './context.ts'
import { isDuplicate, type InUnit } from './database.ts'
import { againOnDuplicate, isRepeat, judge } from './judge.ts'
import { join, lastIds, ownedBy } from './keys.ts'
import type { Collections, SnapshotRow } from './rows.ts'
import { isHeldBy, listTasks } from './tasks.ts'

type Fields = ReturnType<typeof snapshotFields>
type Times = Pick<Snapshot, 'createdAt' | 'updatedAt'>

export function createSnapshots(context: Context): SnapshotBackend {
  const { collections, unit, now, namespace: ns } = context

  const idOf = ({ instanceId, workflowId }: SnapshotKey): string => join(ns, instanceId, workflowId)
  const read = (row: SnapshotRow): Snapshot => readSnapshot(row, context)

  const firstRow = (
    snapshot: NewSnapshot,
    fields: Fields,
    updatedBy: string,
    updatedAt: number,
  ): SnapshotRow => {
    const times = { createdAt: snapshot.createdAt ?? updatedAt, updatedAt }
    return { _id: idOf(snapshot), ns, ...times, version: 1, updatedBy, ...fields }
  }

  const replaced = (
    fields: object,
    updatedBy: string,
    time: number,
  ): { readonly [key: `$${string}`]: object } => ({
    $set: { ...fields, updatedBy },
    $max: { updatedAt: time },
    $inc: { version: 1 },
  })

  const AFTER = { returnDocument: 'after', projection: { createdAt: 1, updatedAt: 1 } } as const

  /** One call, when no task changes: then nothing but the document of the snapshot is written. */
  const saveAlone = async (
    { snapshots }: Collections,
    snapshot: NewSnapshot,
    fields: Fields,
    requestId: string,
  ): Promise<Times | null> => {
    const { version } = snapshot
    if (version > 0) {
      const same = { _id: idOf(snapshot), version, listed: fields.listed }
      return snapshots.findOneAndUpdate(same, replaced(fields, requestId, now()), AFTER)
    }
    if (fields.listed !== NOTHING_LISTED) return null
    const row = firstRow(snapshot, fields, requestId, now())
    try {
      await snapshots.insertOne(row)
      return row
    } catch (error) {
      if (!isDuplicate(error)) throw error
      return null
    }
  }

  /** @throws {PersistenceError} `CLAIM_LOST` when the claim is not held */
  const checkFence = async (
    { tasks }: Collections,
    fence: TaskClaim,
    requestId: string,
    options: InUnit,
  ): Promise<void> => {
    // Written, so that a claim or a release that comes meanwhile is in conflict with this transaction.
    const claimed = { _id: join(idOf(fence), fence.taskId), ...isHeldBy(fence, now()) }
    const { matchedCount } = await tasks.updateOne(
      claimed,
      { $set: { fencedBy: requestId } },
      options,
    )
    if (matchedCount === 0) throw claimLost(fence)
  }

  /** The document of the snapshot with those of its tasks. `null`: somebody else was faster, and it is to be made again. */
  const saveUnit = async (
    all: Collections,
    snapshot: NewSnapshot,
    fields: Fields,
    tasks: readonly ListedTask[],
    fence: TaskClaim | null,
    requestId: string,
  ): Promise<Snapshot | null> => {
    const { snapshots } = all
    const { version } = snapshot
    const _id = idOf(snapshot)

    /** What an earlier try of the same request saved. @throws {PersistenceError} `NOT_FOUND`, `CONFLICT` */
    const earlier = async (options: InUnit): Promise<Snapshot | null> => {
      const stored = await snapshots.findOne({ _id }, options)
      if (stored === null && version === 0) return null
      const found = judge(stored, version, requestId, nameOf(snapshot))
      return found ? read(found) : null
    }

    const attempt = async ({ atomic, options }: Unit): Promise<Snapshot | null> => {
      // A save has one time, whatever it writes.
      const time = now()
      if (fence) {
        const stored = await snapshots.findOne({ _id }, options)
        if (stored && isRepeat(stored, version, requestId)) return read(stored)
        await checkFence(all, fence, requestId, options)
      }
      const marked = atomic ? fields : { ...fields, unlisted: true as const }
      let saved: Times | null
      if (version === 0) {
        const row = { ...firstRow(snapshot, fields, requestId, time), ...marked }
        await snapshots.insertOne(row, options)
        saved = row
      } else {
        const change = replaced(marked, requestId, time)
        saved = await snapshots.findOneAndUpdate({ _id, version }, change, { ...AFTER, ...options })
        if (saved === null) return earlier(options)
      }
      const list = async (): Promise<void> =>
        listTasks(all, { _id, ns, now: time, version: version + 1, tasks, atomic }, options)
      if (atomic) await list()
      else {
        // Whoever comes next may be at it already.
        await againOnDuplicate(list)
        const own = { _id, version: version + 1 }
        await snapshots.updateOne(own, { $unset: { unlisted: '' } })
      }
      return written(snapshot, saved)
    }

    try {
      return await unit({ kind: 'list', target: _id, by: requestId }, attempt)
    } catch (error) {
      if (!isDuplicate(error)) throw error
      return earlier({})
    }
  }

  return {
    async save(snapshot, fence, { requestId }) {
      const tasks = listedTasks(snapshot, context)
      const fields = snapshotFields(snapshot, tasks, context)
      const all = await collections()
      const alone = fence ? null : await saveAlone(all, snapshot, fields, requestId)
      if (alone) return written(snapshot, alone)
      for (;;) {
        const saved = await saveUnit(all, snapshot, fields, tasks, fence, requestId)
        if (saved) return saved
      }
    },

    async load(key) {
      const { snapshots } = await collections()
      const row = await snapshots.findOne({ _id: idOf(key) })
      return row && read(row)
    },

    async delete(key, { requestId: by }) {
      const _id = idOf(key)
      const { snapshots, tasks } = await collections()
      return unit({ kind: 'dropSnapshot', target: _id, by }, async ({ options }) => {
        const { deletedCount } = await snapshots.deleteOne({ _id }, options)
        if (deletedCount > 0) await tasks.deleteMany({ _id: ownedBy(_id) }, options)
        return deletedCount > 0
      })
    },

    async list({ status }, { limit, after }) {
      const { snapshots } = await collections()
      const all = ownedBy(ns)
      const _id = after === null ? all : { ...all, $gt: join(ns, ...after) }
      const rows = await snapshots
        .find(status === undefined ? { _id } : { ns, status, _id }, {
          sort: { _id: 1 },
          limit: limit + 1,
          batchSize: limit + 2,
          projection: { body: 0 },
        })
        .toArray()
      return sliceOf(
        rows,
        limit,
        (row) => readSummary(row, context),
        (row) => lastIds(row._id, 2),
        (row) => JSON.stringify(lastIds(row._id, 2)),
      )
    },
  }
}

function written(snapshot: NewSnapshot, { createdAt, updatedAt }: Times): Snapshot {
  return { ...snapshot, createdAt, updatedAt, version: snapshot.version + 1 }
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
