import {
  sliceOf,
  type AvailableTask,
  type ClaimBackend,
  type TaskClaim,
  type TaskPlace,
} from '@holdfast/spec'
import { readTask, type TaskRow } from './codec-tasks.ts'
import type { Context } from './context.ts'
import type { Done } from './judge.ts'

const CLAIM = `instance_id as instanceId, workflow_id as workflowId, task_id as taskId, worker_id as workerId, token,
  claimed_at as claimedAt, expires_at as expiresAt`

const KEY = `namespace = :namespace and instance_id = :instanceId and workflow_id = :workflowId and task_id = :taskId`

const INPUT = `(select body from holdfast_inputs i
  where i.namespace = holdfast_tasks.namespace and i.instance_id = holdfast_tasks.instance_id
  and i.workflow_id = holdfast_tasks.workflow_id and i.task_id = holdfast_tasks.task_id) as body`

const CLAIMED_TASK = `${CLAIM}, priority, ready_at as readyAt, tags, ${INPUT}`

const ORDER = 'priority, ready_at, instance_id, workflow_id, task_id'

export function createClaims(context: Context): ClaimBackend {
  const { executor, namespace } = context
  const { now } = executor

  const FREE = `ready = 1 and (held = 0 or expires_at <= ${now})`

  const LIVE = `held = 1 and (expires_at is null or expires_at > ${now})`

  // With the time in it, the token also grows when the store was lost.
  const TAKE = `update holdfast_tasks
set held = 1, worker_id = :workerId, claimed_at = ${now}, expires_at = ${now} + :ttl, claim_request = :requestId,
  token = max(token + 1, ${now},
    coalesce((select f.token + 1 from holdfast_fences f where f.namespace = :namespace), 0))`

  const CLAIM_ONE = `${TAKE}
where ${KEY} and ${FREE}
returning ${CLAIM}`

  // Follows CLAIM_ONE, and has a row when an earlier try of the same request took the task.
  const OWN_CLAIM = `select ${CLAIM} from holdfast_tasks
where ${KEY} and claim_request = :requestId and ${LIVE} and changes() = 0`

  // Without statistics SQLite believes that a namespace has ten rows, and would read them all instead.
  const OWN_TASK = `from holdfast_tasks indexed by holdfast_tasks_request
  where namespace = :namespace and claim_request = :requestId and ${LIVE}`

  const claimNextSql = (tagged: boolean): string => `${TAKE}
where namespace = :namespace and (instance_id, workflow_id, task_id) = (
  select instance_id, workflow_id, task_id from holdfast_tasks
  where namespace = :namespace and ${FREE} ${tagged ? WITHIN_TAGS : ''}
  order by ${ORDER} limit 1)
and not exists (select 1 ${OWN_TASK})
returning ${CLAIMED_TASK}`

  // Follows the other, and has a row when an earlier try of the same request took a task.
  const OWN_NEXT = `select ${CLAIMED_TASK} ${OWN_TASK} and changes() = 0`

  const OF_CLAIM = `${KEY} and token = :token and worker_id = :workerId and ${LIVE}`

  const EXTEND = `update holdfast_tasks set expires_at = ${now} + :ttl where ${OF_CLAIM} returning ${CLAIM}`

  const RELEASE = `update holdfast_tasks set held = 0 where ${OF_CLAIM} returning 1 as done`

  const findSql = (
    tagged: boolean,
    continued: boolean,
  ): string => `select instance_id as instanceId,
  workflow_id as workflowId, task_id as taskId, priority, ready_at as readyAt, tags, ${INPUT}
from holdfast_tasks
where namespace = :namespace and ${FREE} ${tagged ? WITHIN_TAGS : ''}
${continued ? `and (${ORDER}) > (:priority, :readyAt, :instanceId, :workflowId, :taskId)` : ''}
order by ${ORDER} limit :limit`

  const read = (row: TaskRow): AvailableTask => readTask(row, context)

  return {
    async claim(request, { requestId }) {
      const [taken, own] = await executor.write<[TaskClaim, TaskClaim]>([CLAIM_ONE, OWN_CLAIM], {
        ...request,
        ...{ namespace, requestId },
      })
      const row = taken[0] ?? own[0]
      return row ? toClaim(row) : null
    },

    async extend(claim, ttl) {
      const params = { ...claim, namespace, ttl }
      const [[extended]] = await executor.write<[TaskClaim]>([EXTEND], params)
      return extended ? toClaim(extended) : null
    },

    async release(claim) {
      const [released] = await executor.write<[Done]>([RELEASE], { ...claim, namespace })
      return released.length === 1
    },

    async findAvailable({ tags }, { limit, after }) {
      const rows = await executor.read<TaskRow>(findSql(tags !== undefined, after !== null), {
        ...(tags && { allowed: JSON.stringify(tags) }),
        ...(after && placeParams(after)),
        ...{ namespace, limit: limit + 1 },
      })
      return sliceOf(rows, limit, read, placeOf, ({ instanceId, workflowId, taskId }) =>
        JSON.stringify([instanceId, workflowId, taskId]),
      )
    },

    async claimNext({ tags, ...request }, { requestId }) {
      const [taken, own] = await executor.write<[TaskClaim & TaskRow, TaskClaim & TaskRow]>(
        [claimNextSql(tags !== undefined), OWN_NEXT],
        {
          ...(tags && { allowed: JSON.stringify(tags) }),
          ...request,
          ...{ namespace, requestId },
        },
      )
      const row = taken[0] ?? own[0]
      if (!row) return null
      // Taken before it is read: a task that cannot be read is held meanwhile, and its neighbours come next.
      return { claim: toClaim(row), task: read(row) }
    },
  }
}

// Every tag of the task is among those allowed.
const WITHIN_TAGS = `and not exists (select 1 from json_each(tags)
  where value not in (select value from json_each(:allowed)))`

function toClaim(row: TaskClaim): TaskClaim {
  const { instanceId, workflowId, taskId, workerId, token, claimedAt, expiresAt } = row
  return { instanceId, workflowId, taskId, workerId, token, claimedAt, expiresAt }
}

function placeOf({ priority, readyAt, instanceId, workflowId, taskId }: TaskRow): TaskPlace {
  return [priority, readyAt, instanceId, workflowId, taskId]
}

function placeParams(place: TaskPlace): Record<string, string | number> {
  const [priority, readyAt, instanceId, workflowId, taskId] = place
  return { priority, readyAt, instanceId, workflowId, taskId }
}
