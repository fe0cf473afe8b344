import type { NewReadyTask, NewSnapshot, Snapshot, SnapshotKey, TaskKey } from '@holdfast/spec'
import { aSnapshot } from '../fixtures.ts'
import type { Store } from '../rule.ts'
import type { Trial } from '../trial.ts'

/** A lease that no check outlives, whatever the provider's clock, unless it advances that far. */
export const LONG = 3_600_000

/** Saves a new running snapshot with ready tasks: `task-1`, unless others are given. */
export async function saveReady(
  { snapshots }: Store<'snapshots'>,
  trial: Trial,
  members: Partial<NewSnapshot> = {},
  readyTasks: readonly NewReadyTask[] = [{ taskId: 'task-1' }],
): Promise<Snapshot> {
  return snapshots.save(aSnapshot({ instanceId: trial.id('instance'), readyTasks, ...members }))
}

/** The key of a snapshot's task. */
export function taskOf({ instanceId, workflowId }: SnapshotKey, taskId = 'task-1'): TaskKey {
  return { instanceId, workflowId, taskId }
}

/** The key of a snapshot alone: a key with further members is refused. */
export function keyOf({ instanceId, workflowId }: SnapshotKey): SnapshotKey {
  return { instanceId, workflowId }
}
