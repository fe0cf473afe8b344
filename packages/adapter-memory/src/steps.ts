import {
  PersistenceError,
  decodeBody,
  encodeBody,
  type StepBackend,
  type StepChange,
  type StepExecution,
  type StepOutput,
  type StepPlace,
} from '@holdfast/spec'
import type { Context } from './context.ts'
import { keyOf, pageOf, type StepRow } from './database.ts'

export function createSteps(context: Context): StepBackend {
  const { tables, now } = context

  const read = (row: StepRow): StepExecution => readStep(row, context)

  return {
    async create(step, { requestId }) {
      const key = keyOf(step.workflowId, step.stepId)
      const stored = tables.steps.get(key)
      if (stored?.createdBy === requestId) return read(stored)
      if (stored) throw new PersistenceError('CONFLICT', `There is a step ${key} already`)
      const { createdAt, updatedAt, ...change } = step
      const time = now()
      const row = toRow(
        { ...change, version: 1 },
        createdAt ?? time,
        updatedAt ?? time,
        requestId,
        requestId,
        context,
      )
      tables.steps.set(key, row)
      return read(row)
    },

    async get({ workflowId, stepId }) {
      const row = tables.steps.get(keyOf(workflowId, stepId))
      return row ? read(row) : null
    },

    async update(step, { requestId }) {
      const key = keyOf(step.workflowId, step.stepId)
      const stored = tables.steps.get(key)
      if (!stored) throw new PersistenceError('NOT_FOUND', `There is no step ${key}`)
      if (stored.version === step.version + 1 && stored.updatedBy === requestId) return read(stored)
      if (stored.version !== step.version) {
        throw new PersistenceError(
          'CONFLICT',
          `Step ${key} is at version ${stored.version}, not ${step.version}`,
        )
      }
      const change = { ...step, version: step.version + 1 }
      const updatedAt = Math.max(stored.updatedAt, now())
      const row = toRow(change, stored.createdAt, updatedAt, stored.createdBy, requestId, context)
      tables.steps.set(key, row)
      return read(row)
    },

    async list(workflowId, page) {
      const found = [...tables.steps.values()].filter((row) => row.workflowId === workflowId)
      const placeOf = (row: StepRow): StepPlace => [row.executionIndex, row.stepId]
      return pageOf(found, page, placeOf, read, (row) => row.stepId)
    },

    async saveOutput(output) {
      const { workflowId, stepId } = output
      tables.outputs.set(keyOf(workflowId, stepId), {
        workflowId,
        body: encodeBody(output, context),
      })
    },

    async loadOutput({ workflowId, stepId }) {
      const row = tables.outputs.get(keyOf(workflowId, stepId))
      return row ? decodeBody<StepOutput>(row.body, `the output of step ${stepId}`, context) : null
    },
  }
}

function toRow(
  step: StepChange,
  createdAt: number,
  updatedAt: number,
  createdBy: string,
  updatedBy: string,
  context: Context,
): StepRow {
  const { workflowId, stepId, executionIndex, version } = step
  const body = encodeBody(step, context)
  return {
    workflowId,
    stepId,
    executionIndex,
    version,
    createdAt,
    updatedAt,
    createdBy,
    updatedBy,
    body,
  }
}

function readStep(row: StepRow, context: Context): StepExecution {
  const { createdAt, updatedAt, body, stepId } = row
  return { ...decodeBody<StepChange>(body, `step ${stepId}`, context), createdAt, updatedAt }
}
