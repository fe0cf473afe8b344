import {
  PersistenceError,
  decodeBody,
  encodeBody,
  type ReadyTask,
  type Snapshot,
  type SnapshotBackend,
  type SnapshotKey,
  type SnapshotPlace,
  type SnapshotRow as NewRow,
  type SnapshotSummary,
} from '@holdfast/spec'
import { isHeldBy } from './claims.ts'
import type { Context } from './context.ts'
import { deleteWhere, keyOf, pageOf, type SnapshotRow, type TaskRow } from './database.ts'

type Body = Omit<NewRow, 'createdAt' | 'version'>

export function createSnapshots(context: Context): SnapshotBackend {
  const { tables, now } = context

  const read = (row: SnapshotRow): Snapshot => {
    const { createdAt, updatedAt, version } = row
    return {
      ...decodeBody<Body>(row.body, `snapshot ${placeOf(row).join(', ')}`, context),
      createdAt,
      updatedAt,
      version,
    }
  }

  return {
    async save(snapshot, fence, { requestId }) {
      const { createdAt, version, ...body } = snapshot
      const { instanceId, workflowId, status } = snapshot
      const key = keyOf(instanceId, workflowId)
      const stored = tables.snapshots.get(key)
      if (stored?.version === version + 1 && stored.updatedBy === requestId) return read(stored)
      if (
        fence &&
        !isHeldBy(tables.tasks.get(keyOf(instanceId, workflowId, fence.taskId)), fence, now())
      ) {
        throw new PersistenceError(
          'CLAIM_LOST',
          `Worker ${fence.workerId} does not hold task ${fence.taskId} any more`,
        )
      }
      if (version > 0 && !stored)
        throw new PersistenceError('NOT_FOUND', `There is no snapshot ${key}`)
      if ((stored?.version ?? 0) !== version) {
        throw new PersistenceError(
          'CONFLICT',
          `Snapshot ${key} is at version ${stored?.version}, not ${version}`,
        )
      }
      const time = now()
      const row = {
        instanceId,
        workflowId,
        status,
        createdAt: stored?.createdAt ?? createdAt ?? time,
        updatedAt: Math.max(stored?.updatedAt ?? time, time),
        version: version + 1,
        updatedBy: requestId,
        body: encodeBody(body, context),
      }
      tables.snapshots.set(key, row)
      replaceTasks(snapshot, time)
      return read(row)
    },

    async load({ instanceId, workflowId }) {
      const row = tables.snapshots.get(keyOf(instanceId, workflowId))
      return row ? read(row) : null
    },

    async delete(key) {
      deleteWhere(tables.tasks, (row) => isOf(row, key))
      return tables.snapshots.delete(keyOf(key.instanceId, key.workflowId))
    },

    async list({ status }, page) {
      const found = [...tables.snapshots.values()].filter(
        (row) => status === undefined || row.status === status,
      )
      return pageOf(
        found,
        page,
        placeOf,
        (row) => summarise(read(row)),
        (row) => keyOf(...placeOf(row)),
      )
    },
  }

  /** Makes the tasks of a saved snapshot the ready ones. One that stays ready keeps its place in the queue. */
  function replaceTasks(snapshot: NewRow, time: number): void {
    const ready = new Map(snapshot.readyTasks.map((task) => [task.taskId, task]))
    for (const [key, row] of tables.tasks) {
      if (isOf(row, snapshot) && !ready.has(row.taskId))
        tables.tasks.set(key, { ...row, ready: false })
    }
    for (const task of ready.values()) {
      const key = keyOf(snapshot.instanceId, snapshot.workflowId, task.taskId)
      const stored = tables.tasks.get(key)
      tables.tasks.set(key, {
        ...(stored ?? neverClaimed(snapshot, task.taskId)),
        ready: snapshot.status === 'running',
        readyAt: stored?.ready ? stored.readyAt : time,
        priority: task.priority,
        tags: task.tags,
        body: encodeBody(toBody(task, snapshot.definitionHash), context),
      })
    }
  }
}

/** What a worker is told of a task beside its key, tags and priority. */
export type TaskBody = Pick<ReadyTask, 'input'> & { readonly definitionHash: string }

function toBody({ input }: ReadyTask, definitionHash: string): TaskBody {
  return input === undefined ? { definitionHash } : { input, definitionHash }
}

function neverClaimed(
  { instanceId, workflowId }: SnapshotKey,
  taskId: string,
): Omit<TaskRow, 'body'> {
  return {
    instanceId,
    workflowId,
    taskId,
    ready: false,
    readyAt: 0,
    priority: 0,
    tags: [],
    token: 0,
    held: false,
    workerId: '',
    claimedAt: 0,
    expiresAt: null,
    claimRequest: '',
  }
}

function isOf(row: SnapshotKey, key: SnapshotKey): boolean {
  return row.instanceId === key.instanceId && row.workflowId === key.workflowId
}

function summarise({
  state: _,
  metadata: __,
  readyTasks: ___,
  ...summary
}: Snapshot): SnapshotSummary {
  return summary
}

function placeOf(row: SnapshotKey): SnapshotPlace {
  return [row.instanceId, row.workflowId]
}
