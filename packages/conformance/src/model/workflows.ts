import type {
  NewWorkflow,
  Subscription,
  WorkflowFilter,
  WorkflowInstance,
  WorkflowPurge,
  WorkflowUpdate,
} from '@holdfast/spec'
import { inOrder, refuse, replaced, type Model } from './model.ts'

export function createWorkflow(
  model: Model,
  workflow: NewWorkflow,
  id: string,
  now: number,
): WorkflowInstance {
  if (findWorkflow(model, id)) refuse('CONFLICT')
  const stored = { createdAt: now, updatedAt: now, ...workflow, id, version: 1 }
  model.workflows = [...model.workflows, stored]
  return stored
}

export function findWorkflow(model: Model, id: string): WorkflowInstance | undefined {
  return model.workflows.find((workflow) => workflow.id === id)
}

export function findWorkflows(model: Model, ids: readonly string[]): readonly WorkflowInstance[] {
  return [...new Set(ids)].flatMap((id) => findWorkflow(model, id) ?? [])
}

export function updateWorkflow(
  model: Model,
  workflow: WorkflowUpdate,
  subscriptions: readonly Subscription[],
  now: number,
): WorkflowInstance {
  const stored = findWorkflow(model, workflow.id) ?? refuse('NOT_FOUND')
  if (stored.version !== workflow.version) refuse('CONFLICT')
  const taken = new Set(model.subscriptions.map(({ id }) => id))
  if (subscriptions.some(({ id }) => taken.has(id))) refuse('CONFLICT')
  const updated = {
    ...workflow,
    createdAt: stored.createdAt,
    updatedAt: Math.max(stored.updatedAt, now),
    version: stored.version + 1,
  }
  model.workflows = replaced(model.workflows, stored, updated)
  model.subscriptions = [...model.subscriptions, ...subscriptions]
  return updated
}

export function deleteWorkflow(model: Model, id: string): boolean {
  if (!findWorkflow(model, id)) return false
  const others = (record: { readonly workflowId?: string }): boolean => record.workflowId !== id
  model.workflows = model.workflows.filter((workflow) => workflow.id !== id)
  model.subscriptions = model.subscriptions.filter(others)
  model.steps = model.steps.filter(others)
  model.outputs = model.outputs.filter(others)
  model.state = model.state.filter(others)
  model.commands = model.commands.filter(others)
  model.errors = model.errors.filter(others)
  // A snapshot is of an execution: its instance is the workflow, its `workflowId` names what is executed.
  model.snapshots = model.snapshots.filter(({ content }) => content.instanceId !== id)
  model.claims = model.claims.filter(({ instanceId }) => instanceId !== id)
  return true
}

export function runnableWorkflows(model: Model, asOf: number): readonly string[] {
  const due = model.workflows.filter(
    ({ status, nextExecution }) =>
      status === 'runnable' && nextExecution !== null && nextExecution <= asOf,
  )
  return inOrder(due, ({ nextExecution, id }) => [nextExecution ?? 0, id]).map(({ id }) => id)
}

export function listWorkflows(model: Model, filter: WorkflowFilter): readonly WorkflowInstance[] {
  const { status, definitionId, reference, resourceId, createdFrom, createdTo } = filter
  const found = model.workflows.filter(
    (workflow) =>
      (status === undefined || workflow.status === status) &&
      (definitionId === undefined || workflow.definitionId === definitionId) &&
      (reference === undefined || workflow.reference === reference) &&
      (resourceId === undefined || workflow.resourceId === resourceId) &&
      (createdFrom === undefined || workflow.createdAt >= createdFrom) &&
      (createdTo === undefined || workflow.createdAt <= createdTo),
  )
  return inOrder(found, ({ createdAt, id }) => [createdAt, id]).toReversed()
}

export function purgeWorkflows(model: Model, { status, olderThan }: WorkflowPurge): number {
  const old = model.workflows.filter(
    (workflow) =>
      workflow.status === status && (workflow.completedAt ?? workflow.updatedAt) < olderThan,
  )
  for (const { id } of old) deleteWorkflow(model, id)
  return old.length
}
