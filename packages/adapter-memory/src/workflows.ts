import {
  PersistenceError,
  decodeBody,
  encodeBody,
  type DuePlace,
  type Subscription,
  type WorkflowBackend,
  type WorkflowChange,
  type WorkflowFilter,
  type WorkflowInstance,
  type WorkflowPlace,
} from '@holdfast/spec'
import type { Context } from './context.ts'
import { deleteWhere, pageOf, type Tables, type WorkflowRow } from './database.ts'
import { toSubscriptionRow } from './subscriptions.ts'

export function createWorkflows(context: Context): WorkflowBackend {
  const { tables, now } = context

  const read = (row: WorkflowRow): WorkflowInstance => readWorkflow(row, context)

  return {
    async create(workflow, { requestId }) {
      const stored = tables.workflows.get(workflow.id)
      if (stored?.createdBy === requestId) return read(stored)
      if (stored)
        throw new PersistenceError('CONFLICT', `There is a workflow ${workflow.id} already`)
      const { createdAt, updatedAt, ...change } = workflow
      const time = now()
      const row = toRow(
        { ...change, version: 1 },
        createdAt ?? time,
        updatedAt ?? time,
        requestId,
        requestId,
        context,
      )
      tables.workflows.set(row.id, row)
      return read(row)
    },

    async get(id) {
      const row = tables.workflows.get(id)
      return row ? read(row) : null
    },

    async getMany(ids) {
      return ids.flatMap((id) => tables.workflows.get(id) ?? []).map(read)
    },

    async update(workflow, subscriptions, { requestId }) {
      const { id, version } = workflow
      const stored = tables.workflows.get(id)
      if (!stored) throw new PersistenceError('NOT_FOUND', `There is no workflow ${id}`)
      if (stored.version === version + 1 && stored.updatedBy === requestId) return read(stored)
      if (stored.version !== version) {
        throw new PersistenceError(
          'CONFLICT',
          `Workflow ${id} is at version ${stored.version}, not ${version}`,
        )
      }
      const opened = subscriptions.map((subscription) => openable(subscription, requestId))
      const row = toRow(
        { ...workflow, version: version + 1 },
        stored.createdAt,
        Math.max(stored.updatedAt, now()),
        stored.createdBy,
        requestId,
        context,
      )
      tables.workflows.set(id, row)
      for (const subscription of opened) tables.subscriptions.set(subscription.id, subscription)
      return read(row)
    },

    async delete(id) {
      if (!tables.workflows.has(id)) return false
      deleteWorkflow(tables, id)
      return true
    },

    async getRunnable(asOf, page) {
      const due = [...tables.workflows.values()].filter(
        (row) =>
          row.status === 'runnable' && row.nextExecution !== null && row.nextExecution <= asOf,
      )
      const placeOf = (row: WorkflowRow): DuePlace => [row.nextExecution ?? 0, row.id]
      return pageOf(due, page, placeOf, idOf, idOf)
    },

    async list(filter, page) {
      const found = [...tables.workflows.values()].filter((row) => matches(row, filter))
      return pageOf(found, page, (row): WorkflowPlace => [row.createdAt, row.id], read, idOf, -1)
    },

    async purge({ status, olderThan }) {
      const old = [...tables.workflows.values()].filter(
        (row) => row.status === status && (row.completedAt ?? row.updatedAt) < olderThan,
      )
      for (const { id } of old) deleteWorkflow(tables, id)
      return old.length
    },
  }

  function openable(
    subscription: Subscription,
    requestId: string,
  ): ReturnType<typeof toSubscriptionRow> {
    if (tables.subscriptions.has(subscription.id)) {
      throw new PersistenceError('CONFLICT', `There is a subscription ${subscription.id} already`)
    }
    return toSubscriptionRow(subscription, requestId, context)
  }
}

function toRow(
  workflow: WorkflowChange,
  createdAt: number,
  updatedAt: number,
  createdBy: string,
  updatedBy: string,
  context: Context,
): WorkflowRow {
  const { id, definitionId, reference, resourceId, status, nextExecution, completedAt, version } =
    workflow
  const body = encodeBody(workflow, context)
  const found = {
    id,
    definitionId,
    reference,
    resourceId,
    status,
    nextExecution,
    completedAt,
    version,
  }
  return { ...found, createdAt, updatedAt, createdBy, updatedBy, body }
}

function readWorkflow(row: WorkflowRow, context: Context): WorkflowInstance {
  const { createdAt, updatedAt, body } = row
  return {
    ...decodeBody<WorkflowChange>(body, `workflow ${row.id}`, context),
    createdAt,
    updatedAt,
  }
}

function idOf(row: WorkflowRow): string {
  return row.id
}

function matches(row: WorkflowRow, filter: WorkflowFilter): boolean {
  const { createdFrom = -Infinity, createdTo = Infinity, ...equal } = filter
  return (
    row.createdAt >= createdFrom &&
    row.createdAt <= createdTo &&
    Object.entries(equal).every(([name, value]) => row[name as keyof typeof equal] === value)
  )
}

/** With all that belongs to it. */
function deleteWorkflow(tables: Tables, id: string): void {
  const ofWorkflow = (row: { readonly workflowId: string | undefined }): boolean =>
    row.workflowId === id
  const ofInstance = (row: { readonly instanceId: string }): boolean => row.instanceId === id
  tables.workflows.delete(id)
  deleteWhere(tables.subscriptions, ofWorkflow)
  deleteWhere(tables.steps, ofWorkflow)
  deleteWhere(tables.outputs, ofWorkflow)
  deleteWhere(tables.state, ofWorkflow)
  deleteWhere(tables.commands, ofWorkflow)
  deleteWhere(tables.errors, ofWorkflow)
  deleteWhere(tables.snapshots, ofInstance)
  deleteWhere(tables.tasks, ofInstance)
}
