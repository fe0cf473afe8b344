import {
  decodeBody,
  encodeBody,
  present,
  type BodyFormat,
  type ExecutionError,
  type ScheduledCommand,
  type StateEntry,
  type StepChange,
  type StepExecution,
  type StepOutput,
  type Subscription,
  type WorkflowChange,
  type WorkflowEvent,
  type WorkflowInstance,
} from '@holdfast/spec'
import { join, lastIds } from './keys.ts'
import type {
  BodyRow,
  CommandRow,
  ErrorRow,
  EventRow,
  StepRow,
  SubscriptionRow,
  WorkflowRow,
} from './rows.ts'

/** How records are stored. */
export interface Format extends BodyFormat {
  readonly namespace: string
}

type Times = 'createdAt' | 'updatedAt'
type Versioned = Times | 'version' | 'createdBy' | 'updatedBy'

/** What an update replaces. */
export function workflowFields(
  workflow: Omit<WorkflowChange, 'version'>,
  format: Format,
): Omit<WorkflowRow, Versioned | '_id' | 'ns' | 'opens'> {
  const { id: _, definitionId, status, nextExecution, ...rest } = workflow
  const { reference = null, resourceId = null, completedAt = null, ...body } = rest
  const due = status === 'runnable' ? nextExecution : null
  const head = { definitionId, reference, resourceId, status, nextExecution, due, completedAt }
  return { ...head, body: encodeBody(body, format) }
}

export function readWorkflow(row: WorkflowRow, format: Format): WorkflowInstance {
  const { definitionId, reference, resourceId, status, nextExecution, completedAt } = row
  const [id] = lastIds(row._id, 1)
  type Head = 'id' | 'definitionId' | 'reference' | 'resourceId' | 'status' | 'nextExecution'
  type Body = Omit<WorkflowInstance, Head | 'completedAt' | Times | 'version'>
  return {
    ...decodeBody<Body>(row.body, `workflow ${id}`, format),
    ...{ id, definitionId, status, nextExecution },
    ...present({ reference, resourceId, completedAt }),
    ...{ createdAt: row.createdAt, updatedAt: row.updatedAt, version: row.version },
  }
}

/** What an update replaces. */
export function stepFields(
  step: Omit<StepChange, 'version'>,
  format: Format,
): Pick<StepRow, 'executionIndex' | 'body'> {
  const { workflowId: _, stepId: __, executionIndex, ...body } = step
  return { executionIndex, body: encodeBody(body, format) }
}

export function readStep(row: StepRow, format: Format): StepExecution {
  const { executionIndex, createdAt, updatedAt, version } = row
  const [workflowId, stepId] = lastIds(row._id, 2)
  type Body = Omit<StepChange, 'workflowId' | 'stepId' | 'executionIndex' | 'version'>
  return {
    ...decodeBody<Body>(row.body, `step ${stepId}`, format),
    ...{ workflowId, stepId, executionIndex, createdAt, updatedAt, version },
  }
}

export function outputBody({ output }: StepOutput, format: Format): string {
  return encodeBody({ output }, format)
}

export function readOutput({ _id, body }: BodyRow, format: Format): StepOutput {
  const [workflowId, stepId] = lastIds(_id, 2)
  const what = `the output of step ${stepId}`
  return { workflowId, stepId, ...decodeBody<Pick<StepOutput, 'output'>>(body, what, format) }
}

export function stateBody({ value }: StateEntry, format: Format): string {
  return encodeBody({ value }, format)
}

export function readState({ _id, body }: BodyRow, format: Format): StateEntry {
  const [workflowId, key] = lastIds(_id, 2)
  return { workflowId, key, ...decodeBody<Pick<StateEntry, 'value'>>(body, `state ${key}`, format) }
}

export function eventRow(
  event: WorkflowEvent,
  arrival: number,
  createdBy: string,
  format: Format,
): EventRow {
  const { id, eventName, eventKey, eventTime, processed, ...body } = event
  const { namespace: ns } = format
  const head = { _id: join(ns, id), ns, topic: join(ns, eventName, eventKey) }
  return { ...head, eventTime, arrival, processed, createdBy, body: encodeBody(body, format) }
}

export function readEvent(row: EventRow, format: Format): WorkflowEvent {
  const { eventTime, processed } = row
  const [id] = lastIds(row._id, 1)
  const [eventName, eventKey] = lastIds(row.topic, 2)
  return {
    ...decodeBody<Pick<WorkflowEvent, 'data'>>(row.body, `event ${id}`, format),
    ...{ id, eventName, eventKey, eventTime, processed },
  }
}

export function subscriptionRow(
  subscription: Subscription,
  createdBy: string,
  format: Format,
): SubscriptionRow {
  const { id, workflowId, eventName, eventKey, subscribeAsOf, ...rest } = subscription
  const { token, workerId, tokenExpiry, ...body } = rest
  const { namespace: ns } = format
  return {
    ...{ _id: join(ns, id), owner: join(ns, workflowId), topic: join(ns, eventName, eventKey) },
    ...{ subscribeAsOf, token, workerId, tokenExpiry, createdBy, body: encodeBody(body, format) },
  }
}

export function readSubscription(row: SubscriptionRow, format: Format): Subscription {
  const { subscribeAsOf, token, workerId, tokenExpiry } = row
  const [id] = lastIds(row._id, 1)
  const [workflowId] = lastIds(row.owner, 1)
  const [eventName, eventKey] = lastIds(row.topic, 2)
  type Body = Pick<Subscription, 'stepId' | 'executionPointerId' | 'data'>
  return {
    ...decodeBody<Body>(row.body, `subscription ${id}`, format),
    ...{ id, workflowId, eventName, eventKey, subscribeAsOf, token, workerId, tokenExpiry },
  }
}

/** The document of a command that nobody has taken. */
export function commandRow(command: ScheduledCommand, key: string, format: Format): CommandRow {
  const { executeAt, workflowId, ...body } = command
  const { namespace: ns } = format
  const owner = workflowId === undefined ? null : join(ns, workflowId)
  const head = { _id: join(ns, key), ns, owner, executeAt }
  return { ...head, held: false, leaseUntil: null, body: encodeBody(body, format) }
}

export function readCommand(row: CommandRow, format: Format): ScheduledCommand {
  const { executeAt, owner } = row
  const [key] = lastIds(row._id, 1)
  return {
    ...decodeBody<Pick<ScheduledCommand, 'name' | 'data'>>(row.body, `command ${key}`, format),
    executeAt,
    ...present({ workflowId: owner === null ? null : lastIds(owner, 1)[0] }),
  }
}

export function errorRow(
  error: ExecutionError,
  arrival: number,
  createdBy: string,
  format: Format,
): ErrorRow {
  const { id, workflowId, errorTime, ...body } = error
  const { namespace: ns } = format
  const head = { _id: join(ns, id), owner: join(ns, workflowId), errorTime }
  return { ...head, arrival, createdBy, body: encodeBody(body, format) }
}

export function readError(row: ErrorRow, format: Format): ExecutionError {
  const { errorTime } = row
  const [id] = lastIds(row._id, 1)
  const [workflowId] = lastIds(row.owner, 1)
  type Body = Omit<ExecutionError, 'id' | 'workflowId' | 'errorTime'>
  return { ...decodeBody<Body>(row.body, `error ${id}`, format), id, workflowId, errorTime }
}
