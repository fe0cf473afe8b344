import type {
  AvailableTask,
  BodyFormat,
  ReadyTask,
  Snapshot,
  SnapshotRow,
  SnapshotStatus,
  SnapshotSummary,
  TaskClaim,
  TaskKey,
} from '@holdfast/spec'
import { decode, encode, fields, numberOf, numberOrNull, textOf } from './codec.ts'
import { fingerprint } from './keys.ts'
import { MAX_CHUNKS, packText, unpackText } from './pack.ts'
import type { Content } from './table.ts'

type SnapshotBody = Pick<Snapshot, 'definitionHash' | 'state' | 'metadata' | 'readyTasks'>

/** What a list shows of a snapshot, apart from what may be large. */
type SnapshotBrief = Pick<Snapshot, 'definitionHash'>

/** What a worker is told of a task beside its key, tags and priority. */
type TaskBody = Pick<AvailableTask, 'definitionHash' | 'input'>

/** The row of a snapshot, and what lists have of it. */
export interface SnapshotContent {
  readonly content: Content
  readonly brief: Content
}

export function writeSnapshot(snapshot: SnapshotRow, format: BodyFormat): SnapshotContent {
  const { instanceId, workflowId, status, version: _, createdAt: __, ...body } = snapshot
  const { definitionHash } = body
  const head = fields({ instanceId, workflowId, status })
  return {
    content: { ...head, ...encode(body satisfies SnapshotBody, format) },
    brief: { ...head, ...encode({ definitionHash } satisfies SnapshotBrief, format) },
  }
}

export function readSnapshot(content: Content, format: BodyFormat): Snapshot {
  return { ...decode<SnapshotBody>(content, nameOf(content), format), ...readHead(content) }
}

export function readSummary(brief: Content, format: BodyFormat): SnapshotSummary {
  return { ...decode<SnapshotBrief>(brief, nameOf(brief), format), ...readHead(brief) }
}

function nameOf(content: Content): string {
  return `snapshot ${textOf(content, 'instanceId')}, ${textOf(content, 'workflowId')}`
}

function readHead(content: Content): Omit<Snapshot, keyof SnapshotBody> {
  return {
    instanceId: textOf(content, 'instanceId'),
    workflowId: textOf(content, 'workflowId'),
    status: textOf(content, 'status') as SnapshotStatus,
    createdAt: numberOf(content, 'createdAt'),
    updatedAt: numberOf(content, 'updatedAt'),
    version: numberOf(content, 'version'),
  }
}

/** What is kept of a task when its snapshot is saved again. */
const LEASE = [
  'token',
  'held',
  'workerId',
  'claimedAt',
  'expiresAt',
  'claimRequest',
  'extendRequest',
  'searched',
]

/** The row of a task that is ready. */
export function writeTask(
  { instanceId, workflowId, definitionHash }: SnapshotRow,
  { taskId, input, tags, priority }: ReadyTask,
  format: BodyFormat,
): Content {
  const body: TaskBody = input === undefined ? { definitionHash } : { definitionHash, input }
  const print = fingerprint([JSON.stringify(tags), JSON.stringify(body)])
  return {
    ...fields({ instanceId, workflowId, taskId, ready: 1, priority, print }),
    ...packText(TAGS, JSON.stringify(tags)),
    ...encode(body, format),
  }
}

/** The row with what another one says of who holds the task. */
export function withLease(task: Content, readyAt: number, row: Content): Content {
  const lease = Object.entries(row).filter(([name]) => LEASE.includes(name))
  return { ...task, ...Object.fromEntries(lease), ...fields({ readyAt }) }
}

/** Whether a save would write what is stored, as far as that was read. */
export function isSameTask(stored: Content, content: Content): boolean {
  return [...TASK_HEAD].every((name) => (stored[name] ?? '') === (content[name] ?? ''))
}

const TAGS = 'tags'

/** The properties that hold tags. */
export function tagChunks(content: Content): Content {
  return Object.fromEntries(Object.entries(content).filter(([name]) => TAG_CHUNKS.includes(name)))
}

const TAG_CHUNKS: readonly string[] = Array.from(
  { length: MAX_CHUNKS },
  (_, index) => `${TAGS}${index}`,
)

const TASK_HEAD: readonly string[] = [
  ...['instanceId', 'workflowId', 'taskId', 'ready', 'readyAt', 'priority', 'print'],
  ...LEASE,
]

/** The properties of tasks and of snapshots, without their bodies. */
export const SNAPSHOT_HEAD: readonly string[] = [
  ...TASK_HEAD,
  ...TAG_CHUNKS,
  ...['status', 'createdAt', 'updatedAt', 'version', 'updatedBy'],
]

export function tagsOf(content: Content): readonly string[] {
  return JSON.parse(unpackText(TAGS, content)) as string[]
}

export function readTaskKey(content: Content): TaskKey {
  return {
    instanceId: textOf(content, 'instanceId'),
    workflowId: textOf(content, 'workflowId'),
    taskId: textOf(content, 'taskId'),
  }
}

export function readTask(content: Content, format: BodyFormat): AvailableTask {
  const key = readTaskKey(content)
  return {
    ...decode<TaskBody>(content, `task ${key.taskId}`, format),
    ...key,
    priority: numberOf(content, 'priority'),
    readyAt: numberOf(content, 'readyAt'),
    tags: tagsOf(content),
  }
}

export function readClaim(content: Content): TaskClaim {
  return {
    ...readTaskKey(content),
    workerId: textOf(content, 'workerId'),
    token: numberOf(content, 'token'),
    claimedAt: numberOf(content, 'claimedAt'),
    expiresAt: numberOrNull(content, 'expiresAt'),
  }
}
