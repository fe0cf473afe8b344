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
import { packText, unpackText } from './pack.ts'
import type { Content } from './table.ts'

// A row has properties of its own for what is looked up, ordered or often changed, and its body in chunks of bytes.

/** The name of the properties that hold a body: `body0`, `body1` and so on. */
const BODY = 'body'

/** Properties. Those that are `null` or `undefined` are left out. */
export function fields(
  members: Readonly<Record<string, string | number | null | undefined>>,
): Content {
  const given = Object.entries(members).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(given.map(([name, value]) => [name, escaped(value)]))
}

/** In ASCII: the emulator cuts a transaction in two at U+2028, which its driver sends as it is. */
function escaped(value: string | number | null | undefined): string {
  return encodeURIComponent(value ?? '')
}

/** Properties for a merge, which keeps what is left out: the empty text stands for `null`. */
export function cleared(members: Readonly<Record<string, string | number | null>>): Content {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, escaped(value)]))
}

export function textOf(content: Content, name: string): string {
  const value = content[name]
  return typeof value === 'string' ? decodeURIComponent(value) : ''
}

export function textOrNull(content: Content, name: string): string | null {
  return textOf(content, name) || null
}

export function numberOf(content: Content, name: string): number {
  return Number(textOf(content, name))
}

export function numberOrNull(content: Content, name: string): number | null {
  const text = textOf(content, name)
  return text === '' ? null : Number(text)
}

export function encode(body: object, format: BodyFormat): Content {
  return packText(BODY, encodeBody(body, format))
}

export function decode<T>(content: Content, what: string, format: BodyFormat): T {
  return decodeBody<T>(unpackText(BODY, content), what, format)
}

/** What the store says of a record when it is written. */
export interface Stamps {
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
  readonly createdBy: string
  readonly updatedBy: string
}

/** A record as it is written: bodies are encoded before the store is asked what to stamp them with. */
export function stamped(content: Content, stamps: Partial<Stamps>): Content {
  return { ...content, ...fields({ ...stamps }) }
}

export function stampsOf(content: Content): Stamps {
  return {
    createdAt: numberOf(content, 'createdAt'),
    updatedAt: numberOf(content, 'updatedAt'),
    version: numberOf(content, 'version'),
    createdBy: textOf(content, 'createdBy'),
    updatedBy: textOf(content, 'updatedBy'),
  }
}

const STAMPS = ['createdAt', 'updatedAt', 'version', 'createdBy', 'updatedBy']

/** The properties of a workflow, without its body. */
export const WORKFLOW_HEAD: readonly string[] = [
  ...['id', 'definitionId', 'status', 'nextExecution', 'reference', 'resourceId', 'completedAt'],
  ...STAMPS,
]

export function writeWorkflow(
  workflow: Omit<WorkflowChange, 'version'>,
  format: BodyFormat,
): Content {
  const { id, definitionId, status, nextExecution, ...rest } = workflow
  const { reference, resourceId, completedAt, ...body } = rest
  const head = { id, definitionId, status, nextExecution, reference, resourceId, completedAt }
  return { ...fields(head), ...encode(body, format) }
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

export function readWorkflow(content: Content, format: BodyFormat): WorkflowInstance {
  const id = textOf(content, 'id')
  const { createdAt, updatedAt, version } = stampsOf(content)
  return {
    ...decode<Omit<WorkflowInstance, WorkflowHead>>(content, `workflow ${id}`, format),
    id,
    definitionId: textOf(content, 'definitionId'),
    status: textOf(content, 'status') as WorkflowStatus,
    nextExecution: numberOrNull(content, 'nextExecution'),
    ...present({
      reference: textOrNull(content, 'reference'),
      resourceId: textOrNull(content, 'resourceId'),
      completedAt: numberOrNull(content, 'completedAt'),
    }),
    createdAt,
    updatedAt,
    version,
  }
}

export const STEP_HEAD: readonly string[] = ['workflowId', 'stepId', 'executionIndex', ...STAMPS]

export function writeStep(step: Omit<StepChange, 'version'>, format: BodyFormat): Content {
  const { workflowId, stepId, executionIndex, ...body } = step
  const head = { workflowId, stepId, executionIndex }
  return { ...fields(head), ...encode(body, format) }
}

export function readStep(content: Content, format: BodyFormat): StepExecution {
  const stepId = textOf(content, 'stepId')
  const { createdAt, updatedAt, version } = stampsOf(content)
  type Body = Omit<StepChange, 'workflowId' | 'stepId' | 'executionIndex' | 'version'>
  return {
    ...decode<Body>(content, `step ${stepId}`, format),
    workflowId: textOf(content, 'workflowId'),
    stepId,
    executionIndex: numberOf(content, 'executionIndex'),
    createdAt,
    updatedAt,
    version,
  }
}

export function writeOutput(
  { workflowId, stepId, output }: StepOutput,
  format: BodyFormat,
): Content {
  return { ...fields({ workflowId, stepId }), ...encode({ output }, format) }
}

export function readOutput(content: Content, format: BodyFormat): StepOutput {
  const stepId = textOf(content, 'stepId')
  const what = `the output of step ${stepId}`
  return {
    workflowId: textOf(content, 'workflowId'),
    stepId,
    ...decode<Pick<StepOutput, 'output'>>(content, what, format),
  }
}

export function writeState({ workflowId, key, value }: StateEntry, format: BodyFormat): Content {
  return { ...fields({ workflowId, key }), ...encode({ value }, format) }
}

export function readState(content: Content, format: BodyFormat): StateEntry {
  const key = textOf(content, 'key')
  return {
    workflowId: textOf(content, 'workflowId'),
    key,
    ...decode<Pick<StateEntry, 'value'>>(content, `state ${key}`, format),
  }
}

export const EVENT_HEAD: readonly string[] = [
  ...['id', 'eventName', 'eventKey', 'eventTime', 'processed', 'arrival', 'createdBy'],
]

export function writeEvent(
  event: WorkflowEvent,
  arrival: number,
  createdBy: string,
  format: BodyFormat,
): Content {
  const { id, eventName, eventKey, eventTime, processed, ...body } = event
  const head = { id, eventName, eventKey, eventTime, processed: String(processed) }
  return { ...fields({ ...head, arrival, createdBy }), ...encode(body, format) }
}

export function readEvent(content: Content, format: BodyFormat): WorkflowEvent {
  const id = textOf(content, 'id')
  return {
    ...decode<Pick<WorkflowEvent, 'data'>>(content, `event ${id}`, format),
    id,
    eventName: textOf(content, 'eventName'),
    eventKey: textOf(content, 'eventKey'),
    eventTime: numberOf(content, 'eventTime'),
    processed: textOf(content, 'processed') === 'true',
  }
}

export const SUBSCRIPTION_HEAD: readonly string[] = [
  ...['id', 'workflowId', 'eventName', 'eventKey', 'subscribeAsOf', 'createdBy'],
  ...['token', 'workerId', 'tokenExpiry', 'freed'],
]

export function writeSubscription(
  subscription: Subscription,
  createdBy: string,
  format: BodyFormat,
): Content {
  const { id, workflowId, eventName, eventKey, subscribeAsOf, ...rest } = subscription
  const { token, workerId, tokenExpiry, ...body } = rest
  const head = { id, workflowId, eventName, eventKey, subscribeAsOf, token, workerId, tokenExpiry }
  return { ...fields({ ...head, createdBy }), ...encode(body, format) }
}

export function readSubscription(content: Content, format: BodyFormat): Subscription {
  const id = textOf(content, 'id')
  type Body = Pick<Subscription, 'stepId' | 'executionPointerId' | 'data'>
  return {
    ...decode<Body>(content, `subscription ${id}`, format),
    id,
    workflowId: textOf(content, 'workflowId'),
    eventName: textOf(content, 'eventName'),
    eventKey: textOf(content, 'eventKey'),
    subscribeAsOf: numberOf(content, 'subscribeAsOf'),
    token: textOrNull(content, 'token'),
    workerId: textOrNull(content, 'workerId'),
    tokenExpiry: numberOrNull(content, 'tokenExpiry'),
  }
}

export const COMMAND_HEAD: readonly string[] = [
  ...['key', 'executeAt', 'rearmAt', 'token', 'leaseUntil', 'workflowId'],
]

export function writeCommand(command: ScheduledCommand, key: string, format: BodyFormat): Content {
  const { executeAt, workflowId, ...body } = command
  return { ...fields({ key, executeAt, workflowId }), ...encode(body, format) }
}

export function readCommand(content: Content, format: BodyFormat): ScheduledCommand {
  const what = `command ${textOf(content, 'key')}`
  return {
    ...decode<Pick<ScheduledCommand, 'name' | 'data'>>(content, what, format),
    executeAt: numberOf(content, 'executeAt'),
    ...present({ workflowId: textOrNull(content, 'workflowId') }),
  }
}

export function writeError(error: ExecutionError, arrival: number, format: BodyFormat): Content {
  const { id, workflowId, errorTime, ...body } = error
  return { ...fields({ id, workflowId, errorTime, arrival }), ...encode(body, format) }
}

export function readError(content: Content, format: BodyFormat): ExecutionError {
  const id = textOf(content, 'id')
  type Body = Omit<ExecutionError, 'id' | 'workflowId' | 'errorTime'>
  return {
    ...decode<Body>(content, `error ${id}`, format),
    id,
    workflowId: textOf(content, 'workflowId'),
    errorTime: numberOf(content, 'errorTime'),
  }
}
