import type { ListedTask } from './codec-tasks.ts'
import type { InUnit } from './database.ts'
import { againOnDuplicate } from './judge.ts'
import { join, ownedBy, type Filter } from './keys.ts'
import type { Collections, TaskRow } from './rows.ts'

/** How many claims a task has room for before its tokens run into those of tasks that were listed later. */
const EPOCH = 1024
const NEAR_THE_END = 1000

/** Nobody holds it, or the claim has expired. */
export function isFree(now: number): Filter {
  return { $or: [{ held: false }, { expiresAt: { $lte: now } }] }
}

/** The claim that names worker and token, while it is held. */
export function isHeldBy(
  { workerId, token }: { readonly workerId: string; readonly token: number },
  now: number,
): Filter {
  return {
    ...{ held: true, workerId, token },
    $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }],
  }
}

/** Whether somebody holds it, for one who has read it. */
export function isHeld({ held, expiresAt }: TaskRow, now: number): boolean {
  return held && (expiresAt === null || expiresAt > now)
}

/** What a save lists. */
export interface Listing {
  /** Of the snapshot. */
  readonly _id: string
  readonly ns: string
  readonly now: number
  /** Of the snapshot. */
  readonly version: number
  readonly tasks: readonly ListedTask[]
  /** Whether it is a part of a transaction. */
  readonly atomic: boolean
}

/**
 * Makes the tasks the ready ones of their snapshot. A task that was ready keeps its place in the queue, and one that
 * stays as it was is not written, so that nobody who takes it has to wait. Nobody's claim is touched: a task that is
 * not listed any more goes when nobody holds it.
 *
 * Outside of a transaction it is safe to call again, also when another save has come between: a task that a later version
 * put on the list, or took off, is left alone; so what is not listed any more stays there as long as its snapshot.
 */
export async function listTasks(
  { tasks, meta }: Pick<Collections, 'tasks' | 'meta'>,
  { _id: snapshot, ns, now, version, tasks: wanted, atomic }: Listing,
  options: InUnit,
): Promise<void> {
  const fresh = atomic && version === 1
  const rows = fresh ? [] : await tasks.find({ _id: ownedBy(snapshot) }, options).toArray()
  const stored = new Map(rows.map((row) => [row._id, row]))
  const listed = new Set(wanted.map(({ _id }) => _id))

  const added = wanted.filter(({ _id }) => !stored.has(_id))
  // Outside of the transaction: all saves of a namespace would wait for each other there.
  const token = added.length === 0 ? 0 : await nextEpoch(meta, ns)
  const inserts = added.map((task): object => {
    const hold = { held: false, workerId: null, claimedAt: null, expiresAt: null }
    const place = { ready: true, readyAt: now, listing: version }
    const document: TaskRow = { ...task, ns, ...place, token, ...hold }
    return { insertOne: { document } }
  })

  const listing = { $lte: version }
  const updates = wanted.flatMap(({ _id, ...task }) => {
    const row = stored.get(_id)
    if (row === undefined || isListed(row, task)) return []
    const readyAt = row.ready ? row.readyAt : now
    const change = { $set: { ...task, ready: true, readyAt, listing: version } }
    return { updateOne: { filter: { _id, listing }, update: change } }
  })

  const gone = rows.filter(({ _id }) => !listed.has(_id)).map(({ _id }) => _id)
  const _id = { $in: gone }
  const off = { $set: { ready: false, listing: version } }
  const removals =
    gone.length === 0
      ? []
      : [
          { updateMany: { filter: { _id, ready: true, listing }, update: off } },
          ...(atomic ? [{ deleteMany: { filter: { _id, ready: false, ...isFree(now) } } }] : []),
        ]

  const operations = [...inserts, ...updates, ...removals]
  if (operations.length > 0) await tasks.bulkWrite(operations, options)
}

function isListed(row: TaskRow, task: Omit<ListedTask, '_id'>): boolean {
  const { ready, priority, body, tags } = row
  return (
    ready &&
    priority === task.priority &&
    body === task.body &&
    join(...tags) === join(...task.tags) &&
    tags.length === task.tags.length
  )
}

/**
 * The token before the first one of a task that is listed now. It is above every token that was given out before, so
 * that a task's tokens also grow when its document is deleted and made anew.
 */
async function nextEpoch(meta: Collections['meta'], ns: string): Promise<number> {
  const row = await againOnDuplicate(() =>
    meta.findOneAndUpdate(
      { _id: ns },
      { $inc: { epoch: 1 } },
      { upsert: true, returnDocument: 'after' },
    ),
  )
  return (row?.epoch ?? 0) * EPOCH
}

/** Keeps the tokens of tasks that are listed later above this one. */
export async function keepAbove(
  meta: Collections['meta'],
  ns: string,
  token: number,
): Promise<void> {
  if (token % EPOCH < NEAR_THE_END) return
  const epoch = Math.floor(token / EPOCH) + 1
  await againOnDuplicate(() => meta.updateOne({ _id: ns }, { $max: { epoch } }, { upsert: true }))
}
