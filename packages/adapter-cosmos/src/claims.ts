import {
  sliceOf,
  type AvailableTask,
  type ClaimBackend,
  type NextClaimRequest,
  type TaskClaim,
  type TaskFilter,
  type TaskPlace,
} from '@holdfast/spec'
import {
  CLAIMED,
  FREE,
  IDLE,
  UNLISTED,
  readClaim,
  readTask,
  taskId,
  taskPlace,
  type Lease,
  type TaskItem,
} from './codec-tasks.ts'
import type { Context } from './context.ts'
import { digest } from './keys.ts'
import type { Patch, Question } from './partition.ts'
import { isHeld } from './tasks.ts'

type Available = Pick<TaskItem, 'id' | 'key' | 'at' | 'listing' | 'body'>

/** An available task, with its body if that was asked for and it was free. */
type Found = Omit<Available, 'body'> & Partial<Pick<Available, 'body'>>

/** How many tasks a search for the next one sees: others may be faster with the first ones. */
const CANDIDATES = 10

const LISTED = 'c.id, c.key, c.at, c.listing'

// https://learn.microsoft.com/azure/cosmos-db/nosql/query/subquery
const SUITS =
  'NOT EXISTS (SELECT VALUE t FROM t IN c.listing.tags WHERE NOT ARRAY_CONTAINS(@tags, t))'

export function createClaims(context: Context): ClaimBackend {
  const { database } = context
  const { main } = database

  const read = (row: Available): AvailableTask => readTask(row, context)

  /** Takes a task if it is free now; `null` when it is not. */
  const take = async (
    id: string,
    { workerId, ttl }: Pick<NextClaimRequest, 'workerId' | 'ttl'>,
    requestId: string,
  ): Promise<TaskItem | null> => {
    const now = database.now()
    const lease: Lease = { workerId, claimedAt: now, worker: digest(workerId), extendedBy: '' }
    const expiry = ttl === null ? null : now + ttl
    const taken = await main.patch<TaskItem>(id, {
      set: { state: CLAIMED, lease, expiry, request: requestId },
      add: { token: 1 },
      where: `c.state = "${FREE}" OR (c.state = "${CLAIMED}" AND c.expiry <= ${now})`,
    })
    return typeof taken === 'string' ? null : taken
  }

  /** Changes a claim while it is held; else what is stored of the task. */
  const change = async (
    { workerId, token, ...key }: TaskClaim,
    { set, where }: Required<Pick<Patch, 'set' | 'where'>>,
  ): Promise<{ readonly done: boolean; readonly item: TaskItem | null }> => {
    const held =
      `c.token = ${token} AND c.lease.worker = "${digest(workerId)}"` +
      ` AND (IS_NULL(c.expiry) OR c.expiry > ${database.now()})`
    const id = taskId(key)
    const changed = await main.patch<TaskItem>(id, { set, where: `${held} AND ${where}` })
    if (typeof changed !== 'string') return { done: true, item: changed }
    if (changed === 'missing') return { done: false, item: null }
    const item = await main.read<TaskItem>(id)
    const isHis = item?.token === token && item.lease?.worker === digest(workerId)
    return { done: false, item: item && isHis && isHeld(item, database.now()) ? item : null }
  }

  /** Those that are free, and those whose claim has expired: each has an index, so that no search steps over held ones. */
  const search = async (
    { tags }: TaskFilter,
    after: TaskPlace | null,
    limit: number,
    body = '',
  ): Promise<Found[]> => {
    const suits = tags === undefined ? '' : ` AND ${SUITS}`
    const parameters = {
      ...(tags !== undefined && { tags }),
      after: after === null ? '' : taskPlace(...after),
    }
    const free: Question = {
      select: `${LISTED}${body}`,
      where: `c.state = '${FREE}' AND c.at > @after${suits}`,
      order: 'c.state, c.at',
      parameters,
    }
    // All of them, since the first to expire need not be the first in the queue.
    const expired: Question = {
      select: LISTED,
      where: `c.state = '${CLAIMED}' AND c.expiry <= @now AND c.at > @after${suits}`,
      order: 'c.state, c.expiry',
      parameters: { ...parameters, now: database.now() },
    }
    const found = await Promise.all([main.query<Found>(free, limit), main.query<Found>(expired)])
    return found
      .flat()
      .toSorted((a, b) => (a.at < b.at ? -1 : 1))
      .slice(0, limit)
  }

  /** The tasks with their bodies; without those that were deleted meanwhile. */
  const withBodies = async (found: readonly Found[]): Promise<Available[]> => {
    const ids = found.filter(({ body }) => body === undefined).map(({ id }) => id)
    const rows =
      ids.length === 0
        ? []
        : await main.query<Pick<TaskItem, 'id' | 'body'>>({
            select: 'c.id, c.body',
            where: 'ARRAY_CONTAINS(@ids, c.id)',
            parameters: { ids },
          })
    const bodies = new Map(rows.map(({ id, body }) => [id, body]))
    return found.flatMap((task) => {
      const body = task.body ?? bodies.get(task.id)
      return body === undefined ? [] : [{ ...task, body }]
    })
  }

  return {
    async claim({ workerId, ttl, ...key }, { requestId }) {
      const id = taskId(key)
      const taken = await take(id, { workerId, ttl }, requestId)
      if (taken !== null) return readClaim(taken)
      const stored = await main.read<TaskItem>(id)
      const isMine = stored?.request === requestId && isHeld(stored, database.now())
      return stored && isMine ? readClaim(stored) : null
    },

    async extend(claim, ttl, { requestId }) {
      const extendedBy = digest(requestId)
      const expiry = ttl === null ? null : database.now() + ttl
      const { done, item } = await change(claim, {
        set: { expiry, 'lease/extendedBy': extendedBy },
        where: `c.state IN ("${CLAIMED}", "${UNLISTED}") AND c.lease.extendedBy != "${extendedBy}"`,
      })
      if (item === null || (!done && item.lease?.extendedBy !== extendedBy)) return null
      return readClaim(item)
    },

    async release(claim) {
      const none = { lease: null, expiry: null, request: null }
      const free = { set: { state: FREE, ...none }, where: `c.state = "${CLAIMED}"` }
      const released = await change(claim, free)
      if (released.done || released.item?.state !== UNLISTED) return released.done
      // The next save of the snapshot forgets it.
      const idle = { set: { state: IDLE, ...none }, where: `c.state = "${UNLISTED}"` }
      return (await change(claim, idle)).done
    },

    async findAvailable(filter, { limit, after }) {
      const found = await search(filter, after, limit + 1, ', c.body')
      const page = await withBodies(found.slice(0, limit))
      const slice = sliceOf(page, limit, read, placeOf, ({ key }) => JSON.stringify(key))
      const last = found[limit - 1]
      return { ...slice, next: last && found.length > limit ? placeOf(last) : null }
    },

    async claimNext({ workerId, ttl, ...filter }, { requestId }) {
      const repeats = main.query<TaskItem>({
        select: '*',
        where: 'c.request = @requestId',
        parameters: { requestId },
      })
      for (;;) {
        const [repeated, found] = await Promise.all([repeats, search(filter, null, CANDIDATES)])
        const repeat = repeated.find((item) => isHeld(item, database.now()))
        if (repeat !== undefined) return { claim: readClaim(repeat), task: read(repeat) }
        for (const { id } of found) {
          const taken = await take(id, { workerId, ttl }, requestId)
          if (taken !== null) return { claim: readClaim(taken), task: read(taken) }
        }
        // Others were faster with every one of them: there may be more.
        if (found.length < CANDIDATES) return null
      }
    },
  }
}

function placeOf({ key, listing }: Pick<TaskItem, 'key' | 'listing'>): TaskPlace {
  const [instanceId = '', workflowId = '', task = ''] = key
  return [listing.priority, listing.readyAt, instanceId, workflowId, task]
}
