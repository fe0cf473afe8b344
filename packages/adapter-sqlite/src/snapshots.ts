import {
  PersistenceError,
  sliceOf,
  type Snapshot,
  type SnapshotBackend,
  type SnapshotPlace,
} from '@holdfast/spec'
import {
  readSnapshot,
  readSummary,
  snapshotParams,
  taskParams,
  type SnapshotHead,
  type SnapshotRow,
} from './codec-tasks.ts'
import type { Context } from './context.ts'
import type { Params } from './executor.ts'
import { judgeUpdate, type Done, type Times } from './judge.ts'

/** What a save that wrote nothing met. Without a snapshot every column of it is null. */
type Met = { readonly held: number } & (
  | (SnapshotRow & { readonly updatedBy: string })
  | { readonly version: null }
)

const TIMES = 'created_at as createdAt, updated_at as updatedAt'

const HEAD = `instance_id as instanceId, workflow_id as workflowId, status, ${TIMES}, version, head`

const KEY = 'namespace = :namespace and instance_id = :instanceId and workflow_id = :workflowId'

const LOAD = `select ${HEAD}, body from holdfast_snapshots where ${KEY}`

const DELETE = [
  ...deleteTasks(KEY),
  `delete from holdfast_snapshots where ${KEY} returning 1 as done`,
]

// Runs when the statement before it wrote the snapshot, with the time that it wrote: the database's clock goes on from
// one statement to the next. Tasks that are neither ready nor claimed have no input, so that those with one are all that
// can change.
const READY_TASKS = `insert into holdfast_tasks (namespace, instance_id, workflow_id, task_id, ready, priority, ready_at,
  tags)
select :namespace, :instanceId, :workflowId, value ->> 'taskId', 1, value ->> 'priority',
  (select updated_at from holdfast_snapshots where ${KEY}), value ->> 'tags'
from json_each(:tasks) where changes() > 0
union all
select t.namespace, t.instance_id, t.workflow_id, t.task_id, 0, t.priority, t.ready_at, t.tags
from holdfast_inputs i
cross join holdfast_tasks t on t.namespace = i.namespace and t.instance_id = i.instance_id
  and t.workflow_id = i.workflow_id and t.task_id = i.task_id
where i.namespace = :namespace and i.instance_id = :instanceId and i.workflow_id = :workflowId
and i.task_id not in (select value ->> 'taskId' from json_each(:tasks)) and changes() > 0
on conflict (namespace, instance_id, workflow_id, task_id) do update
set ready = excluded.ready, priority = excluded.priority, tags = excluded.tags,
  ready_at = iif(ready = 1, ready_at, excluded.ready_at)`

const WRITE_INPUTS = `insert into holdfast_inputs (namespace, instance_id, workflow_id, task_id, body)
select :namespace, :instanceId, :workflowId, value ->> 'taskId', value ->> 'body'
from json_each(:inputs) where changes() > 0
on conflict (namespace, instance_id, workflow_id, task_id) do update set body = excluded.body
where body <> excluded.body`

const DROP_INPUTS = `delete from holdfast_inputs where ${KEY}
and not exists (select 1 from holdfast_tasks t
  where t.namespace = holdfast_inputs.namespace and t.instance_id = holdfast_inputs.instance_id
  and t.workflow_id = holdfast_inputs.workflow_id and t.task_id = holdfast_inputs.task_id
  and (t.ready = 1 or t.held = 1))`

/** The statements that delete tasks. Those that come later under the same keys have higher tokens. */
function deleteTasks(where: string): string[] {
  return [
    `insert into holdfast_fences (namespace, token)
select namespace, max(token) from holdfast_tasks where ${where} and token > 0 group by namespace
on conflict (namespace) do update set token = max(token, excluded.token)`,
    `delete from holdfast_tasks where ${where}`,
    `delete from holdfast_inputs where ${where}`,
  ]
}

/** The statements that delete snapshots with their tasks. */
export function deleteSnapshots(where: string): string[] {
  return [...deleteTasks(where), `delete from holdfast_snapshots where ${where}`]
}

export function createSnapshots(context: Context): SnapshotBackend {
  const { executor, namespace } = context
  const { now } = executor

  const FENCE = `exists (select 1 from holdfast_tasks where ${KEY} and task_id = :fenceTask
  and held = 1 and token = :fenceToken and worker_id = :fenceWorker and (expires_at is null or expires_at > ${now}))`

  const insertSql = (
    fenced: boolean,
  ): string => `insert into holdfast_snapshots (namespace, instance_id, workflow_id,
  status, created_at, updated_at, version, updated_by, head, body)
select :namespace, :instanceId, :workflowId, :status, coalesce(:createdAt, ${now}), ${now}, 1, :requestId, :head, :body
where ${fenced ? FENCE : 'true'}
on conflict (namespace, instance_id, workflow_id) do nothing
returning ${TIMES}`

  const updateSql = (fenced: boolean): string => `update holdfast_snapshots
set status = :status, updated_at = max(updated_at, ${now}), version = version + 1, updated_by = :requestId,
  head = :head, body = :body
where ${KEY} and version = :version ${fenced ? `and ${FENCE}` : ''}
returning ${TIMES}`

  // Follows a statement that writes the snapshot, and has a row when that one did not write.
  const metSql = (fenced: boolean): string => `select ${HEAD}, body, updated_by as updatedBy,
  ${fenced ? FENCE : '1'} as held
from (select 1) left join holdfast_snapshots on ${KEY}
where changes() = 0`

  const read = (row: SnapshotRow): Snapshot => readSnapshot(row, context)

  return {
    async save(snapshot, fence, { requestId }) {
      const { version } = snapshot
      // Only the tasks of a running snapshot are ready.
      const ready = snapshot.status === 'running' ? snapshot.readyTasks : []
      const params: Params = {
        ...snapshotParams(snapshot, context),
        ...taskParams(ready, snapshot.definitionHash, context),
        ...{ namespace, requestId },
        ...(fence && {
          fenceTask: fence.taskId,
          fenceToken: fence.token,
          fenceWorker: fence.workerId,
        }),
      }
      const fenced = fence !== null
      const [written, met] = await executor.write<[Times, Met]>(
        [
          version === 0 ? insertSql(fenced) : updateSql(fenced),
          metSql(fenced),
          READY_TASKS,
          ...(ready.length > 0 ? [WRITE_INPUTS] : []),
          DROP_INPUTS,
        ],
        params,
      )
      if (written[0]) {
        const { createdAt: _, ...rest } = snapshot
        return { ...rest, ...written[0], version: version + 1 }
      }
      return read(judgeSave(met[0], snapshot, requestId))
    },

    async load(key) {
      const [row] = await executor.read<SnapshotRow>(LOAD, { ...key, namespace })
      return row ? read(row) : null
    },

    async delete(key) {
      const results = await executor.write<Done[]>(DELETE, { ...key, namespace })
      return results.at(-1)?.length === 1
    },

    async list({ status }, { limit, after }) {
      const [afterInstance = null, afterWorkflow = null] = after ?? []
      const rows = await executor.read<SnapshotHead>(
        listSql(status !== undefined, after !== null),
        {
          ...(status === undefined ? {} : { status }),
          ...{ namespace, afterInstance, afterWorkflow, limit: limit + 1 },
        },
      )
      const placeOf = (row: SnapshotHead): SnapshotPlace => [row.instanceId, row.workflowId]
      return sliceOf(
        rows,
        limit,
        (row) => readSummary(row, context),
        placeOf,
        (row) => JSON.stringify(placeOf(row)),
      )
    },
  }
}

/** Its own earlier try comes first, then the fence, then the version. */
function judgeSave(
  met: Met | undefined,
  { instanceId, workflowId, version }: { instanceId: string; workflowId: string; version: number },
  requestId: string,
): SnapshotRow {
  const stored = met === undefined || met.version === null ? undefined : met
  const what = `snapshot ${instanceId}, ${workflowId}`
  const own = stored?.version === version + 1 && stored.updatedBy === requestId
  if (met?.held !== 1 && !own)
    throw new PersistenceError('CLAIM_LOST', `The claim that fences ${what} is not held any more`)
  return judgeUpdate(stored, version, requestId, what)
}

function listSql(filtered: boolean, continued: boolean): string {
  return `select ${HEAD} from holdfast_snapshots
where namespace = :namespace ${filtered ? 'and status = :status' : ''}
${continued ? 'and (instance_id, workflow_id) > (:afterInstance, :afterWorkflow)' : ''}
order by instance_id, workflow_id limit :limit`
}
