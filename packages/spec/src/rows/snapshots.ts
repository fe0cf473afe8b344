import type { TaskClaim, TaskPlace } from '../claims.ts'
import { decodeBody, encodeBody, type BodyFormat } from '../codec.ts'
import type {
  Snapshot,
  SnapshotPlace,
  SnapshotRow as NewSnapshot,
  SnapshotStatus,
  SnapshotSummary,
} from '../snapshots.ts'
import { timesOf, toNumber, toNumberOrNull, type Columns, type Int, type Times } from './columns.ts'

export interface SnapshotColumns extends Times {
  readonly instance_id: string
  readonly workflow_id: string
  readonly status: SnapshotStatus
  readonly version: Int
}

export interface SnapshotRow extends SnapshotColumns {
  readonly body: string
}

export interface SummaryRow extends SnapshotColumns {
  /** What a list shows beside the columns, apart from what may be large. */
  readonly head: string
}

type SnapshotBody = Pick<Snapshot, 'definitionHash' | 'state' | 'metadata' | 'readyTasks'>
type SnapshotHead = Pick<Snapshot, 'definitionHash'>

/** What a save writes of a snapshot, without the rows of its tasks. @throws {PersistenceError} `TOO_LARGE` */
export function snapshotParams(snapshot: NewSnapshot, format: BodyFormat): Columns {
  const { instanceId, workflowId, status, version, createdAt: _, ...body } = snapshot
  const { definitionHash } = body
  return {
    ...{ instanceId, workflowId, status, version },
    head: encodeBody({ definitionHash } satisfies SnapshotHead, format),
    body: encodeBody(body satisfies SnapshotBody, format),
  }
}

/** @throws {PersistenceError} `CORRUPT` */
export function readSnapshot(row: SnapshotRow, format: BodyFormat): Snapshot {
  return { ...decodeBody<SnapshotBody>(row.body, nameOf(row), format), ...readColumns(row) }
}

/** @throws {PersistenceError} `CORRUPT` */
export function readSummary(row: SummaryRow, format: BodyFormat): SnapshotSummary {
  return { ...decodeBody<SnapshotHead>(row.head, nameOf(row), format), ...readColumns(row) }
}

export function placeOfSnapshot({ instance_id, workflow_id }: SnapshotColumns): SnapshotPlace {
  return [instance_id, workflow_id]
}

function nameOf({ instance_id, workflow_id }: SnapshotColumns): string {
  return `snapshot ${instance_id}, ${workflow_id}`
}

function readColumns(row: SnapshotColumns): Omit<Snapshot, keyof SnapshotBody> {
  return {
    instanceId: row.instance_id,
    workflowId: row.workflow_id,
    status: row.status,
    ...timesOf(row),
    version: toNumber(row.version),
  }
}

export interface TaskKeyRow {
  readonly instance_id: string
  readonly workflow_id: string
  readonly task_id: string
}

/** The columns that a task is ordered by. */
export interface TaskPlaceRow extends TaskKeyRow {
  readonly priority: Int
  readonly ready_at: Int
}

export function placeOfTask(row: TaskPlaceRow): TaskPlace {
  const { priority, ready_at, instance_id, workflow_id, task_id } = row
  return [toNumber(priority), toNumber(ready_at), instance_id, workflow_id, task_id]
}

export interface ClaimRow extends TaskKeyRow {
  readonly worker_id: string
  readonly token: Int
  readonly claimed_at: Int
  readonly expires_at: Int | null
}

export function readClaim(row: ClaimRow): TaskClaim {
  return {
    instanceId: row.instance_id,
    workflowId: row.workflow_id,
    taskId: row.task_id,
    workerId: row.worker_id,
    token: toNumber(row.token),
    claimedAt: toNumber(row.claimed_at),
    expiresAt: toNumberOrNull(row.expires_at),
  }
}
