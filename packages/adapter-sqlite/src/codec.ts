import {
  decodeBody,
  encodeBody,
  present,
  type BodyFormat,
  type ExecutionError,
  type ScheduledCommand,
  type StateEntry,
  type StepExecution,
  type StepOutput,
  type Subscription,
  type WorkflowEvent,
  type WorkflowInstance,
  type WorkflowStatus,
} from '@holdfast/spec'
import type { Params } from './executor.ts'

// Parameters are those of every SQL database, in @holdfast/spec; rows have the names that the SQL gives them.

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

export function readWorkflow(row: WorkflowRow, format: BodyFormat): WorkflowInstance {
  const { id, definitionId, status, nextExecution, createdAt, updatedAt, version } = row
  const { reference, resourceId, completedAt } = row
  return {
    ...decodeBody<WorkflowBody>(row.body, `workflow ${id}`, format),
    ...{ id, definitionId, status, nextExecution, createdAt, updatedAt, version },
    ...present({ reference, resourceId, completedAt }),
  }
}

export type StepRow = Pick<
  StepExecution,
  'workflowId' | 'stepId' | 'executionIndex' | 'createdAt' | 'updatedAt' | 'version'
> & { readonly body: string }

type StepBody = Omit<StepExecution, Exclude<keyof StepRow, 'body'>>

export function readStep(row: StepRow, format: BodyFormat): StepExecution {
  const { workflowId, stepId, executionIndex, createdAt, updatedAt, version, body } = row
  return {
    ...decodeBody<StepBody>(body, `step ${stepId}`, format),
    ...{ workflowId, stepId, executionIndex, createdAt, updatedAt, version },
  }
}

export interface OutputRow {
  readonly workflowId: string
  readonly stepId: string
  readonly body: string
}

export function readOutput({ body, ...key }: OutputRow, format: BodyFormat): StepOutput {
  return {
    ...key,
    ...decodeBody<Pick<StepOutput, 'output'>>(body, `the output of step ${key.stepId}`, format),
  }
}

export interface StateRow {
  readonly workflowId: string
  readonly key: string
  readonly body: string
}

export function readState({ body, ...key }: StateRow, format: BodyFormat): StateEntry {
  return { ...key, ...decodeBody<Pick<StateEntry, 'value'>>(body, `state ${key.key}`, format) }
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

export function readEvent(row: EventRow, format: BodyFormat): WorkflowEvent {
  const { id, eventName, eventKey, eventTime } = row
  return {
    ...decodeBody<Pick<WorkflowEvent, 'data'>>(row.body, `event ${id}`, format),
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

export function readSubscription(row: SubscriptionRow, format: BodyFormat): Subscription {
  const { id, workflowId, eventName, eventKey, subscribeAsOf } = row
  const { token, workerId, tokenExpiry } = row
  return {
    ...decodeBody<SubscriptionBody>(row.body, `subscription ${id}`, format),
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

export function readCommand(row: CommandRow, format: BodyFormat): ScheduledCommand {
  const { key, executeAt, workflowId, body } = row
  return {
    ...decodeBody<Pick<ScheduledCommand, 'name' | 'data'>>(body, `command ${key}`, format),
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
export function errorParams(errors: readonly ExecutionError[], format: BodyFormat): Params {
  return {
    errors: JSON.stringify(
      errors.map(({ id, workflowId, errorTime, ...body }) => {
        return { id, workflowId, errorTime, body: encodeBody(body, format) }
      }),
    ),
  }
}

export function readError(row: ErrorRow, format: BodyFormat): ExecutionError {
  const { id, workflowId, errorTime } = row
  return {
    ...decodeBody<Omit<ExecutionError, 'id' | 'workflowId' | 'errorTime'>>(
      row.body,
      `error ${id}`,
      format,
    ),
    ...{ id, workflowId, errorTime },
  }
}
