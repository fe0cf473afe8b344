import {
  comparePlaces,
  sliceOf,
  type AvailableTask,
  type ClaimBackend,
  type TaskFilter,
  type TaskKey,
  type TaskPlace,
} from '@holdfast/spec'
import { placeOfTask, readClaim, readTask } from './codec-tasks.ts'
import type { Context } from './context.ts'
import { isDuplicate, type Update } from './database.ts'
import { conflict } from './judge.ts'
import { join, lastIds, pageFilter, sortBy, type Filter } from './keys.ts'
import type { Collections, TaskRow } from './rows.ts'
import { takeFirst } from './take-first.ts'
import { isFree, isHeld, isHeldBy, keepAbove } from './tasks.ts'

const ORDER = ['priority', 'readyAt', '_id'] as const

export function createClaims(context: Context): ClaimBackend {
  const { collections, now, namespace: ns } = context

  const idOf = ({ instanceId, workflowId, taskId }: TaskKey): string =>
    join(ns, instanceId, workflowId, taskId)
  const read = (row: TaskRow): AvailableTask => readTask(row, context)
  const placeOf = ({ priority, readyAt, _id }: TaskRow): readonly [number, number, string] => [
    priority,
    readyAt,
    _id,
  ]
  const after = (place: TaskPlace | null): readonly (string | number)[] | null => {
    if (place === null) return null
    const [priority, readyAt, ...ids] = place
    return [priority, readyAt, join(ns, ...ids)]
  }

  const take = (workerId: string, ttl: number | null, claimRequest: string): Update => {
    const claimedAt = now()
    const expiresAt = ttl === null ? null : claimedAt + ttl
    return {
      $set: { held: true, workerId, claimedAt, expiresAt, claimRequest },
      $inc: { token: 1 },
    }
  }

  /** The task that an earlier try of the request took. */
  const heldFor = async ({ tasks }: Collections, claimRequest: string): Promise<TaskRow | null> => {
    const row = await tasks.findOne({ claimRequest })
    return row && isHeld(row, now()) ? row : null
  }

  /**
   * Takes a task for a request, which holds one at a time by a unique index: an earlier try of it may have one already.
   *
   * @returns what was taken now, or by that try
   */
  const takeOnce = async (
    { tasks, meta }: Collections,
    claimRequest: string,
    attempt: () => Promise<TaskRow | null>,
  ): Promise<TaskRow | null> => {
    for (;;) {
      try {
        const row = await attempt()
        if (row) await keepAbove(meta, ns, row.token)
        return row
      } catch (error) {
        if (!isDuplicate(error)) throw error
      }
      const earlier = await tasks.findOne({ claimRequest })
      if (earlier && isHeld(earlier, now())) return earlier
      // It has expired, and nobody has taken the task since.
      const freed = { $set: { held: false, expiresAt: null }, $unset: { claimRequest: '' } }
      if (earlier) await tasks.updateOne({ claimRequest, expiresAt: earlier.expiresAt }, freed)
    }
  }

  return {
    async claim({ workerId, ttl, ...key }, { requestId }) {
      const all = await collections()
      const _id = idOf(key)
      const claimRequest = join(ns, requestId)
      const row = await takeOnce(all, claimRequest, () =>
        all.tasks.findOneAndUpdate(
          { _id, ready: true, ...isFree(now()) },
          take(workerId, ttl, claimRequest),
          { returnDocument: 'after' },
        ),
      )
      if (row && row._id !== _id)
        throw conflict(`The request ${requestId} has claimed another task`)
      if (row) return readClaim(row)
      const earlier = await heldFor(all, claimRequest)
      return earlier?._id === _id ? readClaim(earlier) : null
    },

    async extend(claim, ttl) {
      const { tasks } = await collections()
      const time = now()
      const row = await tasks.findOneAndUpdate(
        { _id: idOf(claim), ...isHeldBy(claim, time) },
        { $set: { expiresAt: ttl === null ? null : time + ttl } },
        { returnDocument: 'after' },
      )
      return row && readClaim(row)
    },

    async release(claim) {
      const { tasks } = await collections()
      const { matchedCount } = await tasks.updateOne(
        { _id: idOf(claim), ...isHeldBy(claim, now()) },
        { $set: { held: false, expiresAt: null }, $unset: { claimRequest: '' } },
      )
      return matchedCount > 0
    },

    async findAvailable({ tags }, { limit, after: place }) {
      const { tasks } = await collections()
      const find = async (kind: Filter): Promise<readonly TaskRow[]> =>
        tasks
          .find(pageFilter({ ...kind, ...tagged(tags) }, ORDER, after(place)), {
            sort: sortBy(ORDER),
            limit: limit + 1,
            batchSize: limit + 2,
          })
          .toArray()
      const found = await Promise.all([find(freeOf(ns)), find(expiredOf(ns, now()))])
      const distinct = new Map(found.flat().map((row) => [row._id, row]))
      const rows = [...distinct.values()].sort((a, b) => comparePlaces(placeOf(a), placeOf(b)))
      const nameOf = (row: TaskRow): string => JSON.stringify(lastIds(row._id, 3))
      return sliceOf(rows, limit, read, placeOfTask, nameOf)
    },

    async claimNext({ workerId, ttl, tags }, { requestId }) {
      const all = await collections()
      const claimRequest = join(ns, requestId)
      const taken = await takeOnce(all, claimRequest, () => {
        const free = { ...freeOf(ns), ...tagged(tags) }
        const expired = { ...expiredOf(ns, now()), ...tagged(tags) }
        const queue = { collection: all.tasks, free, expired, fields: ORDER, placeOf, after: null }
        return takeFirst(queue, take(workerId, ttl, claimRequest))
      })
      // With nothing to take, an earlier try shows by what it took only.
      const row = taken ?? (await heldFor(all, claimRequest))
      // Taken before it is read: a task that cannot be read is held meanwhile, and its neighbours come next.
      return row && { claim: readClaim(row), task: read(row) }
    },
  }
}

function freeOf(ns: string): Filter {
  return { ns, ready: true, held: false }
}

function expiredOf(ns: string, now: number): Filter {
  return { ns, ready: true, expiresAt: { $lte: now } }
}

/** Every tag of the task is among those of the worker. */
function tagged(tags: TaskFilter['tags']): Filter {
  return tags === undefined ? {} : { tags: { $not: { $elemMatch: { $nin: tags } } } }
}
