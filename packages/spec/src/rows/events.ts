import { decodeBody, encodeBody, present, type BodyFormat } from '../codec.ts'
import type { ScheduledCommand } from '../commands.ts'
import type { ExecutionError } from '../error-log.ts'
import type { WorkflowEvent } from '../events.ts'
import type { Subscription } from '../subscriptions.ts'
import { toNumber, toNumberOrNull, type Columns, type Int } from './columns.ts'

export interface EventRow {
  readonly id: string
  readonly event_name: string
  readonly event_key: string
  readonly event_time: Int
  /** A boolean, or 0 or 1. */
  readonly processed: boolean | Int
  readonly body: string
}

type EventBody = Pick<WorkflowEvent, 'data'>

/** All but `processed`, since not every database has booleans. @throws {PersistenceError} `TOO_LARGE` */
export function eventParams(event: WorkflowEvent, format: BodyFormat): Columns {
  const { id, eventName, eventKey, eventTime, processed: _, ...body } = event
  const columns = { id, eventName, eventKey, eventTime }
  return { ...columns, body: encodeBody(body satisfies EventBody, format) }
}

/** @throws {PersistenceError} `CORRUPT` */
export function readEvent(row: EventRow, format: BodyFormat): WorkflowEvent {
  return {
    ...decodeBody<EventBody>(row.body, `event ${row.id}`, format),
    id: row.id,
    eventName: row.event_name,
    eventKey: row.event_key,
    eventTime: toNumber(row.event_time),
    processed: Number(row.processed) === 1,
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

type SubscriptionBody = Pick<Subscription, 'stepId' | 'executionPointerId' | 'data'>

/** @throws {PersistenceError} `TOO_LARGE` */
export function subscriptionParams(subscription: Subscription, format: BodyFormat): Columns {
  const { id, workflowId, eventName, eventKey, subscribeAsOf, ...rest } = subscription
  const { token, workerId, tokenExpiry, ...body } = rest
  return {
    ...{ id, workflowId, eventName, eventKey, subscribeAsOf, token, workerId, tokenExpiry },
    body: encodeBody(body satisfies SubscriptionBody, format),
  }
}

/** With the names of the columns, for several that are sent as one JSON array. @throws {PersistenceError} `TOO_LARGE` */
export function subscriptionColumns(subscription: Subscription, format: BodyFormat): Columns {
  const { id, workflowId, eventName, eventKey, subscribeAsOf, ...rest } = subscription
  const { token, workerId, tokenExpiry, ...body } = rest
  return {
    ...{ id, workflow_id: workflowId, event_name: eventName, event_key: eventKey },
    ...{ subscribe_as_of: subscribeAsOf, token, worker_id: workerId, token_expiry: tokenExpiry },
    body: encodeBody(body satisfies SubscriptionBody, format),
  }
}

/** @throws {PersistenceError} `CORRUPT` */
export function readSubscription(row: SubscriptionRow, format: BodyFormat): Subscription {
  return {
    ...decodeBody<SubscriptionBody>(row.body, `subscription ${row.id}`, format),
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

type CommandBody = Pick<ScheduledCommand, 'name' | 'data'>

/** All but its key. @throws {PersistenceError} `TOO_LARGE` */
export function commandParams(command: ScheduledCommand, format: BodyFormat): Columns {
  const { executeAt, workflowId = null, ...body } = command
  return { executeAt, workflowId, body: encodeBody(body satisfies CommandBody, format) }
}

/** @throws {PersistenceError} `CORRUPT` */
export function readCommand(row: CommandRow, format: BodyFormat): ScheduledCommand {
  return {
    ...decodeBody<CommandBody>(row.body, `command ${row.key}`, format),
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

type ErrorBody = Omit<ExecutionError, 'id' | 'workflowId' | 'errorTime'>

/** With the names of the columns, for several that are sent as one JSON array. @throws {PersistenceError} `TOO_LARGE` */
export function errorColumns(error: ExecutionError, format: BodyFormat): Columns {
  const { id, workflowId, errorTime, ...body } = error
  return {
    ...{ id, workflow_id: workflowId, error_time: errorTime },
    body: encodeBody(body satisfies ErrorBody, format),
  }
}

/** @throws {PersistenceError} `CORRUPT` */
export function readError(row: ErrorRow, format: BodyFormat): ExecutionError {
  return {
    ...decodeBody<ErrorBody>(row.body, `error ${row.id}`, format),
    id: row.id,
    workflowId: row.workflow_id,
    errorTime: toNumber(row.error_time),
  }
}
