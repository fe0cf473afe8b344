import {
  decodeBody,
  encodeBody,
  type AvailableTask,
  type BodyFormat,
  type ReadyTask,
  type Snapshot,
  type SnapshotKey,
  type SnapshotRow,
  type SnapshotStatus,
  type SnapshotSummary,
  type TaskClaim,
  type TaskKey,
} from '@holdfast/spec'
import { digest, itemId } from './keys.ts'
import { ascii, join, orderOf } from './order.ts'
import type { Item } from './partition.ts'

// A snapshot, its tasks, and what is left of it when it is deleted are a family: they are read and written together.

/** A member of a family, as far as writes of the others look at it. */
export interface FamilyRow extends Item {
  readonly family: string
  /** The largest fencing token of a task that is there no more. */
  readonly floor?: number
  /** Of a task. */
  readonly token?: number
}

type SnapshotBody = Pick<Snapshot, 'definitionHash' | 'state' | 'metadata' | 'readyTasks'>
type SnapshotBrief = Pick<Snapshot, 'definitionHash'>

export interface SnapshotItem extends FamilyRow {
  readonly root: string
  readonly place: string
  readonly state: string
  readonly at: string
  readonly status: SnapshotStatus
  readonly createdAt: number
  readonly updatedAt: number
  readonly updatedBy: string
  readonly version: number
  readonly floor: number
  /** What a list shows, apart from what may be large. */
  readonly brief: string
  readonly body: string
}

export function familyOf({ instanceId, workflowId }: SnapshotKey): string {
  return join(instanceId, workflowId)
}

export function snapshotId({ instanceId, workflowId }: SnapshotKey): string {
  return itemId('snapshot', instanceId, workflowId)
}

export const SNAPSHOTS = 'snapshot '

export function snapshotState(status: SnapshotStatus): string {
  return SNAPSHOTS + status
}

export type SnapshotContent = Omit<SnapshotItem, 'createdAt' | 'updatedAt' | 'updatedBy' | 'floor'>

/** `version` is that of the save. */
export function snapshotContent(
  snapshot: SnapshotRow,
  version: number,
  format: BodyFormat,
): SnapshotContent {
  const { instanceId, workflowId, status, version: _, createdAt: __, ...body } = snapshot
  const { definitionHash } = body
  const family = familyOf(snapshot)
  return {
    id: snapshotId(snapshot),
    kind: 'snapshot',
    key: [instanceId, workflowId],
    root: ascii(instanceId),
    ...{ family, place: SNAPSHOTS + family, state: snapshotState(status), at: family },
    ...{ status, version },
    brief: encodeBody({ definitionHash } satisfies SnapshotBrief, format),
    body: encodeBody(body satisfies SnapshotBody, format),
  }
}

type SnapshotHead = Pick<SnapshotItem, 'key' | 'status' | 'createdAt' | 'updatedAt' | 'version'>

export function readSnapshot(
  item: SnapshotHead & Pick<SnapshotItem, 'body'>,
  format: BodyFormat,
): Snapshot {
  return { ...decodeBody<SnapshotBody>(item.body, nameOf(item), format), ...readHead(item) }
}

export function readSummary(
  item: SnapshotHead & Pick<SnapshotItem, 'brief'>,
  format: BodyFormat,
): SnapshotSummary {
  return { ...decodeBody<SnapshotBrief>(item.brief, nameOf(item), format), ...readHead(item) }
}

function nameOf({ key }: Pick<Item, 'key'>): string {
  return `snapshot ${key.join(', ')}`
}

function readHead(item: SnapshotHead): Omit<Snapshot, keyof SnapshotBody> {
  const { key, status, createdAt, updatedAt, version } = item
  const [instanceId = '', workflowId = ''] = key
  return { instanceId, workflowId, status, createdAt, updatedAt, version }
}

/** How long it is known what the tasks of a deleted snapshot counted up to, in s. Later than that the time is beyond it. */
const TOMBSTONE_TTL = 7 * 24 * 60 * 60

export interface Tombstone extends FamilyRow {
  readonly floor: number
  readonly ttl: number
}

/** What a snapshot leaves behind: a task of it that is made anew counts on from here. */
export function tombstoneOf(snapshot: FamilyRow, rows: readonly FamilyRow[]): Tombstone {
  const { id, key, family } = snapshot
  const tokens = rows
    .filter((row) => row.family === family)
    .map((row) => Math.max(row.floor ?? 0, row.token ?? 0))
  return { id, kind: 'tombstone', key, family, floor: Math.max(0, ...tokens), ttl: TOMBSTONE_TTL }
}

/** Ready and free. */
export const FREE = 'task.free'
/** Ready and held, or was: until somebody else takes it an expired claim stays. */
export const CLAIMED = 'task.claimed'
/** Not ready any more, and held. */
export const UNLISTED = 'task.unlisted'
/** Not ready any more, and let go of. */
export const IDLE = 'task.idle'

/** What is said of a task that is held. */
export interface Lease {
  readonly workerId: string
  readonly claimedAt: number
  /** Stand for the worker and for requests in conditions, which take no parameters. Empty: none. */
  readonly worker: string
  readonly extendedBy: string
}

/** What a worker is told of a task beside its key, tags and priority. */
type TaskBody = Pick<AvailableTask, 'definitionHash' | 'input'>

/** What a save says of a task. */
export interface Listing {
  readonly priority: number
  readonly readyAt: number
  readonly tags: readonly string[]
  /** Stands for all of a listing but the time: one that is unchanged is not written again. */
  readonly mark: string
}

export interface TaskItem extends FamilyRow {
  readonly root: string
  readonly state: string
  readonly at: string
  readonly listing: Listing
  readonly token: number
  readonly lease: Lease | null
  readonly expiry: number | null
  /** Of the request that claimed it. */
  readonly request: string | null
  readonly body: string
}

export function taskId(key: TaskKey): string {
  return itemId('task', key.instanceId, key.workflowId, key.taskId)
}

export function taskPlace(priority: number, readyAt: number, ...ids: readonly string[]): string {
  return orderOf(priority) + orderOf(readyAt) + join(...ids)
}

export interface ListedTask {
  readonly taskId: string
  readonly priority: number
  readonly tags: readonly string[]
  readonly mark: string
  readonly body: string
}

/** The tasks that a save makes ready. */
export function listedTasks(snapshot: SnapshotRow, format: BodyFormat): readonly ListedTask[] {
  const { status, definitionHash, readyTasks } = snapshot
  if (status !== 'running') return []
  return readyTasks.map(({ taskId: id, input, tags, priority }: ReadyTask) => {
    const content: TaskBody = input === undefined ? { definitionHash } : { definitionHash, input }
    const body = encodeBody(content, format)
    return { taskId: id, priority, tags, body, mark: digest(String(priority), ...tags, body) }
  })
}

/** A task that nobody held before, or that was forgotten. */
export function taskItem(
  { instanceId, workflowId }: SnapshotKey,
  listed: ListedTask,
  now: number,
  token: number,
): TaskItem {
  const { taskId: task, body } = listed
  const key = [instanceId, workflowId, task]
  return {
    id: itemId('task', ...key),
    kind: 'task',
    key,
    root: ascii(instanceId),
    family: join(instanceId, workflowId),
    state: FREE,
    ...{ token, lease: null, expiry: null, request: null, body },
    ...listingOf(key, listed, now),
  }
}

/** The members that a save writes. */
export function listingOf(
  key: readonly string[],
  { priority, tags, mark }: ListedTask,
  readyAt: number,
): Pick<TaskItem, 'at' | 'listing'> {
  return { at: taskPlace(priority, readyAt, ...key), listing: { priority, readyAt, tags, mark } }
}

export function readTask(
  { key, listing, body }: Pick<TaskItem, 'key' | 'listing' | 'body'>,
  format: BodyFormat,
): AvailableTask {
  const { priority, readyAt, tags } = listing
  const ids = readTaskKey(key)
  return {
    ...decodeBody<TaskBody>(body, `task ${ids.taskId}`, format),
    ...ids,
    priority,
    readyAt,
    tags,
  }
}

export function readClaim({ key, lease, token, expiry }: TaskItem): TaskClaim {
  const { workerId = '', claimedAt = 0 } = lease ?? {}
  return { ...readTaskKey(key), workerId, token, claimedAt, expiresAt: expiry }
}

function readTaskKey([instanceId = '', workflowId = '', task = '']: readonly string[]): TaskKey {
  return { instanceId, workflowId, taskId: task }
}
