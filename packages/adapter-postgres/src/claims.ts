import {
  sliceOf,
  type AvailableTask,
  type ClaimBackend,
  type TaskClaim,
  type TaskKey,
} from '@holdfast/spec'
import { conflict, placeOfTask, readClaim, type ClaimRow } from '@holdfast/spec/rows'
import { claimStatements } from './claims-sql.ts'
import { readTask, type TaskRow } from './codec.ts'
import type { Context } from './context.ts'
import { isUniqueViolation } from './judge.ts'
import { takeFirst, type PassedOver } from './passed-over.ts'

const NOWHERE = [null, null, null, null, null] as const

type ClaimedRow = TaskRow & ClaimRow

export function createClaims(context: Context): ClaimBackend {
  const { run } = context
  const sql = claimStatements(context.schema)

  const read = (row: TaskRow): AvailableTask => readTask(row, context)

  /**
   * A request holds one task at a time, by a unique index: of two tries of one request that are under way at once, the
   * later one fails, and finds the claim of the earlier one when it is made again.
   */
  const claimOnce = async <T>(requestId: string, claim: () => Promise<T>): Promise<T> => {
    try {
      return await claim()
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
    }
    // Or its claim has expired, and nobody has taken the task since.
    await run(sql.forget, { requestId })
    try {
      return await claim()
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      throw conflict(`The request ${requestId} has claimed another task`)
    }
  }

  return {
    async claim(request, { requestId }) {
      const params = { ...keyOf(request), workerId: request.workerId, ttl: request.ttl, requestId }
      const [row] = await claimOnce(requestId, () => run<ClaimRow>(sql.claim, params))
      return row ? readClaim(row) : null
    },

    async extend(claim, ttl) {
      const [row] = await run<ClaimRow>(sql.extend, { ...holdOf(claim), ttl })
      return row ? readClaim(row) : null
    },

    async release(claim) {
      const rows = await run(sql.release, holdOf(claim))
      return rows.length > 0
    },

    async findAvailable({ tags }, { limit, after }) {
      const [priority, readyAt, instanceId, workflowId, taskId] = after ?? NOWHERE
      const rows = await run<TaskRow>(sql.findAvailable(tags !== undefined, after !== null), {
        ...{ limit: limit + 1, priority, readyAt, instanceId, workflowId, taskId },
        ...(tags && { tags }),
      })
      return sliceOf(rows, limit, read, placeOfTask, (row) =>
        JSON.stringify([row.instance_id, row.workflow_id, row.task_id]),
      )
    },

    async claimNext({ workerId, ttl, tags }, { requestId }) {
      const params = { workerId, ttl, requestId, ...(tags && { tags }) }
      const row = await takeFirst(async (waiting) => {
        const next = sql.claimNext(tags !== undefined, waiting)
        const [found] = await claimOnce(requestId, () => run<ClaimedRow & PassedOver>(next, params))
        return found
      })
      if (!row || row.task_id === null) return null
      // Taken before it is read: a task that cannot be read is held meanwhile, and its neighbours come next.
      return { claim: readClaim(row), task: read(row) }
    },
  }
}

type KeyParams = Readonly<Record<'instanceId' | 'workflowId' | 'taskId', string>>

function keyOf({ instanceId, workflowId, taskId }: TaskKey): KeyParams {
  return { instanceId, workflowId, taskId }
}

/** What proves a hold. */
function holdOf(
  claim: TaskClaim,
): KeyParams & { readonly workerId: string; readonly token: number } {
  return { ...keyOf(claim), workerId: claim.workerId, token: claim.token }
}
