import type { NewStep, StepExecution, StepKey, StepOutput, StepUpdate } from '@holdfast/spec'
import { inOrder, refuse, replaced, type Model } from './model.ts'

export function createStep(model: Model, step: NewStep, now: number): StepExecution {
  if (findStep(model, step)) refuse('CONFLICT')
  const stored = { createdAt: now, updatedAt: now, ...step, version: 1 }
  model.steps = [...model.steps, stored]
  return stored
}

export function findStep(model: Model, key: StepKey): StepExecution | undefined {
  return model.steps.find((step) => isSame(step, key))
}

export function updateStep(model: Model, step: StepUpdate, now: number): StepExecution {
  const stored = findStep(model, step) ?? refuse('NOT_FOUND')
  if (stored.version !== step.version) refuse('CONFLICT')
  const updated = {
    ...step,
    createdAt: stored.createdAt,
    updatedAt: Math.max(stored.updatedAt, now),
    version: stored.version + 1,
  }
  model.steps = replaced(model.steps, stored, updated)
  return updated
}

export function listSteps(model: Model, workflowId: string): readonly StepExecution[] {
  const found = model.steps.filter((step) => step.workflowId === workflowId)
  return inOrder(found, ({ executionIndex, stepId }) => [executionIndex, stepId])
}

export function saveOutput(model: Model, output: StepOutput): void {
  const stored = findOutput(model, output)
  model.outputs = stored ? replaced(model.outputs, stored, output) : [...model.outputs, output]
}

export function findOutput(model: Model, key: StepKey): StepOutput | undefined {
  return model.outputs.find((output) => isSame(output, key))
}

function isSame(a: StepKey, b: StepKey): boolean {
  return a.workflowId === b.workflowId && a.stepId === b.stepId
}
