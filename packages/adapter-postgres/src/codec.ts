import {
  decodeBody,
  encodeBody,
  type AvailableTask,
  type BodyFormat,
  type ReadyTask,
  type SnapshotRow,
} from '@holdfast/spec'
import { snapshotParams, toNumber, type TaskPlaceRow } from '@holdfast/spec/rows'
import type { Params } from './statement.ts'

// Rows of the other records are those of every SQL database, in @holdfast/spec.

export interface TaskRow extends TaskPlaceRow {
  readonly tags: readonly string[]
  readonly body: string
}

/** What a worker is told of a task beside its key, tags and priority. */
type TaskBody = Pick<AvailableTask, 'definitionHash' | 'input'>

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
  const body: TaskBody = input === undefined ? { definitionHash } : { definitionHash, input }
  return { task_id: taskId, priority, tags, body: encodeBody(body, format) }
}

export function readTask(row: TaskRow, format: BodyFormat): AvailableTask {
  return {
    ...decodeBody<TaskBody>(row.body, `task ${row.task_id}`, format),
    instanceId: row.instance_id,
    workflowId: row.workflow_id,
    taskId: row.task_id,
    priority: toNumber(row.priority),
    readyAt: toNumber(row.ready_at),
    tags: row.tags,
  }
}
