import type { SnapshotKey } from '@holdfast/spec'
import {
  CLAIMED,
  FREE,
  IDLE,
  UNLISTED,
  listingOf,
  taskId,
  taskItem,
  type FamilyRow,
  type ListedTask,
  type TaskItem,
} from './codec-tasks.ts'
import type { Stored, Write } from './partition.ts'

/** A task as a save reads it: without its body. */
export type Member = Stored<FamilyRow & Omit<TaskItem, 'root' | 'body'>>

/** What a save does to one task. */
export type TaskStep =
  /** Makes it ready. */
  | {
      readonly list: ListedTask
      readonly of: SnapshotKey
      readonly at: number
      readonly token: number
    }
  /** It is not ready any more. */
  | { readonly unlist: string; readonly at: number }

/** Whether somebody holds a task. */
export function isHeld(
  { state, expiry }: Pick<TaskItem, 'state' | 'expiry'>,
  now: number,
): boolean {
  return (state === CLAIMED || state === UNLISTED) && (expiry === null || expiry > now)
}

/**
 * What a save does to the tasks: those that it lists are ready, and one that is not listed any more goes, unless somebody
 * holds it. What those that go counted up to is in `floor`.
 */
export function planTasks(
  of: SnapshotKey,
  listed: readonly ListedTask[],
  tasks: readonly Member[],
  { now, floor }: { readonly now: number; readonly floor: number },
): { readonly steps: readonly TaskStep[]; readonly floor: number } {
  const wanted = new Set(listed.map((task) => taskId({ ...of, taskId: task.taskId })))
  const gone = tasks.filter(({ id }) => !wanted.has(id))
  // Beyond the time, too, for what a tombstone has forgotten.
  const token = Math.max(floor, now)
  return {
    steps: [
      ...gone.map(({ id }) => ({ unlist: id, at: now })),
      ...listed.map((list) => ({ list, of, at: now, token })),
    ],
    floor: Math.max(floor, ...gone.map((task) => (isHeld(task, now) ? 0 : task.token))),
  }
}

export function isTaskStep(step: object): step is TaskStep {
  return 'list' in step || 'unlist' in step
}

/** The id of the item that a step is about. */
export function taskOf(step: TaskStep): string {
  return 'unlist' in step ? step.unlist : taskId({ ...step.of, taskId: step.list.taskId })
}

/** The write that a step is, if it changes what is stored of the task. */
export function taskWrites(step: TaskStep, stored: Member | undefined): Write[] {
  if ('list' in step) {
    const { list, of, at, token } = step
    return stored === undefined
      ? [{ create: taskItem(of, list, at, token) }]
      : relist(stored, list, at)
  }
  return stored === undefined ? [] : unlist(stored, step.at)
}

/** A task that was ready keeps its place in the queue, whatever else changes of it. */
function relist(task: Member, want: ListedTask, now: number): Write[] {
  const { id, key, state, listing, _etag: etag } = task
  const wasReady = state === FREE || state === CLAIMED
  if (wasReady && listing.mark === want.mark) return []
  const ready = wasReady ? state : state === IDLE ? FREE : CLAIMED
  const readyAt = wasReady ? listing.readyAt : now
  const set = { state: ready, ...listingOf(key, want, readyAt), body: want.body }
  return [{ patch: id, change: { set, etag } }]
}

function unlist(task: Member, now: number): Write[] {
  const { id, state, _etag: etag } = task
  if (!isHeld(task, now)) return [{ remove: id, etag }]
  return state === UNLISTED ? [] : [{ patch: id, change: { set: { state: UNLISTED }, etag } }]
}
