import {
  decodeBody,
  encodeBody,
  type AvailableTask,
  type BodyFormat,
  type ReadyTask,
  type Snapshot,
  type SnapshotRow as NewSnapshotRow,
  type SnapshotStatus,
  type SnapshotSummary,
} from '@holdfast/spec'
import type { Params } from './executor.ts'

/** A snapshot's columns without what may be large. `head` is a small body of its own, so that lists need no other. */
export interface SnapshotHead {
  readonly instanceId: string
  readonly workflowId: string
  readonly status: SnapshotStatus
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
  readonly head: string
}

export type SnapshotRow = SnapshotHead & { readonly body: string }

type SnapshotBody = Pick<Snapshot, 'state' | 'metadata' | 'readyTasks'>

export function snapshotParams(snapshot: NewSnapshotRow, format: BodyFormat): Params {
  const { instanceId, workflowId, status, version, createdAt, definitionHash, ...body } = snapshot
  return {
    instanceId,
    workflowId,
    status,
    version,
    createdAt,
    head: encodeBody({ definitionHash }, format),
    body: encodeBody(body, format),
  }
}

export function readSummary(row: SnapshotHead, format: BodyFormat): SnapshotSummary {
  const { instanceId, workflowId, status, createdAt, updatedAt, version } = row
  return {
    ...decodeBody<Pick<Snapshot, 'definitionHash'>>(row.head, nameOfSnapshot(row), format),
    ...{ instanceId, workflowId, status, createdAt, updatedAt, version },
  }
}

export function readSnapshot(row: SnapshotRow, format: BodyFormat): Snapshot {
  return {
    ...decodeBody<SnapshotBody>(row.body, nameOfSnapshot(row), format),
    ...readSummary(row, format),
  }
}

function nameOfSnapshot({ instanceId, workflowId }: SnapshotHead): string {
  return `snapshot ${instanceId}, ${workflowId}`
}

export interface TaskRow {
  readonly instanceId: string
  readonly workflowId: string
  readonly taskId: string
  readonly tags: string
  readonly priority: number
  readonly readyAt: number
  readonly body: string
}

type TaskBody = Pick<ReadyTask, 'input'> & { readonly definitionHash: string }

/** The ready tasks of a snapshot as two JSON texts: what they are found by, and what a worker is told. */
export function taskParams(
  tasks: readonly ReadyTask[],
  definitionHash: string,
  format: BodyFormat,
): { readonly tasks: string; readonly inputs: string } {
  return {
    tasks: JSON.stringify(tasks.map(({ taskId, priority, tags }) => ({ taskId, priority, tags }))),
    inputs: JSON.stringify(
      tasks.map(({ taskId, input }) => {
        const body: TaskBody = { definitionHash, ...(input === undefined ? {} : { input }) }
        return { taskId, body: encodeBody(body, format) }
      }),
    ),
  }
}

export function readTask(row: TaskRow, format: BodyFormat): AvailableTask {
  const { instanceId, workflowId, taskId, priority, readyAt } = row
  return {
    ...decodeBody<TaskBody>(row.body, `task ${taskId}`, format),
    ...{ instanceId, workflowId, taskId, priority, readyAt },
    tags: JSON.parse(row.tags) as readonly string[],
  }
}
