import {
  decodeBody,
  encodeBody,
  type Codec,
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
import type { Params } from './statement.ts'

// A body is what is left of a record when its columns are taken away. Columns hold what is looked up, ordered or often
// changed. Oracle takes an empty string for a null: what may be empty is in the body, whose JSON is never empty.

/** How bodies are stored. */
export interface Format {
  readonly codec: Codec
  readonly maxPayloadBytes: number
}

/** A `NUMBER` of the database: text from a query, so that it has all its digits, and a number from a bind. */
export type Int = string | number

export function encode(body: object, { codec, maxPayloadBytes }: Format): string {
  return encodeBody(codec, body, maxPayloadBytes)
}

/** Epoch ms, versions and tokens all fit a double. */
export function toNumber(value: Int): number {
  return Number(value)
}

export function toNumberOrNull(value: Int | null): number | null {
  return value === null ? null : Number(value)
}

/** The members that are not null: in a record, absent is not `undefined`. */
export function present<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const found = Object.entries(members).filter(([, value]) => value !== null)
  return Object.fromEntries(found) as { [K in keyof T]?: NonNullable<T[K]> }
}

export interface WorkflowRow {
  readonly id: string
  readonly definition_id: string
  readonly reference: string | null
  readonly resource_id: string | null
  readonly status: WorkflowStatus
  readonly next_execution: Int | null
  readonly completed_at: Int | null
  readonly created_at: Int
  readonly updated_at: Int
  readonly version: Int
  readonly body: string
}

type WorkflowColumn =
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

export function workflowParams(workflow: Omit<WorkflowChange, 'version'>, format: Format): Params {
  const { id, definitionId, status, nextExecution, ...rest } = workflow
  const { reference = null, resourceId = null, completedAt = null, ...body } = rest
  return {
    ...{ id, definitionId, status, nextExecution, reference, resourceId, completedAt },
    body: encode(body, format),
  }
}

export function readWorkflow(row: WorkflowRow, { codec }: Format): WorkflowInstance {
  return {
    ...decodeBody<Omit<WorkflowInstance, WorkflowColumn>>(codec, row.body, `workflow ${row.id}`),
    id: row.id,
    definitionId: row.definition_id,
    status: row.status,
    nextExecution: toNumberOrNull(row.next_execution),
    ...present({
      reference: row.reference,
      resourceId: row.resource_id,
      completedAt: toNumberOrNull(row.completed_at),
    }),
    createdAt: toNumber(row.created_at),
    updatedAt: toNumber(row.updated_at),
    version: toNumber(row.version),
  }
}

export interface StepRow {
  readonly workflow_id: string
  readonly step_id: string
  readonly execution_index: Int
  readonly created_at: Int
  readonly updated_at: Int
  readonly version: Int
  readonly body: string
}

type StepColumn = 'workflowId' | 'stepId' | 'executionIndex' | 'createdAt' | 'updatedAt' | 'version'

export function stepParams(step: Omit<StepChange, 'version'>, format: Format): Params {
  const { workflowId, stepId, executionIndex, ...body } = step
  return { workflowId, stepId, executionIndex, body: encode(body, format) }
}

export function readStep(row: StepRow, { codec }: Format): StepExecution {
  return {
    ...decodeBody<Omit<StepExecution, StepColumn>>(codec, row.body, `step ${row.step_id}`),
    workflowId: row.workflow_id,
    stepId: row.step_id,
    executionIndex: toNumber(row.execution_index),
    createdAt: toNumber(row.created_at),
    updatedAt: toNumber(row.updated_at),
    version: toNumber(row.version),
  }
}

export function outputParams({ workflowId, stepId, output }: StepOutput, format: Format): Params {
  return { workflowId, stepId, body: encode({ output }, format) }
}

export function readOutput(
  key: Pick<StepOutput, 'workflowId' | 'stepId'>,
  body: string,
  { codec }: Format,
): StepOutput {
  const what = `the output of step ${key.stepId}`
  return { ...key, ...decodeBody<Pick<StepOutput, 'output'>>(codec, body, what) }
}

export function stateParams({ workflowId, key, value }: StateEntry, format: Format): Params {
  return { workflowId, key, body: encode({ value }, format) }
}

export function readState(
  key: Pick<StateEntry, 'workflowId' | 'key'>,
  body: string,
  { codec }: Format,
): StateEntry {
  return { ...key, ...decodeBody<Pick<StateEntry, 'value'>>(codec, body, `state ${key.key}`) }
}

export interface EventRow {
  readonly id: string
  readonly event_name: string
  readonly event_key: string
  readonly event_time: Int
  /** 0 or 1. */
  readonly processed: Int
  readonly body: string
}

export function eventParams(event: WorkflowEvent, format: Format): Params {
  const { id, eventName, eventKey, eventTime, processed, ...body } = event
  return {
    ...{ id, eventName, eventKey, eventTime, processed: processed ? 1 : 0 },
    body: encode(body, format),
  }
}

export function readEvent(row: EventRow, { codec }: Format): WorkflowEvent {
  return {
    ...decodeBody<Pick<WorkflowEvent, 'data'>>(codec, row.body, `event ${row.id}`),
    id: row.id,
    eventName: row.event_name,
    eventKey: row.event_key,
    eventTime: toNumber(row.event_time),
    processed: toNumber(row.processed) === 1,
  }
}

export interface SubscriptionRow {
  readonly id: string
  readonly workflow_id: string
  readonly event_name: string
  readonly event_key: string
  readonly subscribe_as_of: Int
  readonly token: string | null
  readonly worker_id: string | null
  readonly token_expiry: Int | null
  readonly body: string
}

/** With the names of the columns, since several are sent as one JSON array. */
export function subscriptionColumns(subscription: Subscription, format: Format): Params {
  const { id, workflowId, eventName, eventKey, subscribeAsOf, ...rest } = subscription
  const { token, workerId, tokenExpiry, ...body } = rest
  return {
    id,
    workflow_id: workflowId,
    event_name: eventName,
    event_key: eventKey,
    subscribe_as_of: subscribeAsOf,
    token,
    worker_id: workerId,
    token_expiry: tokenExpiry,
    body: encode(body, format),
  }
}

type SubscriptionBody = Pick<Subscription, 'stepId' | 'executionPointerId' | 'data'>

export function readSubscription(row: SubscriptionRow, { codec }: Format): Subscription {
  return {
    ...decodeBody<SubscriptionBody>(codec, row.body, `subscription ${row.id}`),
    id: row.id,
    workflowId: row.workflow_id,
    eventName: row.event_name,
    eventKey: row.event_key,
    subscribeAsOf: toNumber(row.subscribe_as_of),
    token: row.token,
    workerId: row.worker_id,
    tokenExpiry: toNumberOrNull(row.token_expiry),
  }
}

export interface CommandRow {
  readonly key: string
  readonly execute_at: Int
  readonly workflow_id: string | null
  readonly body: string
}

export function commandParams(command: ScheduledCommand, format: Format): Params {
  const { executeAt, workflowId = null, ...body } = command
  return { executeAt, workflowId, body: encode(body, format) }
}

export function readCommand(row: CommandRow, { codec }: Format): ScheduledCommand {
  const what = `command ${row.key}`
  return {
    ...decodeBody<Pick<ScheduledCommand, 'name' | 'data'>>(codec, row.body, what),
    executeAt: toNumber(row.execute_at),
    ...present({ workflowId: row.workflow_id }),
  }
}

export interface ErrorRow {
  readonly id: string
  readonly workflow_id: string
  readonly error_time: Int
  readonly arrival: Int
  readonly body: string
}

/** With the names of the columns, since several are sent as one JSON array. */
export function errorColumns(error: ExecutionError, format: Format): Omit<ErrorRow, 'arrival'> {
  const { id, workflowId, errorTime, ...body } = error
  return { id, workflow_id: workflowId, error_time: errorTime, body: encode(body, format) }
}

export function readError(row: ErrorRow, { codec }: Format): ExecutionError {
  type Body = Omit<ExecutionError, 'id' | 'workflowId' | 'errorTime'>
  return {
    ...decodeBody<Body>(codec, row.body, `error ${row.id}`),
    id: row.id,
    workflowId: row.workflow_id,
    errorTime: toNumber(row.error_time),
  }
}
