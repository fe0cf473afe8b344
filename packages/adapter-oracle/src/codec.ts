import { createHash } from 'node:crypto'
import {
  decodeBody,
  encodeBody,
  type AvailableTask,
  type BodyFormat,
  type ReadyTask,
  type SnapshotRow,
  type TaskClaim,
} from '@holdfast/spec'
import {
  readClaim,
  snapshotParams,
  toNumber,
  type ClaimRow,
  type Int,
  type TaskPlaceRow,
} from '@holdfast/spec/rows'
import type { Params } from './statement.ts'

// Rows of the other records are those of every SQL database, in @holdfast/spec. Oracle takes an empty string for a null:
// what may be empty is in the body, whose JSON is never empty.

/** There are no booleans in SQL before Oracle 23. */
export function toFlag(value: boolean): 0 | 1 {
  return value ? 1 : 0
}

export interface TaskRow extends TaskPlaceRow {
  readonly body: string
}

/** What a worker is told of a task beside its key and priority. */
type TaskBody = Pick<AvailableTask, 'definitionHash' | 'input' | 'tags'>

/** The parameters of a save. `tasks` are those that it makes ready, as one JSON array. */
export function saveParams(snapshot: SnapshotRow, format: BodyFormat): Params {
  const { status, definitionHash, readyTasks } = snapshot
  const ready = status === 'running' ? readyTasks : []
  return {
    ...snapshotParams(snapshot, format),
    tasks: JSON.stringify(ready.map((task) => taskColumns(task, definitionHash, format))),
  }
}

function taskColumns(task: ReadyTask, definitionHash: string, format: BodyFormat): object {
  const { taskId, priority, tags, input } = task
  const content: TaskBody = { definitionHash, tags, ...(input !== undefined && { input }) }
  const body = encodeBody(content, format)
  const digest = createHash('sha256')
    .update(JSON.stringify([priority, body]))
    .digest('hex')
  return {
    ...{ task_id: taskId, priority, digest, body },
    // For the search by tags.
    tags: tags.length === 0 ? null : JSON.stringify(tags),
  }
}

export function readTask(row: TaskRow, format: BodyFormat): AvailableTask {
  return {
    ...decodeBody<TaskBody>(row.body, `task ${row.task_id}`, format),
    instanceId: row.instance_id,
    workflowId: row.workflow_id,
    taskId: row.task_id,
    priority: toNumber(row.priority),
    readyAt: toNumber(row.ready_at),
  }
}

/** A claim as a block gives it back: a bind has its type by its name, and `token` is a text. */
export type HeldRow = Omit<ClaimRow, 'token'> & { readonly fencing_token: Int }

export function readHeld(row: HeldRow): TaskClaim {
  return readClaim({ ...row, token: row.fencing_token })
}
