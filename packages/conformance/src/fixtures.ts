import type {
  ExecutionPointer,
  NewEvent,
  NewExecutionError,
  NewSnapshot,
  NewStep,
  NewSubscription,
  NewWorkflow,
  ScheduledCommand,
  SnapshotKey,
  TaskClaim,
} from '@holdfast/spec'
import { EPOCH } from './clock.ts'

/** The least that each record needs. Rules say what matters to them, and leave the rest to these. */

export function aWorkflow(members: Partial<NewWorkflow> = {}): NewWorkflow {
  return {
    definitionId: 'order',
    status: 'runnable',
    nextExecution: EPOCH,
    pointers: [],
    ...members,
  }
}

export function aPointer(members: Partial<ExecutionPointer> = {}): ExecutionPointer {
  return {
    id: 'pointer-1',
    stepId: '1',
    active: true,
    status: 'pending',
    eventPublished: false,
    retryCount: 0,
    children: [],
    scope: [],
    ...members,
  }
}

export function aStep(members: Partial<NewStep> = {}): NewStep {
  return {
    workflowId: 'workflow-1',
    stepId: 'step-1',
    executionIndex: 0,
    status: 'pending',
    attempt: 0,
    ...members,
  }
}

export function anEvent(members: Partial<NewEvent> = {}): NewEvent {
  return { eventName: 'paid', eventKey: 'order-1', eventTime: EPOCH, ...members }
}

export function aSubscription(members: Partial<NewSubscription> = {}): NewSubscription {
  return {
    workflowId: 'workflow-1',
    stepId: '1',
    executionPointerId: 'pointer-1',
    eventName: 'paid',
    eventKey: 'order-1',
    subscribeAsOf: EPOCH,
    ...members,
  }
}

export function aCommand(members: Partial<ScheduledCommand> = {}): ScheduledCommand {
  return { name: 'process-workflow', data: 'workflow-1', executeAt: EPOCH, ...members }
}

/** Not saved yet: version 0. */
export function aSnapshot(members: Partial<NewSnapshot> = {}): NewSnapshot {
  return {
    instanceId: 'instance-1',
    workflowId: 'workflow-1',
    status: 'running',
    definitionHash: 'hash-1',
    state: { step: 1 },
    readyTasks: [],
    version: 0,
    ...members,
  }
}

/** A claim as a store would have returned it; no store did. */
export function aClaim(
  { instanceId, workflowId }: SnapshotKey,
  members: Partial<TaskClaim> = {},
): TaskClaim {
  return {
    instanceId,
    workflowId,
    taskId: 'task-1',
    workerId: 'worker-1',
    token: 1,
    claimedAt: EPOCH,
    expiresAt: EPOCH + 60_000,
    ...members,
  }
}

export function anError(members: Partial<NewExecutionError> = {}): NewExecutionError {
  return { workflowId: 'workflow-1', errorTime: EPOCH, message: 'It broke', ...members }
}
