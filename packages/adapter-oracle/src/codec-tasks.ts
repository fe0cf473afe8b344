import { createHash } from 'node:crypto'
import {
  decodeBody,
  type AvailableTask,
  type ReadyTask,
  type Snapshot,
  type SnapshotRow as NewSnapshot,
  type SnapshotStatus,
  type SnapshotSummary,
  type TaskClaim,
  type TaskPlace,
} from '@holdfast/spec'
import { encode, toNumber, toNumberOrNull, type Format, type Int } from './codec.ts'
import type { Params } from './statement.ts'

export interface SnapshotRow {
  readonly instance_id: string
  readonly workflow_id: string
  readonly status: SnapshotStatus
  readonly created_at: Int
  readonly updated_at: Int
  readonly version: Int
  readonly body: string
}

export type SummaryRow = Omit<SnapshotRow, 'body'> & {
  /** What a list shows beside the columns, apart from what may be large. */
  readonly head: string
}

type SnapshotBody = Pick<Snapshot, 'definitionHash' | 'state' | 'metadata' | 'readyTasks'>
type SnapshotHead = Pick<Snapshot, 'definitionHash'>

/** What a worker is told of a task beside its key and priority. */
type TaskBody = Pick<AvailableTask, 'definitionHash' | 'input' | 'tags'>

/** The parameters of a save. `tasks` are those that it makes ready, as one JSON array. */
export function snapshotParams(snapshot: NewSnapshot, format: Format): Params {
  const { instanceId, workflowId, status, version, createdAt: _, ...body } = snapshot
  const { definitionHash, readyTasks } = body
  const ready = status === 'running' ? readyTasks : []
  return {
    ...{ instanceId, workflowId, status, version },
    head: encode({ definitionHash } satisfies SnapshotHead, format),
    body: encode(body satisfies SnapshotBody, format),
    tasks: JSON.stringify(ready.map((task) => taskColumns(task, definitionHash, format))),
  }
}

function taskColumns(task: ReadyTask, definitionHash: string, format: Format): object {
  const { taskId, priority, tags, input } = task
  const content: TaskBody = { definitionHash, tags, ...(input !== undefined && { input }) }
  const body = encode(content, format)
  const digest = createHash('sha256')
    .update(JSON.stringify([priority, body]))
    .digest('hex')
  return {
    ...{ task_id: taskId, priority, digest, body },
    // For the search by tags.
    tags: tags.length === 0 ? null : JSON.stringify(tags),
  }
}

export function readSnapshot(row: SnapshotRow, { codec }: Format): Snapshot {
  const what = `snapshot ${row.instance_id}, ${row.workflow_id}`
  return { ...decodeBody<SnapshotBody>(codec, row.body, what), ...readColumns(row) }
}

export function readSummary(row: SummaryRow, { codec }: Format): SnapshotSummary {
  const what = `snapshot ${row.instance_id}, ${row.workflow_id}`
  return { ...decodeBody<SnapshotHead>(codec, row.head, what), ...readColumns(row) }
}

function readColumns(row: Omit<SnapshotRow, 'body'>): Omit<Snapshot, keyof SnapshotBody> {
  return {
    instanceId: row.instance_id,
    workflowId: row.workflow_id,
    status: row.status,
    createdAt: toNumber(row.created_at),
    updatedAt: toNumber(row.updated_at),
    version: toNumber(row.version),
  }
}

interface TaskKeyRow {
  readonly instance_id: string
  readonly workflow_id: string
  readonly task_id: string
}

export interface TaskRow extends TaskKeyRow {
  readonly priority: Int
  readonly ready_at: Int
  readonly body: string
}

export interface ClaimRow extends TaskKeyRow {
  readonly worker_id: string
  readonly fencing_token: Int
  readonly claimed_at: Int
  readonly expires_at: Int | null
}

export function readTask(row: TaskRow, { codec }: Format): AvailableTask {
  return {
    ...decodeBody<TaskBody>(codec, row.body, `task ${row.task_id}`),
    instanceId: row.instance_id,
    workflowId: row.workflow_id,
    taskId: row.task_id,
    priority: toNumber(row.priority),
    readyAt: toNumber(row.ready_at),
  }
}

export function readClaim(row: ClaimRow): TaskClaim {
  return {
    instanceId: row.instance_id,
    workflowId: row.workflow_id,
    taskId: row.task_id,
    workerId: row.worker_id,
    token: toNumber(row.fencing_token),
    claimedAt: toNumber(row.claimed_at),
    expiresAt: toNumberOrNull(row.expires_at),
  }
}

export function placeOfTask(row: TaskRow): TaskPlace {
  const { priority, ready_at, instance_id, workflow_id, task_id } = row
  return [toNumber(priority), toNumber(ready_at), instance_id, workflow_id, task_id]
}
