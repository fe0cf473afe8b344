import {
  decodeBody,
  encodeBody,
  type AvailableTask,
  type BodyFormat,
  type ReadyTask,
  type Snapshot,
  type SnapshotKey,
  type SnapshotRow as NewSnapshot,
  type SnapshotStatus,
  type SnapshotSummary,
  type TaskClaim,
  type TaskKey,
} from '@holdfast/spec'
import { numberOrNull, type Row } from './codec.ts'
import { join, split } from './order.ts'
import type { Param, Params } from './script.ts'

type SnapshotBody = Pick<Snapshot, 'definitionHash' | 'state' | 'metadata' | 'readyTasks'>
type SnapshotBrief = Pick<Snapshot, 'definitionHash'>

/** What a worker is told of a task beside its key, tags and priority. */
type TaskBody = Pick<AvailableTask, 'definitionHash' | 'input'>

export function snapshotId({ instanceId, workflowId }: SnapshotKey): string {
  return join(instanceId, workflowId)
}

/** Head: status, createdAt, updatedAt, version, updatedBy. `brief` is what a list shows, apart from what may be large. */
export function snapshotParams(snapshot: NewSnapshot, format: BodyFormat): Params {
  const { instanceId, workflowId, status, version, createdAt, ...body } = snapshot
  const { definitionHash } = body
  const head = { id: join(instanceId, workflowId), status, version, createdAt }
  const brief = encodeBody({ definitionHash } satisfies SnapshotBrief, format)
  return { ...head, brief, body: encodeBody(body satisfies SnapshotBody, format) }
}

/** The tasks that a save makes ready: for each its id, priority, body, number of tags and tags. */
export function taskParams(snapshot: NewSnapshot, format: BodyFormat): readonly Param[] {
  const { status, definitionHash, readyTasks } = snapshot
  if (status !== 'running') return []
  return readyTasks.flatMap(({ taskId, input, tags, priority }: ReadyTask) => {
    const body: TaskBody = input === undefined ? { definitionHash } : { definitionHash, input }
    return [taskId, priority, encodeBody(body, format), tags.length, ...tags]
  })
}

export function readSnapshot(row: Row, format: BodyFormat): Snapshot {
  return { ...decodeBody<SnapshotBody>(row[2], nameOf(row), format), ...readHead(row) }
}

/** The body of `row` is the brief one. */
export function readSummary(row: Row, format: BodyFormat): SnapshotSummary {
  return { ...decodeBody<SnapshotBrief>(row[2], nameOf(row), format), ...readHead(row) }
}

function nameOf([id]: Row): string {
  return `snapshot ${split(id).join(', ')}`
}

function readHead([id, head]: Row): Omit<Snapshot, keyof SnapshotBody> {
  const [instanceId = '', workflowId = ''] = split(id)
  const [status, createdAt, updatedAt, version] = split(head)
  return {
    instanceId,
    workflowId,
    status: status as SnapshotStatus,
    createdAt: Number(createdAt),
    updatedAt: Number(updatedAt),
    version: Number(version),
  }
}

export function taskId(key: TaskKey): string {
  return join(key.instanceId, key.workflowId, key.taskId)
}

/** Head: ready, readyAt, priority, token, held, workerId, claimedAt, expiresAt, request, and any number of tags. */
export function readTask([id, head, body]: Row, format: BodyFormat): AvailableTask {
  const [, readyAt, priority, , , , , , , ...tags] = split(head)
  const key = readTaskKey(id)
  return {
    ...decodeBody<TaskBody>(body, `task ${key.taskId}`, format),
    ...key,
    priority: Number(priority),
    readyAt: Number(readyAt),
    tags,
  }
}

export function readClaim(id: string, head: string): TaskClaim {
  const [, , , token, , workerId = '', claimedAt, expiresAt] = split(head)
  return {
    ...readTaskKey(id),
    workerId,
    token: Number(token),
    claimedAt: Number(claimedAt),
    expiresAt: numberOrNull(expiresAt),
  }
}

function readTaskKey(id: string): TaskKey {
  const [instanceId = '', workflowId = '', task = ''] = split(id)
  return { instanceId, workflowId, taskId: task }
}
