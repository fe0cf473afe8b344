import {
  PersistenceError,
  sliceOf,
  type DuePlace,
  type WorkflowBackend,
  type WorkflowFilter,
  type WorkflowInstance,
  type WorkflowPlace,
} from '@holdfast/spec'
import { workflowParams } from '@holdfast/spec/rows'
import { readWorkflow, type WorkflowRow } from './codec.ts'
import type { Context } from './context.ts'
import {
  COUNT_CHANGES,
  judgeCreate,
  judgeUpdate,
  type Count,
  type Done,
  type Times,
} from './judge.ts'
import { deleteSnapshots } from './snapshots.ts'
import { openingParams, openSubscriptions } from './subscriptions.ts'

interface StoredWorkflow extends WorkflowRow {
  readonly createdBy: string
  readonly updatedBy: string
}

const COLUMNS = `id, definition_id as definitionId, reference, resource_id as resourceId, status,
  next_execution as nextExecution, completed_at as completedAt, created_at as createdAt, updated_at as updatedAt,
  version, body`

const TIMES = 'created_at as createdAt, updated_at as updatedAt'

const GET = `select ${COLUMNS} from holdfast_workflows where namespace = :namespace and id = :id`

const GET_MANY = `select ${COLUMNS} from holdfast_workflows
where namespace = :namespace and id in (select value from json_each(:ids))`

// Follows a statement that writes one workflow, and has a row when that one did not write.
const GET_UNWRITTEN = `select ${COLUMNS}, created_by as createdBy, updated_by as updatedBy from holdfast_workflows
where namespace = :namespace and id = :id and changes() = 0`

const THIS = 'select id from holdfast_workflows where namespace = :namespace and id = :id'

const DELETE = [
  ...deleteBelongings(THIS),
  'delete from holdfast_workflows where namespace = :namespace and id = :id returning 1 as done',
]

const OLD = `namespace = :namespace and status = :status and coalesce(completed_at, updated_at) < :olderThan`

const PURGE = [
  ...deleteBelongings(`select id from holdfast_workflows where ${OLD}`),
  `delete from holdfast_workflows where ${OLD}`,
  COUNT_CHANGES,
]

/** Deletes all that belongs to the workflows that the query `ids` gives, while they are still there. */
function deleteBelongings(ids: string): string[] {
  const ofWorkflows = `namespace = :namespace and workflow_id in (${ids})`
  return [
    `delete from holdfast_holds where namespace = :namespace
and id in (select id from holdfast_subscriptions where ${ofWorkflows})`,
    ...['subscriptions', 'steps', 'outputs', 'state', 'commands', 'errors'].map(
      (table) => `delete from holdfast_${table} where ${ofWorkflows}`,
    ),
    ...deleteSnapshots(`namespace = :namespace and instance_id in (${ids})`),
  ]
}

export function createWorkflows(context: Context): WorkflowBackend {
  const { executor, namespace } = context
  const { now } = executor

  const INSERT = `insert into holdfast_workflows (namespace, id, definition_id, reference, resource_id, status,
  next_execution, completed_at, created_at, updated_at, version, created_by, updated_by, body)
values (:namespace, :id, :definitionId, :reference, :resourceId, :status, :nextExecution, :completedAt,
  coalesce(:createdAt, ${now}), coalesce(:updatedAt, ${now}), 1, :requestId, :requestId, :body)
on conflict (namespace, id) do nothing
returning ${TIMES}`

  const UPDATE = `update holdfast_workflows
set definition_id = :definitionId, reference = :reference, resource_id = :resourceId, status = :status,
  next_execution = :nextExecution, completed_at = :completedAt, updated_at = max(updated_at, ${now}),
  version = version + 1, updated_by = :requestId, body = :body
where namespace = :namespace and id = :id and version = :version
and not exists (select 1 from holdfast_subscriptions
  where namespace = :namespace and id in (select value ->> 'id' from json_each(:subscriptions)))
returning ${TIMES}`

  const read = (row: WorkflowRow): WorkflowInstance => readWorkflow(row, context)

  return {
    async create({ createdAt, updatedAt, ...workflow }, { requestId }) {
      const params = {
        ...workflowParams(workflow, context),
        ...{ namespace, createdAt, updatedAt, requestId },
      }
      const [written, stored] = await executor.write<[Times, StoredWorkflow]>(
        [INSERT, GET_UNWRITTEN],
        params,
      )
      if (written[0]) return { ...workflow, ...written[0], version: 1 }
      return read(judgeCreate(stored[0], requestId, `a workflow ${workflow.id}`))
    },

    async get(id) {
      const [row] = await executor.read<WorkflowRow>(GET, { namespace, id })
      return row ? read(row) : null
    },

    async getMany(ids) {
      const params = { namespace, ids: JSON.stringify(ids) }
      const rows = await executor.read<WorkflowRow>(GET_MANY, params)
      const byId = new Map(rows.map((row) => [row.id, row]))
      return ids.flatMap((id) => byId.get(id) ?? []).map(read)
    },

    async update({ version, ...workflow }, subscriptions, { requestId }) {
      const params = {
        ...workflowParams(workflow, context),
        ...openingParams(subscriptions, context),
        ...{ namespace, version, requestId },
      }
      const [written, unwritten] = await executor.write<[Times, StoredWorkflow]>(
        [UPDATE, GET_UNWRITTEN, ...openSubscriptions(subscriptions)],
        params,
      )
      if (written[0]) return { ...workflow, ...written[0], version: version + 1 }
      const [stored] = unwritten
      if (stored?.version === version)
        throw new PersistenceError('CONFLICT', 'The id of a subscription to open is taken')
      return read(judgeUpdate(stored, version, requestId, `workflow ${workflow.id}`))
    },

    async delete(id) {
      const results = await executor.write<Done[]>(DELETE, { namespace, id })
      return results.at(-1)?.length === 1
    },

    async getRunnable(asOf, { limit, after }) {
      const [afterTime = null, afterId = null] = after ?? []
      const rows = await executor.read<Pick<WorkflowRow, 'id'> & { nextExecution: number }>(
        runnableSql(after !== null),
        { namespace, asOf, afterTime, afterId, limit: limit + 1 },
      )
      const placeOf = (row: (typeof rows)[number]): DuePlace => [row.nextExecution, row.id]
      return sliceOf(rows, limit, idOf, placeOf, idOf)
    },

    async list(filter, { limit, after }) {
      const [afterTime = null, afterId = null] = after ?? []
      const rows = await executor.read<WorkflowRow>(listSql(filter, after !== null), {
        ...filter,
        ...{ namespace, afterTime, afterId, limit: limit + 1 },
      })
      const placeOf = (row: WorkflowRow): WorkflowPlace => [row.createdAt, row.id]
      return sliceOf(rows, limit, read, placeOf, idOf)
    },

    async purge({ status, olderThan }) {
      const results = await executor.write<Count[]>(PURGE, { namespace, status, olderThan })
      return results.at(-1)?.[0]?.count ?? 0
    },
  }
}

function idOf({ id }: Pick<WorkflowRow, 'id'>): string {
  return id
}

function runnableSql(continued: boolean): string {
  return `select id, next_execution as nextExecution from holdfast_workflows
where namespace = :namespace and status = 'runnable' and next_execution <= :asOf
${continued ? 'and (next_execution, id) > (:afterTime, :afterId)' : ''}
order by next_execution, id limit :limit`
}

// The most selective first. SQLite knows nothing of the values without statistics, and would take any of them.
const EQUAL_COLUMNS = [
  ['reference', 'reference'],
  ['resourceId', 'resource_id'],
  ['definitionId', 'definition_id'],
  ['status', 'status'],
] as const

function listSql(filter: WorkflowFilter, continued: boolean): string {
  const present = EQUAL_COLUMNS.filter(([name]) => filter[name] !== undefined)
  // The plus keeps a condition from choosing the index.
  const equal = present.map(
    ([name, column], index) => `and ${index === 0 ? '' : '+'}${column} = :${name}`,
  )
  const from = filter.createdFrom === undefined ? '' : 'and created_at >= :createdFrom'
  const to =
    filter.createdTo === undefined ? '' : `and ${continued ? '+' : ''}created_at <= :createdTo`
  return `select ${COLUMNS} from holdfast_workflows
where namespace = :namespace ${[...equal, from, to].join(' ')}
${continued ? 'and (created_at, id) < (:afterTime, :afterId)' : ''}
order by created_at desc, id desc limit :limit`
}
