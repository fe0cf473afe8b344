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
  type WorkflowStatus,
} from '@holdfast/spec'
import { join, split } from './order.ts'
import type { Params } from './script.ts'

// A record is a head and a body. The head holds what is looked up, ordered or often changed, joined by U+0000, which
// none of it can have; scripts read and write it. The body is what is left, and a script only hands it on.

/** A record as scripts answer it. A body that is not there cannot be read, which makes the record `CORRUPT`. */
export type Row = readonly [id: string, head: string, body: string | null]

/** The rows that a script answers, one after the other, in one list. */
export function rowsOf(flat: readonly (string | null)[]): readonly Row[] {
  const rows: Row[] = []
  for (let index = 0; index + 2 < flat.length; index += 3) {
    const [id, head, body] = flat.slice(index, index + 3)
    rows.push([id ?? '', head ?? '', body ?? null])
  }
  return rows
}

export function numberOrNull(field: string | undefined): number | null {
  return field === undefined || field === '' ? null : Number(field)
}

function textOrNull(field: string | undefined): string | null {
  return field === undefined || field === '' ? null : field
}

/** Head: status, nextExecution, definitionId, reference, resourceId, completedAt, createdAt, updatedAt, version, createdBy, updatedBy. */
export function workflowParams(
  workflow: Omit<WorkflowChange, 'version'>,
  format: BodyFormat,
): Params & { readonly id: string } {
  const { id, definitionId, status, nextExecution, ...rest } = workflow
  const { reference = null, resourceId = null, completedAt = null, ...body } = rest
  const head = { id, definitionId, status, nextExecution, reference, resourceId, completedAt }
  return { ...head, body: encodeBody(body, format) }
}

type WorkflowHead =
  | 'id'
  | 'definitionId'
  | 'reference'
  | 'resourceId'
  | 'status'
  | 'nextExecution'
  | 'completedAt'
  | 'createdAt'
  | 'updatedAt'
  | 'version'

export function readWorkflow([id, head, body]: Row, format: BodyFormat): WorkflowInstance {
  const [status, next, definitionId = '', reference, resourceId, completedAt, ...rest] = split(head)
  const [createdAt, updatedAt, version] = rest
  return {
    ...decodeBody<Omit<WorkflowInstance, WorkflowHead>>(body, `workflow ${id}`, format),
    id,
    definitionId,
    status: status as WorkflowStatus,
    nextExecution: numberOrNull(next),
    ...present({
      reference: textOrNull(reference),
      resourceId: textOrNull(resourceId),
      completedAt: numberOrNull(completedAt),
    }),
    createdAt: Number(createdAt),
    updatedAt: Number(updatedAt),
    version: Number(version),
  }
}

/** Head: executionIndex, createdAt, updatedAt, version, createdBy, updatedBy. */
export function stepParams(step: Omit<StepChange, 'version'>, format: BodyFormat): Params {
  const { workflowId, stepId, executionIndex, ...body } = step
  return {
    id: join(workflowId, stepId),
    workflowId,
    executionIndex,
    body: encodeBody(body, format),
  }
}

export function readStep([id, head, body]: Row, format: BodyFormat): StepExecution {
  const [workflowId = '', stepId = ''] = split(id)
  const [executionIndex, createdAt, updatedAt, version] = split(head).map(Number)
  type Body = Omit<StepChange, 'workflowId' | 'stepId' | 'executionIndex' | 'version'>
  return {
    ...decodeBody<Body>(body, `step ${stepId}`, format),
    workflowId,
    stepId,
    executionIndex: executionIndex ?? 0,
    createdAt: createdAt ?? 0,
    updatedAt: updatedAt ?? 0,
    version: version ?? 0,
  }
}

export function outputBody({ output }: StepOutput, format: BodyFormat): string {
  return encodeBody({ output }, format)
}

export function readOutput(
  key: Pick<StepOutput, 'workflowId' | 'stepId'>,
  body: string,
  format: BodyFormat,
): StepOutput {
  const what = `the output of step ${key.stepId}`
  return { ...key, ...decodeBody<Pick<StepOutput, 'output'>>(body, what, format) }
}

export function stateBody({ value }: StateEntry, format: BodyFormat): string {
  return encodeBody({ value }, format)
}

export function readState(
  key: Pick<StateEntry, 'workflowId' | 'key'>,
  body: string | null,
  format: BodyFormat,
): StateEntry {
  return { ...key, ...decodeBody<Pick<StateEntry, 'value'>>(body, `state ${key.key}`, format) }
}

/** Head: eventName, eventKey, eventTime, processed, createdBy, arrival. */
export function eventParams(event: WorkflowEvent, requestId: string, format: BodyFormat): Params {
  const { id, eventName, eventKey, eventTime, processed, ...body } = event
  const flag = processed ? '1' : '0'
  const head = join(eventName, eventKey, String(eventTime), flag, requestId)
  return { id, head, requestId, body: encodeBody(body, format) }
}

export function readEvent([id, head, body]: Row, format: BodyFormat): WorkflowEvent {
  const [eventName = '', eventKey = '', eventTime, processed] = split(head)
  return {
    ...decodeBody<Pick<WorkflowEvent, 'data'>>(body, `event ${id}`, format),
    id,
    eventName,
    eventKey,
    eventTime: Number(eventTime),
    processed: processed === '1',
  }
}

/**
 * Id, head and body. Head: workflowId, eventName, eventKey, subscribeAsOf, createdBy, token, workerId, tokenExpiry, and
 * whether the set of open ones has it although it has a token.
 */
export function subscriptionRow(
  subscription: Subscription,
  requestId: string,
  format: BodyFormat,
): readonly [id: string, head: string, body: string] {
  const { id, workflowId, eventName, eventKey, subscribeAsOf, ...rest } = subscription
  const { token, workerId, tokenExpiry, ...body } = rest
  const lease = [token ?? '', workerId ?? '', String(tokenExpiry ?? ''), '']
  const head = [workflowId, eventName, eventKey, String(subscribeAsOf), requestId, ...lease]
  return [id, join(...head), encodeBody(body, format)]
}

export function readSubscription([id, head, body]: Row, format: BodyFormat): Subscription {
  const [workflowId = '', eventName = '', eventKey = '', subscribeAsOf, , ...lease] = split(head)
  const [token, workerId, tokenExpiry] = lease
  type Body = Pick<Subscription, 'stepId' | 'executionPointerId' | 'data'>
  return {
    ...decodeBody<Body>(body, `subscription ${id}`, format),
    id,
    workflowId,
    eventName,
    eventKey,
    subscribeAsOf: Number(subscribeAsOf),
    token: textOrNull(token),
    workerId: textOrNull(workerId),
    tokenExpiry: numberOrNull(tokenExpiry),
  }
}

/** Head: executeAt, rearmAt, token, leaseUntil, workflowId. */
export function commandParams(command: ScheduledCommand, format: BodyFormat): Params {
  const { executeAt, workflowId = null, ...body } = command
  return { executeAt, workflowId, body: encodeBody(body, format) }
}

export function readCommand([key, head, body]: Row, format: BodyFormat): ScheduledCommand {
  const [executeAt, , , , workflowId] = split(head)
  return {
    ...decodeBody<Pick<ScheduledCommand, 'name' | 'data'>>(body, `command ${key}`, format),
    executeAt: Number(executeAt),
    ...present({ workflowId: textOrNull(workflowId) }),
  }
}

/** Id, head and body. Head: workflowId, errorTime, createdBy, arrival. */
export function errorRow(
  error: ExecutionError,
  requestId: string,
  format: BodyFormat,
): readonly [id: string, head: string, body: string] {
  const { id, workflowId, errorTime, ...body } = error
  return [id, join(workflowId, String(errorTime), requestId), encodeBody(body, format)]
}

export function readError([id, head, body]: Row, format: BodyFormat): ExecutionError {
  const [workflowId = '', errorTime] = split(head)
  type Body = Omit<ExecutionError, 'id' | 'workflowId' | 'errorTime'>
  return {
    ...decodeBody<Body>(body, `error ${id}`, format),
    id,
    workflowId,
    errorTime: Number(errorTime),
  }
}
