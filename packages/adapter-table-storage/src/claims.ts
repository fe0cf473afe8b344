import type {
  AvailableTask,
  ClaimBackend,
  ClaimedTask,
  TaskClaim,
  TaskFilter,
  TaskPlace,
} from '@holdfast/spec'
import { SNAPSHOT_HEAD, readClaim, readTask, readTaskKey, tagsOf } from './codec-tasks.ts'
import { cleared, fields, numberOf, textOf } from './codec.ts'
import type { Context } from './context.ts'
import { upTo } from './keys.ts'
import { inOrder, pageOf, take, type Order } from './pages.ts'
import { Conflict, type Content, type Row } from './table.ts'
import {
  changeTask,
  freePlaceKey,
  freeRange,
  heldRange,
  isHeld,
  isHeldBy,
  isReady,
  placeOf,
  searchKey,
  taskKey,
} from './tasks-rows.ts'
import { parallel } from './parallel.ts'

const order: Order<TaskPlace> = { placeOf, keyOf: (place) => freePlaceKey(...place) }

/** How many free tasks those read who take one. */
const LOOKED_AT = 32

const BATCH = 1000

export function createClaims(context: Context): ClaimBackend {
  const { main, now, tasks } = context

  const read = ({ content }: Row): AvailableTask => readTask(content, context)

  const change = async (row: Row, merged: Content): Promise<Content> => {
    const etags = await main.commit([changeTask(row, merged)])
    const content = { ...row.content, ...merged }
    const etag = etags.get(row.key)
    if (etag !== undefined) tasks.set({ key: row.key, etag, content })
    return content
  }

  /** The task, if the claim is the one that holds it. One that was claimed here need not be read, while nobody changes it. */
  const takeHeld = async (claim: TaskClaim): Promise<Row | null> => {
    const key = taskKey(claim)
    const known = tasks.take(key)
    if (known && isHeldBy(known.content, claim, now())) return known
    const row = await main.take(key, SNAPSHOT_HEAD)
    return row && isHeldBy(row.content, claim, now()) ? row : null
  }

  /** Takes a free task. */
  const hold = async (
    row: Row,
    workerId: string,
    ttl: number | null,
    claimRequest: string,
    searched: '' | '1',
  ): Promise<Content> => {
    const claimedAt = now()
    const lease = cleared({
      ...{ held: 1, token: numberOf(row.content, 'token') + 1, workerId, claimedAt },
      ...{ expiresAt: ttl === null ? null : claimedAt + ttl, claimRequest },
      ...{ extendRequest: null, searched },
    })
    return change(row, lease)
  }

  const letGo = async (row: Row): Promise<Content> =>
    change(row, fields({ held: '', searched: '' }))

  /** Lets go of claims that have expired. Whether there were any. */
  const freeExpired = async (): Promise<boolean> => {
    const late = await take(main.rows(upTo(heldRange(), now()), BATCH), BATCH)
    await parallel(late, async ({ content }) =>
      main.attempt(async () => {
        const row = await main.take(taskKey(readTaskKey(content)), SNAPSHOT_HEAD)
        if (row && textOf(row.content, 'held') === '1' && !isHeld(row.content, now()))
          await letGo(row)
      }),
    )
    return late.length > 0
  }

  /** What `find` finds, with the tasks free whose claims have expired. */
  const searching = async <T>(find: () => Promise<T>): Promise<T> => {
    const [found, freed] = await Promise.all([find(), freeExpired()])
    return freed ? searching(find) : found
  }

  const search = (
    filter: TaskFilter,
    after: TaskPlace | null,
    count: number,
  ): AsyncIterable<Row> => {
    // With tags, many are stepped over.
    const size = filter.tags === undefined ? count : BATCH
    return inOrder(main, freeRange(), order, after, size)
  }

  /** Some of the first tasks that are free. */
  const candidates = async (filter: TaskFilter): Promise<Row[]> => {
    const found: Row[] = []
    let looked = 0
    for await (const row of search(filter, null, LOOKED_AT)) {
      if (matches(row, filter)) found.push(row)
      looked += 1
      if (looked >= LOOKED_AT && found.length > 0) break
    }
    return found
  }

  /** The task that an earlier try of the same request took. */
  const findTaken = async (requestId: string): Promise<ClaimedTask | null> => {
    const named = await main.get(searchKey(requestId))
    const row = named && (await main.take(taskKey(readTaskKey(named.content))))
    if (!row || textOf(row.content, 'claimRequest') !== requestId) return null
    return isHeld(row.content, now()) ? { claim: readClaim(row.content), task: read(row) } : null
  }

  /** Takes the task that a row of the queue names. `null` when somebody else was first. */
  const tryTake = async (
    { workerId, ttl }: { readonly workerId: string; readonly ttl: number | null },
    queued: Row,
    requestId: string,
  ): Promise<ClaimedTask | null> => {
    const row = await main.take(taskKey(readTaskKey(queued.content)))
    if (!row || !isFree(row.content)) return null
    try {
      const content = await hold(row, workerId, ttl, requestId, '1')
      return { claim: readClaim(content), task: read(row) }
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      // Perhaps by this very call, which was sent twice.
      return findTaken(requestId)
    }
  }

  return {
    async claim({ workerId, ttl, ...key }, { requestId }) {
      return main.attempt(async () => {
        const row = await main.take(taskKey(key), SNAPSHOT_HEAD)
        if (row === null) return null
        const { content } = row
        if (isHeld(content, now()))
          return textOf(content, 'claimRequest') === requestId ? readClaim(content) : null
        if (!isReady(content)) return null
        return readClaim(await hold(row, workerId, ttl, requestId, ''))
      })
    },

    async extend(claim, ttl, { requestId }) {
      return main.attempt(async () => {
        const row = await takeHeld(claim)
        if (row === null) return null
        if (textOf(row.content, 'extendRequest') === requestId) return readClaim(row.content)
        const expiresAt = ttl === null ? null : now() + ttl
        const lease = cleared({ expiresAt, extendRequest: requestId })
        return readClaim(await change(row, lease))
      })
    },

    async release(claim) {
      return main.attempt(async () => {
        const row = await takeHeld(claim)
        if (row === null) return false
        await letGo(row)
        return true
      })
    },

    async findAvailable(filter, { limit, after }) {
      const queued = await searching(async () =>
        take(matching(search(filter, after, limit + 1), filter), limit + 1),
      )
      const fetch = async ({ content }: Row): Promise<Row | null> => {
        const row = await main.get(taskKey(readTaskKey(content)))
        // Somebody may have taken it since.
        return row && isFree(row.content) ? row : null
      }
      const nameOf = ({ content }: Row): string => {
        const { instanceId, workflowId, taskId } = readTaskKey(content)
        return JSON.stringify([instanceId, workflowId, taskId])
      }
      return pageOf(queued, limit, order, fetch, read, nameOf)
    },

    async claimNext({ workerId, ttl, ...filter }, { requestId }) {
      return main.attempt(async () => {
        const [mine, found] = await Promise.all([
          findTaken(requestId),
          searching(async () => candidates(filter)),
        ])
        if (mine) return mine
        const [first, ...others] = found
        if (first === undefined) return null
        // Where others were faster, they are likely to be so at the next one, too.
        for (const queued of [first, ...shuffled(others)]) {
          const taken = await tryTake({ workerId, ttl }, queued, requestId)
          if (taken) return taken
        }
        throw new Conflict('Others took what was free')
      })
    },
  }

  function isFree(content: Content): boolean {
    return isReady(content) && textOf(content, 'held') !== '1'
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

function matches({ content }: Row, { tags }: TaskFilter): boolean {
  return tags === undefined || tagsOf(content).every((tag) => tags.includes(tag))
}

async function* matching(rows: AsyncIterable<Row>, filter: TaskFilter): AsyncIterable<Row> {
  for await (const row of rows) if (matches(row, filter)) yield row
}
