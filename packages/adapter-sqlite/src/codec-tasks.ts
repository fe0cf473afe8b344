import {
  decodeBody,
  type AvailableTask,
  type ReadyTask,
  type Snapshot,
  type SnapshotRow as NewSnapshotRow,
  type SnapshotStatus,
  type SnapshotSummary,
} from '@holdfast/spec'
import { encode, type Format } from './codec.ts'
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

export function snapshotParams(snapshot: NewSnapshotRow, format: Format): Params {
  const { instanceId, workflowId, status, version, createdAt, definitionHash, ...body } = snapshot
  return {
    instanceId,
    workflowId,
    status,
    version,
    createdAt,
    head: encode({ definitionHash }, format),
    body: encode(body, format),
  }
}

export function readSummary(row: SnapshotHead, { codec }: Format): SnapshotSummary {
  const { instanceId, workflowId, status, createdAt, updatedAt, version } = row
  return {
    ...decodeBody<Pick<Snapshot, 'definitionHash'>>(codec, row.head, nameOfSnapshot(row)),
    ...{ instanceId, workflowId, status, createdAt, updatedAt, version },
  }
}

export function readSnapshot(row: SnapshotRow, format: Format): Snapshot {
  return {
    ...decodeBody<SnapshotBody>(format.codec, row.body, nameOfSnapshot(row)),
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
  format: Format,
): { readonly tasks: string; readonly inputs: string } {
  return {
    tasks: JSON.stringify(tasks.map(({ taskId, priority, tags }) => ({ taskId, priority, tags }))),
    inputs: JSON.stringify(
      tasks.map(({ taskId, input }) => {
        const body: TaskBody = { definitionHash, ...(input === undefined ? {} : { input }) }
        return { taskId, body: encode(body, format) }
      }),
    ),
  }
}

export function readTask(row: TaskRow, { codec }: Format): AvailableTask {
  const { instanceId, workflowId, taskId, priority, readyAt } = row
  return {
    ...decodeBody<TaskBody>(codec, row.body, `task ${taskId}`),
    ...{ instanceId, workflowId, taskId, priority, readyAt },
    tags: JSON.parse(row.tags) as readonly string[],
  }
}
