import { decodeBody, encodeBody, present, type BodyFormat } from '../codec.ts'
import type { StateEntry } from '../state.ts'
import type { StepChange, StepExecution, StepOutput } from '../steps.ts'
import type { WorkflowChange, WorkflowInstance, WorkflowStatus } from '../workflows.ts'
import { timesOf, toNumber, toNumberOrNull, type Columns, type Int, type Times } from './columns.ts'

export interface WorkflowRow extends Times {
  readonly id: string
  readonly definition_id: string
  readonly reference: string | null
  readonly resource_id: string | null
  readonly status: WorkflowStatus
  readonly next_execution: Int | null
  readonly completed_at: Int | null
  readonly version: Int
  readonly body: string
}

type WorkflowBody = Omit<WorkflowChange, WorkflowColumn>
type WorkflowColumn =
  | 'id'
  | 'definitionId'
  | 'reference'
  | 'resourceId'
  | 'status'
  | 'nextExecution'
  | 'completedAt'
  | 'version'

/** What a caller sends of a workflow. @throws {PersistenceError} `TOO_LARGE` */
export function workflowParams(
  workflow: Omit<WorkflowChange, 'version'>,
  format: BodyFormat,
): Columns {
  const { id, definitionId, status, nextExecution, ...rest } = workflow
  const { reference = null, resourceId = null, completedAt = null, ...body } = rest
  return {
    ...{ id, definitionId, status, nextExecution, reference, resourceId, completedAt },
    body: encodeBody(body satisfies WorkflowBody, format),
  }
}

/** @throws {PersistenceError} `CORRUPT` */
export function readWorkflow(row: WorkflowRow, format: BodyFormat): WorkflowInstance {
  return {
    ...decodeBody<WorkflowBody>(row.body, `workflow ${row.id}`, format),
    id: row.id,
    definitionId: row.definition_id,
    status: row.status,
    nextExecution: toNumberOrNull(row.next_execution),
    ...present({
      reference: row.reference,
      resourceId: row.resource_id,
      completedAt: toNumberOrNull(row.completed_at),
    }),
    ...timesOf(row),
    version: toNumber(row.version),
  }
}

export interface StepRow extends Times {
  readonly workflow_id: string
  readonly step_id: string
  readonly execution_index: Int
  readonly version: Int
  readonly body: string
}

type StepBody = Omit<StepChange, 'workflowId' | 'stepId' | 'executionIndex' | 'version'>

/** What a caller sends of a step. @throws {PersistenceError} `TOO_LARGE` */
export function stepParams(step: Omit<StepChange, 'version'>, format: BodyFormat): Columns {
  const { workflowId, stepId, executionIndex, ...body } = step
  return {
    ...{ workflowId, stepId, executionIndex },
    body: encodeBody(body satisfies StepBody, format),
  }
}

/** @throws {PersistenceError} `CORRUPT` */
export function readStep(row: StepRow, format: BodyFormat): StepExecution {
  return {
    ...decodeBody<StepBody>(row.body, `step ${row.step_id}`, format),
    workflowId: row.workflow_id,
    stepId: row.step_id,
    executionIndex: toNumber(row.execution_index),
    ...timesOf(row),
    version: toNumber(row.version),
  }
}

type OutputBody = Pick<StepOutput, 'output'>

/** @throws {PersistenceError} `TOO_LARGE` */
export function outputParams(
  { workflowId, stepId, output }: StepOutput,
  format: BodyFormat,
): Columns {
  return { workflowId, stepId, body: encodeBody({ output } satisfies OutputBody, format) }
}

/** @throws {PersistenceError} `CORRUPT` */
export function readOutput(
  key: Pick<StepOutput, 'workflowId' | 'stepId'>,
  body: string,
  format: BodyFormat,
): StepOutput {
  return { ...key, ...decodeBody<OutputBody>(body, `the output of step ${key.stepId}`, format) }
}

type StateBody = Pick<StateEntry, 'value'>

/** @throws {PersistenceError} `TOO_LARGE` */
export function stateParams({ workflowId, key, value }: StateEntry, format: BodyFormat): Columns {
  return { workflowId, key, body: encodeBody({ value } satisfies StateBody, format) }
}

/** @throws {PersistenceError} `CORRUPT` */
export function readState(
  key: Pick<StateEntry, 'workflowId' | 'key'>,
  body: string,
  format: BodyFormat,
): StateEntry {
  return { ...key, ...decodeBody<StateBody>(body, `state ${key.key}`, format) }
}
