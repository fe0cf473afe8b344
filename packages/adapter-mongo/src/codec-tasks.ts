import { createHash } from 'node:crypto'
import {
  decodeBody,
  encodeBody,
  type AvailableTask,
  type ReadyTask,
  type Snapshot,
  type SnapshotRow as NewSnapshot,
  type SnapshotSummary,
  type TaskClaim,
  type TaskPlace,
} from '@holdfast/spec'
import type { Format } from './codec.ts'
import { join, lastIds } from './keys.ts'
import type { SnapshotRow, TaskRow } from './rows.ts'

type SnapshotBody = Pick<Snapshot, 'definitionHash' | 'state' | 'metadata' | 'readyTasks'>
type SnapshotBrief = Pick<Snapshot, 'definitionHash'>

/** What a worker is told of a task beside its key, tags and priority. */
type TaskBody = Pick<AvailableTask, 'definitionHash' | 'input'>

/** A task as its snapshot lists it. */
export type ListedTask = Pick<TaskRow, '_id' | 'priority' | 'tags' | 'body'>

/** What a save replaces. */
export function snapshotFields(
  snapshot: NewSnapshot,
  tasks: readonly ListedTask[],
  format: Format,
): Pick<SnapshotRow, 'status' | 'brief' | 'body' | 'listed'> {
  const { definitionHash, state, metadata, readyTasks, status } = snapshot
  const brief = encodeBody({ definitionHash } satisfies SnapshotBrief, format)
  const body: SnapshotBody = {
    ...{ definitionHash, state, readyTasks },
    ...(metadata && { metadata }),
  }
  return { status, brief, body: encodeBody(body, format), listed: digest(tasks) }
}

/** The tasks that a snapshot makes ready. */
export function listedTasks(
  snapshot: Pick<
    Snapshot,
    'instanceId' | 'workflowId' | 'status' | 'definitionHash' | 'readyTasks'
  >,
  format: Format,
): readonly ListedTask[] {
  const { instanceId, workflowId, status, definitionHash, readyTasks } = snapshot
  if (status !== 'running') return []
  return readyTasks.map(({ taskId, input, tags, priority }: ReadyTask) => {
    const body: TaskBody = input === undefined ? { definitionHash } : { definitionHash, input }
    const _id = join(format.namespace, instanceId, workflowId, taskId)
    return { _id, priority, tags, body: encodeBody(body, format) }
  })
}

/** Tells one list of tasks from another, in whatever order they are. */
function digest(tasks: readonly ListedTask[]): string {
  if (tasks.length === 0) return NOTHING_LISTED
  const sorted = tasks
    .map(({ _id, priority, tags, body }) => JSON.stringify([_id, priority, tags, body]))
    .sort()
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64')
}

export const NOTHING_LISTED = ''

export function readSnapshot(row: SnapshotRow, format: Format): Snapshot {
  return { ...decodeBody<SnapshotBody>(row.body, nameOf(row), format), ...readHead(row) }
}

export function readSummary(row: SnapshotRow, format: Format): SnapshotSummary {
  return { ...decodeBody<SnapshotBrief>(row.brief, nameOf(row), format), ...readHead(row) }
}

function readHead(row: SnapshotRow): Omit<Snapshot, keyof SnapshotBody> {
  const { status, createdAt, updatedAt, version } = row
  const [instanceId, workflowId] = lastIds(row._id, 2)
  return { instanceId, workflowId, status, createdAt, updatedAt, version }
}

function nameOf({ _id }: SnapshotRow): string {
  return `snapshot ${lastIds(_id, 2).join(', ')}`
}

export function readTask(row: TaskRow, format: Format): AvailableTask {
  const { priority, readyAt, tags } = row
  const [instanceId, workflowId, taskId] = lastIds(row._id, 3)
  return {
    ...decodeBody<TaskBody>(row.body, `task ${taskId}`, format),
    ...{ instanceId, workflowId, taskId, priority, readyAt, tags },
  }
}

/** The claim of a task that is held. */
export function readClaim(row: TaskRow): TaskClaim {
  const { token, expiresAt } = row
  const [instanceId, workflowId, taskId] = lastIds(row._id, 3)
  const key = { instanceId, workflowId, taskId }
  return {
    ...{ ...key, workerId: row.workerId ?? '', token },
    ...{ claimedAt: row.claimedAt ?? 0, expiresAt },
  }
}

export function placeOfTask(row: TaskRow): TaskPlace {
  const [instanceId, workflowId, taskId] = lastIds(row._id, 3)
  return [row.priority, row.readyAt, instanceId, workflowId, taskId]
}
