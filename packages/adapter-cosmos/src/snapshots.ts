import {
  PersistenceError,
  sliceOf,
  type Snapshot,
  type SnapshotBackend,
  type SnapshotPlace,
  type SnapshotRow,
  type SnapshotSummary,
  type TaskClaim,
} from '@holdfast/spec'
import {
  SNAPSHOTS,
  familyOf,
  listedTasks,
  readSnapshot,
  readSummary,
  snapshotContent,
  snapshotId,
  snapshotState,
  taskId,
  taskItem,
  tombstoneOf,
  type ListedTask,
  type SnapshotItem,
} from './codec-tasks.ts'
import type { Context } from './context.ts'
import { commit, fits, keepPromises } from './journal.ts'
import { isRepeat, untilSettled } from './judge.ts'
import { digest } from './keys.ts'
import { endOf, join } from './order.ts'
import type { Stored, Write } from './partition.ts'
import { isHeld, planTasks, taskOf, taskWrites, type Member } from './tasks.ts'

type Head = Stored<Omit<SnapshotItem, 'body' | 'brief'>>
type Listed = Pick<
  SnapshotItem,
  'key' | 'status' | 'createdAt' | 'updatedAt' | 'version' | 'brief' | 'at'
>

const MEMBER =
  'c.id, c._etag, c._rid, c.kind, c.key, c.family, c.state, c.status, c.createdAt, c.updatedAt, c.updatedBy, ' +
  'c.version, c.floor, c.listing, c.token, c.lease, c.expiry, c.request'

export function createSnapshots(context: Context): SnapshotBackend {
  const { database } = context
  const { main } = database

  const read = (item: SnapshotItem): Snapshot => readSnapshot(item, context)

  const family = (name: string): Promise<Member[]> =>
    main.query<Member>({ select: MEMBER, where: 'c.family = @name', parameters: { name } })

  /** A first save in one round trip; `undefined` when something is there that has to be looked at. */
  const saveFirst = async (
    snapshot: SnapshotRow,
    listed: readonly ListedTask[],
    requestId: string,
  ): Promise<Snapshot | undefined> => {
    const now = database.now()
    const createdAt = snapshot.createdAt ?? now
    const content = snapshotContent(snapshot, 1, context)
    const times = { createdAt, updatedAt: now }
    const writes: Write[] = [
      { create: { ...content, ...times, updatedBy: requestId, floor: 0 } as SnapshotItem },
      ...listed.map((task): Write => ({ create: taskItem(snapshot, task, now, Math.max(0, now)) })),
    ]
    if (!fits(writes)) return undefined
    const { written } = await main.batch(writes)
    return written ? { ...snapshot, ...times, version: 1 } : undefined
  }

  const tryToSave = async (
    snapshot: SnapshotRow,
    listed: readonly ListedTask[],
    fence: TaskClaim | null,
    requestId: string,
  ): Promise<Snapshot | undefined> => {
    const { version } = snapshot
    const what = `snapshot ${snapshot.instanceId}, ${snapshot.workflowId}`
    const members = await family(familyOf(snapshot))
    const now = database.now()
    const [stored = null, tombstone] = ['snapshot', 'tombstone'].map((kind) =>
      members.find((member) => member.kind === kind),
    ) as [Head?, Head?]
    const isMine = stored?.version === version + 1 && stored.updatedBy === requestId
    const fenced = fence === null || isMine ? null : fencedBy(fence, members, now, what)
    if (stored === null && version !== 0)
      throw new PersistenceError('NOT_FOUND', `There is no ${what}`)
    if (stored !== null && isRepeat(stored, version, requestId, what)) {
      // Its tasks may still be to be seen to, if the reply was lost.
      await keepPromises(main)
      const item = await main.read<SnapshotItem>(stored.id)
      return item?.kind === 'snapshot' ? read(item) : undefined
    }
    const createdAt = stored?.createdAt ?? snapshot.createdAt ?? now
    const updatedAt = Math.max(stored?.updatedAt ?? now, now)
    const old = stored ?? tombstone
    const tasks = members.filter(({ kind }) => kind === 'task')
    const { steps, floor } = planTasks(snapshot, listed, tasks, { now, floor: old?.floor ?? 0 })
    const item = {
      ...snapshotContent(snapshot, version + 1, context),
      ...{ createdAt, updatedAt, updatedBy: requestId, floor },
    }
    const first: Write = old ? { replace: item, etag: old._etag } : { create: item }
    const byId = new Map(tasks.map((task) => [task.id, task]))
    const writes = steps.flatMap((step) => taskWrites(step, byId.get(taskOf(step))))
    const { written } = fits([first, ...fencedWith(fenced, writes), ...writes])
      ? await main.batch([first, ...fencedWith(fenced, writes), ...writes])
      : await commit(main, [first, ...fencedWith(fenced, [])], steps, {
          // A later save sees to all of the tasks: what is left to be done of this one is void then.
          guard: { id: item.id, version: item.version },
        })
    return written ? { ...snapshot, createdAt, updatedAt, version: version + 1 } : undefined
  }

  const tryToDelete = async (id: string, name: string): Promise<boolean | undefined> => {
    const members = await family(name)
    const stored = members.find((member) => member.id === id && member.kind === 'snapshot')
    if (stored === undefined) {
      // Tasks without their snapshot: a deletion is still to be finished.
      if (members.some(({ kind }) => kind === 'task')) await keepPromises(main)
      return false
    }
    const tasks = members.filter((member) => member !== stored)
    const first: Write = { replace: tombstoneOf(stored, members), etag: stored._etag }
    const removals = tasks.map(({ id: task, _etag: etag }): Write => ({ remove: task, etag }))
    const { written } = fits([first, ...removals])
      ? await main.batch([first, ...removals])
      : await commit(
          main,
          [first],
          tasks.map(({ id: drop, _rid: rid }) => ({ drop, rid })),
        )
    return written ? true : undefined
  }

  return {
    async save(snapshot, fence, { requestId }) {
      const listed = listedTasks(snapshot, context)
      if (snapshot.version === 0 && fence === null) {
        const saved = await saveFirst(snapshot, listed, requestId)
        if (saved !== undefined) return saved
      }
      return untilSettled(`snapshot ${snapshot.instanceId}`, async () =>
        tryToSave(snapshot, listed, fence, requestId),
      )
    },

    async load(key) {
      const item = await main.read<SnapshotItem>(snapshotId(key))
      return item?.kind === 'snapshot' ? read(item) : null
    },

    async delete(key) {
      return untilSettled(`snapshot ${key.instanceId}`, async () =>
        tryToDelete(snapshotId(key), familyOf(key)),
      )
    },

    async list({ status }, { limit, after }) {
      const prefix = status === undefined ? SNAPSHOTS : ''
      const member = status === undefined ? 'place' : 'at'
      const rows = await main.query<Listed>(
        {
          select: 'c.key, c.status, c.createdAt, c.updatedAt, c.version, c.brief, c.at',
          where: `${status === undefined ? '' : 'c.state = @state AND '}c.${member} > @after AND c.${member} < @end`,
          order: status === undefined ? 'c.place' : 'c.state, c.at',
          parameters: {
            ...(status !== undefined && { state: snapshotState(status) }),
            after: prefix + (after === null ? '' : join(...after)),
            end: endOf(prefix),
          },
        },
        limit + 1,
      )
      const summary = (row: Listed): SnapshotSummary => readSummary(row, context)
      const nameOf = (row: Listed): string => JSON.stringify(row.key)
      return sliceOf(rows, limit, summary, placeOf, nameOf)
    },
  }
}

/** The task that a fence is on. @throws {PersistenceError} `CLAIM_LOST` */
function fencedBy(fence: TaskClaim, members: readonly Member[], now: number, what: string): Member {
  const id = taskId(fence)
  const task = members.find((member) => member.id === id)
  const { token, lease } = task ?? {}
  const isMine = token === fence.token && lease?.worker === digest(fence.workerId)
  if (task !== undefined && isMine && isHeld(task, now)) return task
  throw new PersistenceError('CLAIM_LOST', `The claim on a task of ${what} is not held any more`)
}

/** A write that changes nothing, and fails when the claim has changed, unless one of the writes does. */
function fencedWith(fenced: Member | null, writes: readonly Write[]): readonly Write[] {
  if (fenced === null) return []
  const { id, token, _etag: etag } = fenced
  if (writes.some((write) => 'patch' in write && write.patch === id)) return []
  return [{ patch: id, change: { set: { token }, etag } }]
}

function placeOf({ key }: Listed): SnapshotPlace {
  const [instanceId = '', workflowId = ''] = key
  return [instanceId, workflowId]
}
