import type {
  NewSnapshot,
  Snapshot,
  SnapshotKey,
  SnapshotStatus,
  SnapshotSummary,
  TaskClaim,
} from '@holdfast/spec'
import { holds } from './claims.ts'
import { inOrder, refuse, replaced, type Model, type ModelSnapshot } from './model.ts'

export function saveSnapshot(
  model: Model,
  snapshot: NewSnapshot,
  fence: TaskClaim | undefined,
  now: number,
): Snapshot {
  if (fence && !holds(model, fence, now)) refuse('CLAIM_LOST')
  const stored = findSnapshot(model, snapshot)
  if (!stored && snapshot.version > 0) refuse('NOT_FOUND')
  if ((stored?.content.version ?? 0) !== snapshot.version) refuse('CONFLICT')
  const content: Snapshot = {
    ...snapshot,
    readyTasks: snapshot.readyTasks.map((task) => ({ tags: [], priority: 0, ...task })),
    createdAt: stored?.content.createdAt ?? snapshot.createdAt ?? now,
    updatedAt: Math.max(stored?.content.updatedAt ?? now, now),
    version: snapshot.version + 1,
  }
  const tasks = content.status === 'running' ? content.readyTasks : []
  const readyAt = new Map(
    tasks.map(({ taskId }) => [taskId, stored?.readyAt.get(taskId) ?? now] as const),
  )
  const saved = { content, readyAt }
  model.snapshots = stored ? replaced(model.snapshots, stored, saved) : [...model.snapshots, saved]
  return content
}

export function findSnapshot(model: Model, key: SnapshotKey): ModelSnapshot | undefined {
  return model.snapshots.find(({ content }) => isOf(content, key))
}

export function deleteSnapshot(model: Model, key: SnapshotKey): boolean {
  const stored = findSnapshot(model, key)
  if (!stored) return false
  model.snapshots = model.snapshots.filter((other) => other !== stored)
  model.claims = model.claims.filter((claim) => !isOf(claim, key))
  return true
}

export function listSnapshots(
  model: Model,
  status: SnapshotStatus | undefined,
): readonly SnapshotSummary[] {
  const found = model.snapshots.filter(
    ({ content }) => status === undefined || content.status === status,
  )
  return inOrder(found, ({ content }) => [content.instanceId, content.workflowId]).map(summarise)
}

function isOf(record: SnapshotKey, key: SnapshotKey): boolean {
  return record.instanceId === key.instanceId && record.workflowId === key.workflowId
}

function summarise({ content }: ModelSnapshot): SnapshotSummary {
  const { state: _, metadata: __, readyTasks: ___, ...summary } = content
  return summary
}
