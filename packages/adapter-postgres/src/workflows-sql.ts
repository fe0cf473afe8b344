import type { WorkflowFilter, WorkflowStatus } from '@holdfast/spec'
import { CLOCK, statement, statements, type Statement } from './statement.ts'

/** How many workflows one statement of a purge takes, so that none holds its locks for long. */
export const PURGE_BATCH = 1000

const COLUMNS = `id, definition_id, reference, resource_id, status, next_execution, completed_at,
  created_at, updated_at, version, body`

const CONDITIONS: Readonly<Record<keyof WorkflowFilter, string>> = {
  status: 'status = :status',
  definitionId: 'definition_id = :definitionId',
  reference: 'reference = :reference',
  resourceId: 'resource_id = :resourceId',
  createdFrom: 'created_at >= :createdFrom',
  createdTo: 'created_at <= :createdTo',
}

export interface WorkflowStatements {
  readonly create: Statement
  readonly get: Statement
  readonly getMany: Statement
  readonly update: Statement
  /** {@link WorkflowStatements.update} with subscriptions. */
  readonly updateAndOpen: Statement
  readonly delete: Statement
  readonly due: (paged: boolean) => Statement
  /** The conditions that {@link WorkflowStatements.list} takes, in their order. */
  readonly filters: readonly (keyof WorkflowFilter)[]
  readonly list: (paged: boolean, ...filters: (keyof WorkflowFilter)[]) => Statement
  readonly purge: (status: WorkflowStatus) => Statement
}

export function workflowStatements(schema: string): WorkflowStatements {
  const workflows = `${schema}.workflows`
  return {
    create: statement(
      'workflows.create',
      `with ${CLOCK}
      insert into ${workflows}
        (namespace, id, definition_id, reference, resource_id, status, next_execution, completed_at,
         created_at, updated_at, version, created_by, updated_by, body)
      values
        (:namespace, :id, :definitionId, :reference, :resourceId, :status, :nextExecution, :completedAt,
         coalesce(:createdAt, (select now from clock)), coalesce(:updatedAt, (select now from clock)),
         1, :requestId, :requestId, :body)
      on conflict (namespace, id) do nothing
      returning created_at, updated_at`,
    ),

    get: statement(
      'workflows.get',
      `select ${COLUMNS}, created_by from ${workflows} where namespace = :namespace and id = :id`,
    ),

    getMany: statement(
      'workflows.getMany',
      `select ${COLUMNS} from ${workflows} where namespace = :namespace and id = any(:ids::text[])`,
    ),

    update: statement(
      'workflows.update',
      `with ${CLOCK}, ${storedOf(workflows)}, ${updatedOf(workflows)}
      select ${RESULT}, null as taken
      from (values (1)) as one left join stored on true left join updated on true`,
    ),

    // What is taken is looked for first. A subscription that somebody else creates under the same id after that is no
    // row that `do nothing` could tell us of: the plain insert fails, and with it the update.
    updateAndOpen: statement(
      'workflows.updateAndOpen',
      `with ${CLOCK}, ${storedOf(workflows)},
      given as materialized (
        select * from json_to_recordset(:subscriptions::json) as s(
          id text, workflow_id text, event_name text, event_key text, subscribe_as_of bigint,
          token text, worker_id text, token_expiry bigint, body text)
      ),
      taken as materialized (
        select s.id from ${schema}.subscriptions s
        where s.namespace = :namespace and s.id = any(array(select id from given))
      ),
      ${updatedOf(workflows, 'and not exists (select from taken)')},
      opened as (
        insert into ${schema}.subscriptions
          (namespace, id, workflow_id, event_name, event_key, subscribe_as_of, token, worker_id,
           token_expiry, created_by, body)
        select :namespace, g.id, g.workflow_id, g.event_name, g.event_key, g.subscribe_as_of, g.token,
          g.worker_id, g.token_expiry, :requestId, g.body
        from given g, updated
      )
      select ${RESULT}, (select min(id) from taken) as taken
      from (values (1)) as one left join stored on true left join updated on true`,
    ),

    // All parts of a statement see the store as it was when the statement began. An update that opens subscriptions
    // while we wait for its row would leave them behind, so a row of another version than the one seen stays, and the
    // caller sends the statement again.
    delete: statement(
      'workflows.delete',
      `with seen as materialized (
        select version from ${workflows} where namespace = :namespace and id = :id
      ),
      gone as (
        delete from ${workflows}
        where namespace = :namespace and id = :id and version = (select version from seen)
        returning id
      ),
      ${belongings(schema)}
      select (select count(*) from seen) as seen, (select count(*) from gone) as gone`,
    ),

    due: statements((paged) =>
      statement(
        'workflows.getRunnable',
        `select id, next_execution from ${workflows}
        where namespace = :namespace and status = 'runnable' and next_execution <= :asOf
          ${paged ? 'and (next_execution, id) > (:nextExecution, :id)' : ''}
        order by next_execution, id
        limit :limit`,
      ),
    ),

    filters: Object.keys(CONDITIONS) as (keyof WorkflowFilter)[],

    list: statements((paged, ...filters) =>
      statement(
        'workflows.list',
        `select ${COLUMNS} from ${workflows}
        where namespace = :namespace
          ${filters.map((name) => `and ${CONDITIONS[name]}`).join('\n          ')}
          ${paged ? 'and (created_at, id) < (:createdAt, :id)' : ''}
        order by created_at desc, id desc
        limit :limit`,
      ),
    ),

    // The status stands in the text, so that the planner finds the index of that status.
    purge: statements((status) =>
      statement(
        'workflows.purge',
        `with seen as materialized (
          select id, version from ${workflows}
          where namespace = :namespace and status = '${status}'
            and coalesce(completed_at, updated_at) < :olderThan
          limit ${PURGE_BATCH}
        ),
        gone as (
          delete from ${workflows} w using seen
          where w.namespace = :namespace and w.id = seen.id and w.version = seen.version
          returning w.id
        ),
        ${belongings(schema)}
        select (select count(*) from seen) as seen, (select count(*) from gone) as gone`,
      ),
    ),
  }
}

/** The record as it was when the statement began, which tells why nothing was updated. */
function storedOf(workflows: string): string {
  return `stored as materialized (
        select version, updated_by from ${workflows} where namespace = :namespace and id = :id
      )`
}

function updatedOf(workflows: string, condition = ''): string {
  return `updated as (
        update ${workflows} set
          definition_id = :definitionId, reference = :reference, resource_id = :resourceId,
          status = :status, next_execution = :nextExecution, completed_at = :completedAt,
          updated_at = greatest(updated_at, (select now from clock)), version = version + 1,
          updated_by = :requestId, body = :body
        where namespace = :namespace and id = :id and version = :version ${condition}
        returning created_at, updated_at
      )`
}

const RESULT = `stored.version as stored_version, stored.updated_by as stored_by,
      updated.created_at, updated.updated_at`

/**
 * Deletes what belongs to the workflows that are `gone`. The ids come as an array, for which the planner always takes
 * an index, however many it expects. Tasks go with their snapshots, by their foreign key.
 */
function belongings(schema: string): string {
  const tables = ['subscriptions', 'steps', 'outputs', 'state', 'commands', 'errors'] as const
  const parts = tables.map(
    (table) => `gone_${table} as (
        delete from ${schema}.${table}
        where namespace = :namespace and workflow_id = any(array(select id from gone))
      )`,
  )
  parts.push(`gone_snapshots as (
        delete from ${schema}.snapshots
        where namespace = :namespace and instance_id = any(array(select id from gone))
      )`)
  return parts.join(',\n      ')
}
