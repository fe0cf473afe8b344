import type { ExecutionError } from '@holdfast/spec'
import { inOrder, refuse, type Model } from './model.ts'

export function appendErrors(model: Model, errors: readonly ExecutionError[]): void {
  const taken = new Set(model.errors.map(({ id }) => id))
  if (errors.some(({ id }) => taken.has(id))) refuse('CONFLICT')
  model.errors = [...model.errors, ...errors]
}

export function listErrors(model: Model, workflowId: string): readonly ExecutionError[] {
  const found = model.errors.filter((error) => error.workflowId === workflowId)
  return inOrder(found, ({ errorTime }) => [errorTime])
}
