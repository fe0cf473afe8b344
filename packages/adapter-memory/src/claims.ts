import {
  comparePlaces,
  decodeBody,
  type AvailableTask,
  type ClaimBackend,
  type TaskClaim,
  type TaskFilter,
  type TaskPlace,
} from '@holdfast/spec'
import type { Context } from './context.ts'
import { keyOf, pageOf, type TaskRow } from './database.ts'
import type { TaskBody } from './snapshots.ts'

export function createClaims(context: Context): ClaimBackend {
  const { tables, now } = context

  const available = ({ tags }: TaskFilter): TaskRow[] =>
    [...tables.tasks.values()].filter(
      (row) =>
        row.ready &&
        !isHeld(row, now()) &&
        (tags === undefined || row.tags.every((tag) => tags.includes(tag))),
    )

  const read = (row: TaskRow): AvailableTask => {
    const { instanceId, workflowId, taskId, tags, priority, readyAt, body } = row
    const rest = decodeBody<TaskBody>(body, `task ${taskId}`, context)
    return { instanceId, workflowId, taskId, tags, priority, readyAt, ...rest }
  }

  const take = (
    row: TaskRow,
    workerId: string,
    ttl: number | null,
    claimRequest: string,
  ): TaskRow => {
    const claimedAt = now()
    // One row of numbers for all tasks, so that a task's tokens also grow when its row is deleted and made anew.
    tables.tokens += 1
    const token = tables.tokens
    const expiresAt = ttl === null ? null : claimedAt + ttl
    const taken = { ...row, held: true, workerId, token, claimedAt, expiresAt, claimRequest }
    tables.tasks.set(keyOf(row.instanceId, row.workflowId, row.taskId), taken)
    return taken
  }

  /** The task that an earlier try of the same request took. */
  const isRepeat = (row: TaskRow, requestId: string): boolean =>
    row.claimRequest === requestId && isHeld(row, now())

  return {
    async claim({ instanceId, workflowId, taskId, workerId, ttl }, { requestId }) {
      const row = tables.tasks.get(keyOf(instanceId, workflowId, taskId))
      if (!row) return null
      if (isRepeat(row, requestId)) return toClaim(row)
      if (!row.ready || isHeld(row, now())) return null
      return toClaim(take(row, workerId, ttl, requestId))
    },

    async extend(claim, ttl) {
      const key = keyOf(claim.instanceId, claim.workflowId, claim.taskId)
      const row = tables.tasks.get(key)
      if (!isHeldBy(row, claim, now())) return null
      const extended = { ...row, expiresAt: ttl === null ? null : now() + ttl }
      tables.tasks.set(key, extended)
      return toClaim(extended)
    },

    async release(claim) {
      const key = keyOf(claim.instanceId, claim.workflowId, claim.taskId)
      const row = tables.tasks.get(key)
      if (!isHeldBy(row, claim, now())) return false
      tables.tasks.set(key, { ...row, held: false })
      return true
    },

    async findAvailable(filter, page) {
      return pageOf(available(filter), page, placeOf, read, (row) =>
        keyOf(row.instanceId, row.workflowId, row.taskId),
      )
    },

    async claimNext({ workerId, ttl, ...filter }, { requestId }) {
      const repeated = [...tables.tasks.values()].find((row) => isRepeat(row, requestId))
      if (repeated) return { claim: toClaim(repeated), task: read(repeated) }
      const [first] = available(filter).sort((a, b) => comparePlaces(placeOf(a), placeOf(b)))
      if (!first) return null
      // Taken before it is read: a task that cannot be read is held meanwhile, and its neighbours come next.
      const claim = toClaim(take(first, workerId, ttl, requestId))
      return { claim, task: read(first) }
    },
  }
}

function isHeld(row: TaskRow, now: number): boolean {
  return row.held && (row.expiresAt === null || row.expiresAt > now)
}

/** Whether `claim` is the one that holds the task. */
export function isHeldBy(row: TaskRow | undefined, claim: TaskClaim, now: number): row is TaskRow {
  return (
    row !== undefined &&
    isHeld(row, now) &&
    row.token === claim.token &&
    row.workerId === claim.workerId
  )
}

function toClaim(row: TaskRow): TaskClaim {
  const { instanceId, workflowId, taskId, workerId, token, claimedAt, expiresAt } = row
  return { instanceId, workflowId, taskId, workerId, token, claimedAt, expiresAt }
}

function placeOf(row: TaskRow): TaskPlace {
  return [row.priority, row.readyAt, row.instanceId, row.workflowId, row.taskId]
}
