import { PersistenceError, invalid } from '../errors.ts'
import {
  flag,
  fraction,
  identifier,
  instant,
  integer,
  json,
  jsonObject,
  list,
  nullable,
  oneOf,
  optional,
  record,
  stringMap,
  text,
  version,
  type Field,
} from '../fields.ts'
import { newId } from '../ids.ts'
import { pageFields, readPage, toPage } from '../page.ts'
import type { Capabilities } from '../provider.ts'
import type { NewSubscription, Subscription } from '../subscriptions.ts'
import type {
  ExecutionPointer,
  NewWorkflow,
  RunnableQuery,
  WorkflowBackend,
  WorkflowPurge,
  WorkflowQuery,
  WorkflowRepository,
  WorkflowStatus,
  WorkflowUpdate,
} from '../workflows.ts'
import type { Runner } from './run.ts'
import { newSubscription, toSubscription } from './subscriptions.ts'

const workflowStatus: Field<WorkflowStatus> = oneOf(
  'pending',
  'runnable',
  'suspended',
  'complete',
  'failed',
  'terminated',
)

const pointer: Field<ExecutionPointer> = record({
  id: text,
  stepId: text,
  stepName: optional(text),
  active: flag,
  status: oneOf(
    'legacy',
    'pending',
    'running',
    'complete',
    'sleeping',
    'waitingForEvent',
    'failed',
    'compensated',
    'cancelled',
    'pendingPredecessor',
  ),
  sleepUntil: optional(instant),
  startTime: optional(instant),
  endTime: optional(instant),
  eventName: optional(text),
  eventKey: optional(text),
  eventPublished: flag,
  eventData: optional(json),
  persistenceData: optional(json),
  extensionAttributes: optional(jsonObject),
  retryCount: integer(0, Number.MAX_SAFE_INTEGER),
  children: list(text),
  contextItem: optional(json),
  predecessorId: optional(text),
  outcome: optional(json),
  scope: list(text),
})

const content = {
  definitionId: identifier,
  definitionVersion: optional(text),
  description: optional(text),
  reference: optional(identifier),
  resourceId: optional(identifier),
  tags: optional(stringMap),
  status: workflowStatus,
  nextExecution: nullable(instant),
  pointers: list(pointer),
  data: optional(json),
  input: optional(json),
  output: optional(json),
  context: optional(json),
  error: optional(
    record({
      message: text,
      code: optional(text),
      step: optional(text),
      timestamp: optional(instant),
      details: optional(json),
    }),
  ),
  progress: optional(fraction),
  startedAt: optional(instant),
  completedAt: optional(instant),
}

const times = { createdAt: optional(instant), updatedAt: optional(instant) }

const newWorkflow: Field<NewWorkflow> = record({ id: optional(identifier), ...content, ...times })
const workflowUpdate: Field<WorkflowUpdate> = record({
  id: identifier,
  ...content,
  ...times,
  version,
})

const runnableQuery: Field<RunnableQuery> = record({
  asOf: instant,
  ...pageFields,
})

const workflowQuery: Field<WorkflowQuery> = record({
  status: optional(workflowStatus),
  definitionId: optional(identifier),
  reference: optional(identifier),
  resourceId: optional(identifier),
  createdFrom: optional(instant),
  createdTo: optional(instant),
  ...pageFields,
})

const workflowPurge: Field<WorkflowPurge> = record({ status: workflowStatus, olderThan: instant })

const ids: Field<readonly string[]> = list(identifier)
const subscriptionList: Field<readonly NewSubscription[]> = list(newSubscription)

export function guardWorkflows(
  backend: WorkflowBackend,
  run: Runner['run'],
  capabilities: Pick<Capabilities, 'atomicSubscriptions'>,
): WorkflowRepository {
  return {
    create: async (workflow, options) =>
      run('write', options, async (call) => {
        const clean = newWorkflow(workflow, 'workflow')
        const { createdAt = null, updatedAt = createdAt } = clean
        return backend.create(
          { ...clean, id: clean.id ?? newId(options?.requestId), createdAt, updatedAt },
          call,
        )
      }),

    get: async (id, options) =>
      run('read', options, async (call) => backend.get(identifier(id, 'id'), call)),

    getMany: async (wanted, options) =>
      run('read', options, async (call) => {
        const distinct = [...new Set(ids(wanted, 'ids'))]
        if (distinct.length > 1000) throw invalid('ids', 'at most 1000')
        return distinct.length === 0 ? [] : backend.getMany(distinct, call)
      }),

    update: async (workflow, options) =>
      run('write', options, async (call) => {
        const { createdAt: _, updatedAt: __, ...change } = workflowUpdate(workflow, 'workflow')
        const opened = subscriptionList(options?.subscriptions ?? [], 'subscriptions')
        if (opened.length > 0 && !capabilities.atomicSubscriptions) {
          throw new PersistenceError(
            'UNSUPPORTED',
            'This store cannot open subscriptions in the update of a workflow',
          )
        }
        return backend.update(change, withIds(opened, options?.requestId), call)
      }),

    delete: async (id, options) =>
      run('write', options, async (call) => backend.delete(identifier(id, 'id'), call)),

    getRunnable: async (query, options) =>
      run('read', options, async (call) => {
        const { asOf, ...page } = runnableQuery(query, 'query')
        const method = 'workflows.getRunnable'
        return toPage(
          await backend.getRunnable(asOf, readPage(page, method, [0, '']), call),
          method,
        )
      }),

    list: async (query, options) =>
      run('read', options, async (call) => {
        const { limit, cursor, ...filter } = workflowQuery(query ?? {}, 'query')
        const method = 'workflows.list'
        return toPage(
          await backend.list(filter, readPage({ limit, cursor }, method, [0, '']), call),
          method,
        )
      }),

    purge: async (query, options) =>
      run('write', options, async (call) => backend.purge(workflowPurge(query, 'query'), call)),
  }
}

function withIds(
  subscriptions: readonly NewSubscription[],
  requestId: string | undefined,
): readonly Subscription[] {
  const complete = subscriptions.map((subscription, index) =>
    toSubscription(subscription, requestId === undefined ? undefined : `${requestId}/${index}`),
  )
  if (new Set(complete.map(({ id }) => id)).size < complete.length)
    throw invalid('subscriptions', 'of distinct ids')
  return complete
}
