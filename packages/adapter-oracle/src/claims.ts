import {
  sliceOf,
  type AvailableTask,
  type ClaimBackend,
  type TaskClaim,
  type TaskKey,
} from '@holdfast/spec'
import { conflict, placeOfTask, type TaskKeyRow } from '@holdfast/spec/rows'
import { claimStatements } from './claims-sql.ts'
import { readHeld, readTask, type HeldRow, type TaskRow } from './codec.ts'
import type { Context } from './context.ts'
import { unlessTaken } from './judge.ts'
import { takeFirst, type PassedOver } from './passed-over.ts'

const NOWHERE = [null, null, null, null, null] as const

type LeaseRow = Omit<HeldRow, keyof TaskKeyRow>

type ClaimedRow = TaskRow & HeldRow & PassedOver

export function createClaims(context: Context): ClaimBackend {
  const { read: rowsOf, write } = context
  const sql = claimStatements(context)

  const read = (row: TaskRow): AvailableTask => readTask(row, context)

  /**
   * A request holds one task at a time, by a unique index: of two tries of one request that are under way at once, the
   * later one fails, and finds the claim of the earlier one when it is made again.
   */
  const claimOnce = async <T>(requestId: string, claim: () => Promise<T>): Promise<T> => {
    const first = await unlessTaken(claim)
    if (first !== undefined) return first
    // Or its claim has expired, and nobody has taken the task since.
    await write(sql.forget, { requestId })
    const second = await unlessTaken(claim)
    if (second !== undefined) return second
    throw conflict(`The request ${requestId} has claimed another task`)
  }

  return {
    async claim(request, { requestId }) {
      const key = keyOf(request)
      const params = { ...key, workerId: request.workerId, ttl: request.ttl, requestId }
      const { out } = await claimOnce(requestId, () => write<LeaseRow>(sql.claim, params))
      return out ? readHeld({ ...rowOf(key), ...out }) : null
    },

    async extend(claim, ttl, { requestId }) {
      const params = { ...holdOf(claim), ttl, requestId }
      const { out } = await write<LeaseRow>(sql.extend, params)
      return out ? readHeld({ ...rowOf(claim), ...out }) : null
    },

    async release(claim) {
      const { count } = await write(sql.release, holdOf(claim))
      return count > 0
    },

    async findAvailable({ tags }, { limit, after }) {
      const [priority, readyAt, instanceId, workflowId, taskId] = after ?? NOWHERE
      const rows = await rowsOf<TaskRow>(
        sql.findAvailable(tags !== undefined, after !== null),
        {
          ...{ limit: limit + 1, priority, readyAt, instanceId, workflowId, taskId },
          ...(tags && { tags: JSON.stringify(tags) }),
        },
        limit + 1,
      )
      return sliceOf(rows, limit, read, placeOfTask, (row) =>
        JSON.stringify([row.instance_id, row.workflow_id, row.task_id]),
      )
    },

    async claimNext({ workerId, ttl, tags }, { requestId }) {
      const params = { workerId, ttl, requestId, ...(tags && { tags: JSON.stringify(tags) }) }
      const row = await takeFirst(async (waiting) => {
        const next = sql.claimNext(tags !== undefined, waiting)
        const { out } = await claimOnce(requestId, () => write<ClaimedRow>(next, params))
        return out
      })
      // Taken before it is read: a task that cannot be read is held meanwhile, and its neighbours come next.
      return row ? { claim: readHeld(row), task: read(row) } : null
    },
  }
}

type KeyParams = Readonly<Record<'instanceId' | 'workflowId' | 'taskId', string>>

function keyOf({ instanceId, workflowId, taskId }: TaskKey): KeyParams {
  return { instanceId, workflowId, taskId }
}

function rowOf({ instanceId, workflowId, taskId }: TaskKey): TaskKeyRow {
  return { instance_id: instanceId, workflow_id: workflowId, task_id: taskId }
}

/** What proves a hold. */
function holdOf(
  claim: TaskClaim,
): KeyParams & { readonly workerId: string; readonly fencingToken: number } {
  return { ...keyOf(claim), workerId: claim.workerId, fencingToken: claim.token }
}
