import { randomUUID } from 'node:crypto'
import type { NewSnapshot, NewWorkflow } from '@holdfast/spec'
import * as fixtures from './fixtures.ts'

// For an author's own tests, where many of them are stored beside each other.

/** A workflow that is due at any time, with an id that no other has. */
export function aWorkflow(members: Partial<NewWorkflow> = {}): NewWorkflow {
  return fixtures.aWorkflow({ id: randomUUID(), nextExecution: 0, ...members })
}

/** A snapshot of an instance that no other has, with one ready task, `task-1`. */
export function aSnapshot(members: Partial<NewSnapshot> = {}): NewSnapshot {
  return fixtures.aSnapshot({
    instanceId: randomUUID(),
    workflowId: 'order',
    readyTasks: [{ taskId: 'task-1' }],
    ...members,
  })
}

/** The code of the error that a call ends with, or `'ok'`. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'ok'
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error)
  }
}
