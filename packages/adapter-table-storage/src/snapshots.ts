import {
  PersistenceError,
  sliceOf,
  type Snapshot,
  type SnapshotBackend,
  type SnapshotPlace,
  type SnapshotRow,
  type TaskClaim,
} from '@holdfast/spec'
import {
  SNAPSHOT_HEAD,
  isSameTask,
  readSnapshot,
  readSummary,
  withLease,
  writeSnapshot,
  writeTask,
  type SnapshotContent,
} from './codec-tasks.ts'
import { fields, numberOf, stamped, stampsOf, textOf } from './codec.ts'
import type { Context } from './context.ts'
import { touchFamily } from './family.ts'
import { nextStamps, notFound } from './judge.ts'
import { inOrder, take, type Order } from './pages.ts'
import {
  dropSnapshot,
  snapshotKey,
  snapshotPlaceKey,
  snapshotRange,
  snapshotsRange,
  storeSnapshot,
} from './snapshots-rows.ts'
import { Conflict, type Change, type Content, type Row } from './table.ts'
import {
  changeTask,
  createTask,
  dropTask,
  guardTask,
  isHeld,
  isHeldBy,
  isReady,
  isTask,
  replaceTask,
} from './tasks-rows.ts'
import { raiseFloor, readFloor } from './tokens.ts'

/** A snapshot, and the tasks that it makes ready, with their bodies encoded. */
interface Written extends SnapshotContent {
  readonly tasks: readonly Content[]
}

export function createSnapshots(context: Context): SnapshotBackend {
  const { main, now, tasks } = context

  const save = async (
    snapshot: SnapshotRow,
    written: Written,
    fence: TaskClaim | null,
    requestId: string,
  ): Promise<Snapshot> => {
    const { instanceId, workflowId, version } = snapshot
    const what = `snapshot ${instanceId}, ${workflowId}`
    const rows = await main.takeAll(snapshotRange(snapshot), SNAPSHOT_HEAD)
    const stored = rows.find((row) => !isTask(row)) ?? null
    const known = new Map(rows.filter(isTask).map((row) => [textOf(row.content, 'taskId'), row]))
    const time = now()
    const seen = stored && stampsOf(stored.content)
    if (seen && seen.version === version + 1 && seen.updatedBy === requestId) {
      const again = await main.take(stored.key)
      if (again === null) throw new Conflict('The snapshot went away meanwhile')
      return readSnapshot(again.content, context)
    }
    const fenced = fence && known.get(fence.taskId)
    if (fence && !(fenced && isHeldBy(fenced.content, fence, time)))
      throw new PersistenceError(
        'CLAIM_LOST',
        `The claim on a task of ${what} is not held any more`,
      )
    if (seen === null && version > 0) throw notFound(what)
    const first = {
      createdAt: snapshot.createdAt ?? time,
      updatedAt: time,
      ...{ version: 0, createdBy: '', updatedBy: '' },
    }
    const stamps = nextStamps(seen ?? first, version, requestId, time, what)
    if (stamps === null) throw new TypeError('A request that was applied was not recognised')
    const [floor, guard] = stored
      ? [numberOf(stored.content, 'token'), []]
      : await readFloor(main, instanceId)
    const change = replaceTasks(written.tasks, known, floor, time)
    const { createdBy: _, ...kept } = stamps
    const content = stamped({ ...written.content, ...fields({ token: change.token }) }, kept)
    const brief = stamped(written.brief, kept)
    const isTouched = change.groups.some((group) => group.some(({ key }) => key === fenced?.key))
    const groups = fenced && !isTouched ? [...change.groups, guardTask(fenced)] : change.groups
    const etags = await main.commit(
      [storeSnapshot(snapshotKey(snapshot), stored, content, brief), guard, ...groups],
      stored ? [] : [touchFamily(instanceId)],
    )
    // Who holds it is likely to let go of it next.
    const after = fenced && rowAfter(fenced, groups.flat(), etags)
    if (after) tasks.set(after)
    return readSnapshot(content, context)
  }

  /** Makes the tasks of a saved snapshot the ready ones. One that stays ready keeps its place in the queue. */
  const replaceTasks = (
    listed: readonly Content[],
    known: ReadonlyMap<string, Row>,
    floor: number,
    time: number,
  ): { readonly groups: readonly Change[][]; readonly token: number } => {
    const ids = new Set(listed.map((task) => textOf(task, 'taskId')))
    const others = [...known].flatMap(([id, row]) => (ids.has(id) ? [] : [row]))
    const gone = others.filter(({ content }) => !isHeld(content, time))
    const kept = others.filter(({ content }) => isHeld(content, time) && isReady(content))
    const ready = listed.map((task): Change[] => {
      const old = known.get(textOf(task, 'taskId'))
      if (old === undefined) return createTask(withLease(task, time, fields({ token: floor })))
      const readyAt = isReady(old.content) ? numberOf(old.content, 'readyAt') : time
      const content = withLease(task, readyAt, old.content)
      return isSameTask(old.content, content) ? [] : replaceTask(old, content)
    })
    return {
      groups: [
        ...ready,
        ...gone.map(dropTask),
        ...kept.map((row) => changeTask(row, { ready: '0' })),
      ],
      token: Math.max(floor, ...gone.map(({ content }) => numberOf(content, 'token'))),
    }
  }

  return {
    async save(snapshot, fence, { requestId }) {
      const listed = snapshot.status === 'running' ? snapshot.readyTasks : []
      const written = {
        ...writeSnapshot(snapshot, context),
        tasks: listed.map((task) => writeTask(snapshot, task, context)),
      }
      return main.attempt(async () => save(snapshot, written, fence, requestId))
    },

    async load(key) {
      const row = await main.get(snapshotKey(key))
      return row && readSnapshot(row.content, context)
    },

    async delete(key) {
      return main.attempt(async () => {
        const rows = await main.takeAll(snapshotRange(key), SNAPSHOT_HEAD)
        const stored = rows.find((row) => !isTask(row))
        if (stored === undefined) return false
        await main.commit([
          dropSnapshot(stored),
          ...rows.filter(isTask).map(dropTask),
          await raiseFloor(main, key.instanceId, rows),
        ])
        return true
      })
    },

    async list({ status }, { limit, after }) {
      const order: Order<SnapshotPlace> = {
        placeOf,
        keyOf: (place) => snapshotPlaceKey(status, place),
      }
      const found = inOrder(main, snapshotsRange(status), order, after, limit + 1)
      const rows = await take(found, limit + 1)
      const nameOf = (row: Row): string => JSON.stringify(placeOf(row))
      return sliceOf(rows, limit, ({ content }) => readSummary(content, context), placeOf, nameOf)
    },
  }
}

function placeOf({ content }: Row): SnapshotPlace {
  return [textOf(content, 'instanceId'), textOf(content, 'workflowId')]
}

/** A row as changes left it. */
function rowAfter(
  row: Row,
  changes: readonly Change[],
  etags: ReadonlyMap<string, string>,
): Row | undefined {
  const { key } = row
  const change = changes.find((one) => one.key === key)
  const etag = etags.get(key)
  if (etag === undefined || change === undefined) return undefined
  if (change.do === 'merge') return { key, etag, content: { ...row.content, ...change.content } }
  return change.do === 'replace' ? { key, etag, content: change.content } : undefined
}
