import {
  decodeBody,
  encodeBody,
  present,
  type BodyFormat,
  type StateEntry,
  type StepChange,
  type StepExecution,
  type StepKey,
  type StepOutput,
  type StepRow,
  type WorkflowChange,
  type WorkflowInstance,
  type WorkflowRow,
  type WorkflowStatus,
} from '@holdfast/spec'
import { itemId } from './keys.ts'
import { ascii, orderOf } from './order.ts'
import type { Item } from './partition.ts'

// An item has, in the clear, what is looked up, ordered or often changed; its body is one text, what a codec made of the
// rest. The members that have an index are the same ones in every kind:
//   place   where it stands in the order of its kind
//   state   which of the lists it is on that things are taken from, and `at`, its place there
//   expiry  when whoever holds it loses it
//   root    the workflow that it goes away with
// Beside these: `lists` of a workflow, `topic` of a subscription, `family` of a snapshot and its tasks, and the `request`
// that claimed a task.

/** The record that an item stands for, and when and by which request it was written. */
interface Versioned {
  readonly createdAt: number
  readonly createdBy: string
  readonly updatedAt: number
  readonly updatedBy: string
  readonly version: number
}

/** What an update of a workflow replaces. */
interface WorkflowContent {
  readonly state: string
  readonly at: string
  /** The members that {@link WorkflowBackend.list} compares, and the age that a purge goes by. */
  readonly lists: {
    readonly status: WorkflowStatus
    readonly definition: string
    readonly reference: string | null
    readonly resource: string | null
    readonly age: string
  }
  readonly nextExecution: number | null
  readonly completedAt: number | null
  readonly body: string
}

export interface WorkflowItem extends Item, Versioned, WorkflowContent {
  readonly place: string
}

export const DUE = 'workflow.due'

export function workflowContent(
  workflow: Omit<WorkflowChange, 'version'>,
  updatedAt: number,
  format: BodyFormat,
): WorkflowContent {
  const { id, definitionId, status, nextExecution, ...rest } = workflow
  const { reference = null, resourceId = null, completedAt = null, ...body } = rest
  const isDue = status === 'runnable' && nextExecution !== null
  return {
    state: isDue ? DUE : 'workflow',
    at: isDue ? `${orderOf(nextExecution)}${ascii(id)}` : '',
    lists: {
      status,
      definition: definitionId,
      reference,
      resource: resourceId,
      age: orderOf(completedAt ?? updatedAt),
    },
    nextExecution,
    completedAt,
    body: encodeBody(body, format),
  }
}

export const WORKFLOWS = 'workflow '

export function workflowPlace(createdAt: number, id: string): string {
  return `${WORKFLOWS}${orderOf(createdAt)}${ascii(id)}`
}

export function workflowItem(
  workflow: WorkflowRow,
  requestId: string,
  now: number,
  format: BodyFormat,
): WorkflowItem {
  const { createdAt: created, updatedAt: updated, ...content } = workflow
  const [createdAt, updatedAt] = [created ?? now, updated ?? now]
  return {
    id: itemId('workflow', workflow.id),
    kind: 'workflow',
    key: [workflow.id],
    place: workflowPlace(createdAt, workflow.id),
    ...workflowContent(content, updatedAt, format),
    ...{ createdAt, createdBy: requestId, updatedAt, updatedBy: requestId, version: 1 },
  }
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

export function readWorkflow(item: WorkflowItem, format: BodyFormat): WorkflowInstance {
  const { key, lists, nextExecution, completedAt, createdAt, updatedAt, version } = item
  const [id = ''] = key
  const { status, definition, reference, resource } = lists
  return {
    ...decodeBody<Omit<WorkflowInstance, WorkflowHead>>(item.body, `workflow ${id}`, format),
    ...{ id, definitionId: definition, status, nextExecution },
    ...present({ reference, resourceId: resource, completedAt }),
    ...{ createdAt, updatedAt, version },
  }
}

/** What an update of a step replaces. */
interface StepContent {
  readonly place: string
  readonly executionIndex: number
  readonly body: string
}

export interface StepItem extends Item, Versioned, StepContent {
  readonly root: string
}

export function stepId({ workflowId, stepId: step }: StepKey): string {
  return itemId('step', workflowId, step)
}

/** The beginning of the places of a workflow's steps. */
export function stepsOf(workflowId: string): string {
  return `step ${ascii(workflowId)} `
}

export function stepPlace(workflowId: string, executionIndex: number, step: string): string {
  return `${stepsOf(workflowId)}${orderOf(executionIndex)}${ascii(step)}`
}

export function stepContent(step: Omit<StepChange, 'version'>, format: BodyFormat): StepContent {
  const { workflowId, stepId: id, executionIndex, ...body } = step
  const place = stepPlace(workflowId, executionIndex, id)
  return { place, executionIndex, body: encodeBody(body, format) }
}

export function stepItem(
  step: StepRow,
  requestId: string,
  now: number,
  format: BodyFormat,
): StepItem {
  const { createdAt: created, updatedAt: updated, ...content } = step
  const [createdAt, updatedAt] = [created ?? now, updated ?? now]
  return {
    id: stepId(step),
    kind: 'step',
    key: [step.workflowId, step.stepId],
    root: ascii(step.workflowId),
    ...stepContent(content, format),
    ...{ createdAt, createdBy: requestId, updatedAt, updatedBy: requestId, version: 1 },
  }
}

export function readStep(item: StepItem, format: BodyFormat): StepExecution {
  const { key, executionIndex, createdAt, updatedAt, version } = item
  const [workflowId = '', step = ''] = key
  type Body = Omit<StepChange, 'workflowId' | 'stepId' | 'executionIndex' | 'version'>
  return {
    ...decodeBody<Body>(item.body, `step ${step}`, format),
    ...{ workflowId, stepId: step, executionIndex, createdAt, updatedAt, version },
  }
}

export interface OutputItem extends Item {
  readonly root: string
  readonly body: string
}

export function outputId({ workflowId, stepId: step }: StepKey): string {
  return itemId('output', workflowId, step)
}

export function outputItem(output: StepOutput, format: BodyFormat): OutputItem {
  const { workflowId, stepId: step } = output
  return {
    id: outputId(output),
    kind: 'output',
    key: [workflowId, step],
    root: ascii(workflowId),
    body: encodeBody({ output: output.output }, format),
  }
}

export function readOutput({ key, body }: OutputItem, format: BodyFormat): StepOutput {
  const [workflowId = '', step = ''] = key
  const what = `the output of step ${step}`
  const { output } = decodeBody<Pick<StepOutput, 'output'>>(body, what, format)
  return { workflowId, stepId: step, output }
}

export interface StateItem extends Item {
  readonly root: string
  readonly place: string
  readonly body: string
}

/** The beginning of the places of a workflow's values. */
export function stateOf(workflowId: string): string {
  return `state ${ascii(workflowId)} `
}

export function stateItem({ workflowId, key, value }: StateEntry, format: BodyFormat): StateItem {
  return {
    id: itemId('state', workflowId, key),
    kind: 'state',
    key: [workflowId, key],
    root: ascii(workflowId),
    place: stateOf(workflowId) + ascii(key),
    body: encodeBody({ value }, format),
  }
}

export function readState({ key: ids, body }: StateItem, format: BodyFormat): StateEntry {
  const [workflowId = '', key = ''] = ids
  const { value } = decodeBody<Pick<StateEntry, 'value'>>(body, `state ${key}`, format)
  return { workflowId, key, value }
}
