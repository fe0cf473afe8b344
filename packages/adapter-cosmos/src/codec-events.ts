import {
  decodeBody,
  encodeBody,
  present,
  type BodyFormat,
  type ExecutionError,
  type ScheduledCommand,
  type Subscription,
  type WorkflowEvent,
} from '@holdfast/spec'
import { digest, itemId } from './keys.ts'
import { ascii, join, orderOf } from './order.ts'
import type { Item } from './partition.ts'

export const PENDING = 'event.pending'
export const DONE = 'event.done'

export interface EventItem extends Item {
  readonly place: string
  readonly state: string
  readonly at: string
  readonly eventName: string
  readonly eventKey: string
  readonly eventTime: number
  readonly arrival: number
  readonly createdBy: string
  readonly body: string
}

/** The beginning of the places of a topic's events. */
export function eventsOf(eventName: string, eventKey: string): string {
  return `event ${join(eventName, eventKey)} `
}

export function eventPlace(eventTime: number, arrival: number): string {
  return orderOf(eventTime) + orderOf(arrival)
}

export function eventState(processed: boolean): string {
  return processed ? DONE : PENDING
}

export function eventItem(
  event: WorkflowEvent,
  arrival: number,
  requestId: string,
  format: BodyFormat,
): EventItem {
  const { id, eventName, eventKey, eventTime, processed, ...body } = event
  const at = eventPlace(eventTime, arrival)
  return {
    id: itemId('event', id),
    kind: 'event',
    key: [id],
    place: eventsOf(eventName, eventKey) + at,
    state: eventState(processed),
    ...{ at, eventName, eventKey, eventTime, arrival, createdBy: requestId },
    body: encodeBody(body, format),
  }
}

export function readEvent(item: EventItem, format: BodyFormat): WorkflowEvent {
  const { key, eventName, eventKey, eventTime, state, body } = item
  const [id = ''] = key
  return {
    ...decodeBody<Pick<WorkflowEvent, 'data'>>(body, `event ${id}`, format),
    ...{ id, eventName, eventKey, eventTime, processed: state === DONE },
  }
}

export const OPEN = 'subscription.open'
const HELD = 'subscription.held'

/** What a token changes. */
export interface Hold {
  readonly state: string
  readonly token: string | null
  readonly workerId: string | null
  readonly expiry: number | null
  /** Stand for the token, and for token and worker, in conditions, which take no parameters. Empty: none. */
  readonly tokenDigest: string
  readonly holdDigest: string
}

export interface SubscriptionItem extends Item, Hold {
  readonly root: string
  readonly place: string
  readonly at: string
  readonly topic: string
  readonly workflowId: string
  readonly eventName: string
  readonly eventKey: string
  readonly subscribeAsOf: number
  readonly createdBy: string
  readonly body: string
}

/** What the items of a topic have in common. */
export function topicOf(eventName: string, eventKey: string): string {
  return join(eventName, eventKey)
}

/** The beginning of the places of a topic's subscriptions. */
export function subscriptionsOf(eventName: string, eventKey: string): string {
  return `subscription ${topicOf(eventName, eventKey)} `
}

export function holdOf(token: string | null, workerId: string | null, expiry: number | null): Hold {
  if (token === null || workerId === null) {
    const none = { token: null, workerId: null, expiry: null, tokenDigest: '', holdDigest: '' }
    return { state: OPEN, ...none }
  }
  const digests = { tokenDigest: digest(token), holdDigest: digest(token, workerId) }
  return { state: HELD, token, workerId, expiry, ...digests }
}

export function subscriptionItem(
  subscription: Subscription,
  requestId: string,
  format: BodyFormat,
): SubscriptionItem {
  const { id, workflowId, eventName, eventKey, subscribeAsOf, ...rest } = subscription
  const { token, workerId, tokenExpiry, ...body } = rest
  const place = subscriptionsOf(eventName, eventKey) + orderOf(subscribeAsOf) + ascii(id)
  return {
    id: itemId('subscription', id),
    kind: 'subscription',
    key: [id],
    root: ascii(workflowId),
    ...{ place, at: place, topic: topicOf(eventName, eventKey) },
    ...{ workflowId, eventName, eventKey, subscribeAsOf, createdBy: requestId },
    ...holdOf(token, workerId, tokenExpiry),
    body: encodeBody(body, format),
  }
}

export function readSubscription(item: SubscriptionItem, format: BodyFormat): Subscription {
  const { key, workflowId, eventName, eventKey, subscribeAsOf, token, workerId, expiry } = item
  const [id = ''] = key
  type Body = Pick<Subscription, 'stepId' | 'executionPointerId' | 'data'>
  return {
    ...decodeBody<Body>(item.body, `subscription ${id}`, format),
    ...{ id, workflowId, eventName, eventKey, subscribeAsOf },
    ...{ token, workerId, tokenExpiry: expiry },
  }
}

export const FREE_COMMAND = 'command.free'
export const HELD_COMMAND = 'command.held'

export interface CommandItem extends Item {
  readonly root: string | null
  readonly place: string
  readonly state: string
  readonly at: string
  readonly expiry: number | null
  readonly executeAt: number
  /** When it comes again although whoever took it succeeds. */
  readonly rearmAt: number | null
  /** Of whoever took it last, and may still come back. */
  readonly token: string | null
  readonly workflowId: string | null
  readonly body: string
}

export const COMMANDS = 'command '

/** The members that follow from when a command is due. */
export function commandTimes(
  executeAt: number,
  key: string,
): Pick<CommandItem, 'executeAt' | 'place' | 'at'> {
  const at = orderOf(executeAt) + key
  return { executeAt, place: COMMANDS + at, at }
}

export function commandItem(
  command: ScheduledCommand,
  key: string,
  format: BodyFormat,
): CommandItem {
  const { executeAt, workflowId = null, ...body } = command
  return {
    id: itemId('command', key),
    kind: 'command',
    key: [key],
    root: workflowId === null ? null : ascii(workflowId),
    state: FREE_COMMAND,
    ...commandTimes(executeAt, key),
    ...{ expiry: null, rearmAt: null, token: null, workflowId },
    body: encodeBody(body, format),
  }
}

export function readCommand(item: CommandItem, format: BodyFormat): ScheduledCommand {
  const { key, executeAt, workflowId, body } = item
  return {
    ...decodeBody<Pick<ScheduledCommand, 'name' | 'data'>>(body, `command ${key[0] ?? ''}`, format),
    executeAt,
    ...present({ workflowId }),
  }
}

export interface ErrorItem extends Item {
  readonly root: string
  readonly place: string
  readonly workflowId: string
  readonly errorTime: number
  readonly arrival: number
  readonly createdBy: string
  readonly body: string
}

/** The beginning of the places of a workflow's errors. */
export function errorsOf(workflowId: string): string {
  return `error ${ascii(workflowId)} `
}

export function errorItem(
  error: ExecutionError,
  arrival: number,
  requestId: string,
  format: BodyFormat,
): ErrorItem {
  const { id, workflowId, errorTime, ...body } = error
  return {
    id: itemId('error', id),
    kind: 'error',
    key: [id],
    root: ascii(workflowId),
    place: errorsOf(workflowId) + eventPlace(errorTime, arrival),
    ...{ workflowId, errorTime, arrival, createdBy: requestId },
    body: encodeBody(body, format),
  }
}

export function readError(
  { key, workflowId, errorTime, body }: ErrorItem,
  format: BodyFormat,
): ExecutionError {
  const [id = ''] = key
  type Body = Omit<ExecutionError, 'id' | 'workflowId' | 'errorTime'>
  return { ...decodeBody<Body>(body, `error ${id}`, format), id, workflowId, errorTime }
}
