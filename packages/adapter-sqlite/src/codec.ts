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
import type { Params } from './executor.ts'

/** How bodies are stored. */
export interface Format {
  readonly codec: Codec
  readonly maxPayloadBytes: number
}

// A body is what is left of a record when its columns are taken away; rows have the names that the SQL gives them.

export type WorkflowRow = Pick<
  WorkflowInstance,
  'id' | 'definitionId' | 'nextExecution' | 'createdAt' | 'updatedAt' | 'version'
> & {
  readonly status: WorkflowStatus
  readonly reference: string | null
  readonly resourceId: string | null
  readonly completedAt: number | null
  readonly body: string
}

type WorkflowBody = Omit<WorkflowInstance, Exclude<keyof WorkflowRow, 'body'>>

export function workflowParams(workflow: Omit<WorkflowChange, 'version'>, format: Format): Params {
  const { id, definitionId, status, nextExecution, ...rest } = workflow
  const { reference = null, resourceId = null, completedAt = null, ...body } = rest
  return {
    id,
    definitionId,
    status,
    nextExecution,
    reference,
    resourceId,
    completedAt,
    body: encode(body, format),
  }
}

export function readWorkflow(row: WorkflowRow, { codec }: Format): WorkflowInstance {
  const { id, definitionId, status, nextExecution, createdAt, updatedAt, version } = row
  const { reference, resourceId, completedAt } = row
  return {
    ...decodeBody<WorkflowBody>(codec, row.body, `workflow ${id}`),
    ...{ id, definitionId, status, nextExecution, createdAt, updatedAt, version },
    ...present({ reference, resourceId, completedAt }),
  }
}

export type StepRow = Pick<
  StepExecution,
  'workflowId' | 'stepId' | 'executionIndex' | 'createdAt' | 'updatedAt' | 'version'
> & { readonly body: string }

type StepBody = Omit<StepExecution, Exclude<keyof StepRow, 'body'>>

export function stepParams(step: Omit<StepChange, 'version'>, format: Format): Params {
  const { workflowId, stepId, executionIndex, ...body } = step
  return { workflowId, stepId, executionIndex, body: encode(body, format) }
}

export function readStep(row: StepRow, { codec }: Format): StepExecution {
  const { workflowId, stepId, executionIndex, createdAt, updatedAt, version, body } = row
  return {
    ...decodeBody<StepBody>(codec, body, `step ${stepId}`),
    ...{ workflowId, stepId, executionIndex, createdAt, updatedAt, version },
  }
}

export interface OutputRow {
  readonly workflowId: string
  readonly stepId: string
  readonly body: string
}

export function outputParams({ workflowId, stepId, output }: StepOutput, format: Format): Params {
  return { workflowId, stepId, body: encode({ output }, format) }
}

export function readOutput({ body, ...key }: OutputRow, { codec }: Format): StepOutput {
  return {
    ...key,
    ...decodeBody<Pick<StepOutput, 'output'>>(codec, body, `the output of step ${key.stepId}`),
  }
}

export interface StateRow {
  readonly workflowId: string
  readonly key: string
  readonly body: string
}

export function stateParams({ workflowId, key, value }: StateEntry, format: Format): Params {
  return { workflowId, key, body: encode({ value }, format) }
}

export function readState({ body, ...key }: StateRow, { codec }: Format): StateEntry {
  return { ...key, ...decodeBody<Pick<StateEntry, 'value'>>(codec, body, `state ${key.key}`) }
}

export interface EventRow {
  readonly arrival: number
  readonly id: string
  readonly eventName: string
  readonly eventKey: string
  readonly eventTime: number
  readonly processed: number
  readonly body: string
}

export function eventParams(event: WorkflowEvent, format: Format): Params {
  const { id, eventName, eventKey, eventTime, processed, ...body } = event
  return {
    id,
    eventName,
    eventKey,
    eventTime,
    processed: processed ? 1 : 0,
    body: encode(body, format),
  }
}

export function readEvent(row: EventRow, { codec }: Format): WorkflowEvent {
  const { id, eventName, eventKey, eventTime } = row
  return {
    ...decodeBody<Pick<WorkflowEvent, 'data'>>(codec, row.body, `event ${id}`),
    ...{ id, eventName, eventKey, eventTime, processed: row.processed === 1 },
  }
}

export type SubscriptionRow = Pick<
  Subscription,
  | 'id'
  | 'workflowId'
  | 'eventName'
  | 'eventKey'
  | 'subscribeAsOf'
  | 'token'
  | 'workerId'
  | 'tokenExpiry'
> & { readonly body: string }

type SubscriptionBody = Omit<Subscription, Exclude<keyof SubscriptionRow, 'body'>>

/** The columns of a subscription and of the hold on it. */
export function subscriptionParams(
  subscription: Subscription,
  format: Format,
): Omit<SubscriptionRow, 'body'> & { readonly body: string } {
  const { id, workflowId, eventName, eventKey, subscribeAsOf, ...rest } = subscription
  const { token, workerId, tokenExpiry, ...body } = rest
  return {
    ...{ id, workflowId, eventName, eventKey, subscribeAsOf },
    ...{ token, workerId, tokenExpiry, body: encode(body, format) },
  }
}

export function readSubscription(row: SubscriptionRow, { codec }: Format): Subscription {
  const { id, workflowId, eventName, eventKey, subscribeAsOf } = row
  const { token, workerId, tokenExpiry } = row
  return {
    ...decodeBody<SubscriptionBody>(codec, row.body, `subscription ${id}`),
    ...{ id, workflowId, eventName, eventKey, subscribeAsOf },
    ...{ token, workerId, tokenExpiry },
  }
}

export interface CommandRow {
  readonly key: string
  readonly executeAt: number
  readonly workflowId: string | null
  readonly body: string
}

export function commandParams(command: ScheduledCommand, format: Format): Params {
  const { executeAt, workflowId = null, ...body } = command
  return { executeAt, workflowId, body: encode(body, format) }
}

export function readCommand(row: CommandRow, { codec }: Format): ScheduledCommand {
  const { key, executeAt, workflowId, body } = row
  return {
    ...decodeBody<Pick<ScheduledCommand, 'name' | 'data'>>(codec, body, `command ${key}`),
    executeAt,
    ...present({ workflowId }),
  }
}

export interface ErrorRow {
  readonly arrival: number
  readonly id: string
  readonly workflowId: string
  readonly errorTime: number
  readonly body: string
}

/** The columns of errors, as one JSON text. */
export function errorParams(errors: readonly ExecutionError[], format: Format): Params {
  return {
    errors: JSON.stringify(
      errors.map(({ id, workflowId, errorTime, ...body }) => {
        return { id, workflowId, errorTime, body: encode(body, format) }
      }),
    ),
  }
}

export function readError(row: ErrorRow, { codec }: Format): ExecutionError {
  const { id, workflowId, errorTime } = row
  return {
    ...decodeBody<Omit<ExecutionError, 'id' | 'workflowId' | 'errorTime'>>(
      codec,
      row.body,
      `error ${id}`,
    ),
    ...{ id, workflowId, errorTime },
  }
}

export function encode(body: object, { codec, maxPayloadBytes }: Format): string {
  return encodeBody(codec, body, maxPayloadBytes)
}

type Present<T> = { -readonly [K in keyof T]?: NonNullable<T[K]> }

/** Without the members that are null: a column that is null stands for a member that is absent. */
function present<T extends Readonly<Record<string, string | number | null>>>(
  columns: T,
): Present<T> {
  return Object.fromEntries(
    Object.entries(columns).filter(([, value]) => value !== null),
  ) as Present<T>
}
