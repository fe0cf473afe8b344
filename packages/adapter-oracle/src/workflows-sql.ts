import type { WorkflowFilter, WorkflowStatus } from '@holdfast/spec'
import { getOne } from './body-out.ts'
import type { Context } from './context.ts'
import type { NameOf } from './options.ts'
import { pageOf, statement, statements, TEXT, type Statement } from './statement.ts'
import { AGE } from './tables.ts'
import { saySaved } from './times.ts'

/** How many workflows one block of a purge takes, so that none holds its locks for long. */
export const PURGE_BATCH = 1000

const COLUMNS = [
  ...[
    'id',
    'definition_id',
    'reference',
    'resource_id',
    'status',
    'next_execution',
    'completed_at',
  ],
  ...['created_at', 'updated_at', 'version'],
]
const LISTED = [...COLUMNS, 'body'].join(', ')

const KEY = 'namespace = :namespace and id = :id'

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
  /** By how many ids are asked for. */
  readonly getMany: (count: number) => Statement
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

export function workflowStatements({
  nameOf,
  now,
}: Pick<Context, 'nameOf' | 'now'>): WorkflowStatements {
  const workflows = nameOf('workflows')
  return {
    // Blocks, since what comes back and a text that is longer than a `varchar2` are not sure to go together elsewhere.
    create: statement(
      'workflows.create',
      `declare
        v_body clob := :body;
        v_now number;
      begin
        select ${now} into v_now from dual;
        insert into ${workflows}
          (namespace, id, definition_id, reference, resource_id, status, next_execution, completed_at,
           created_at, updated_at, version, created_by, updated_by, body)
        values
          (:namespace, :id, :definitionId, :reference, :resourceId, :status, :nextExecution, :completedAt,
           coalesce(:createdAt, v_now), coalesce(:updatedAt, v_now), 1, :requestId, :requestId, v_body)
        returning created_at, updated_at into :o_created_at, :o_updated_at;
      end;`,
    ),

    get: getOne('workflows.get', workflows, [...COLUMNS, 'created_by', 'updated_by'], KEY),

    getMany: statements((count) =>
      statement(
        'workflows.getMany',
        `select ${LISTED} from ${workflows}
        where namespace = :namespace and id in (${idNames(count)
          .map((name) => `:${name}`)
          .join(', ')})`,
      ),
    ),

    update: statement(
      'workflows.update',
      `declare
        v_body clob := :body;
        v_saved number;
      begin
        ${update(workflows, now)}
        ${saySaved(workflows, KEY)}
      end;`,
    ),

    // The update comes first and has the row from then on: a delete either took it before, or waits, and then finds the
    // subscriptions too. An id that is taken undoes the whole block.
    updateAndOpen: statement(
      'workflows.updateAndOpen',
      `declare
        v_body clob := :body;
        v_subscriptions clob := :subscriptions;
        v_saved number;
      begin
        ${update(workflows, now)}
        ${saySaved(workflows, KEY)}
        if v_saved = 1 then
          insert into ${nameOf('subscriptions')}
            (namespace, id, workflow_id, event_name, event_key, subscribe_as_of, held, token, worker_id,
             token_expiry, created_by, body)
          select :namespace, g.id, g.workflow_id, g.event_name, g.event_key, g.subscribe_as_of, g.held,
            g.token, g.worker_id, g.token_expiry, :requestId, g.body
          from json_table(v_subscriptions, '$[*]' columns (
            id ${TEXT} path '$.id',
            workflow_id ${TEXT} path '$.workflow_id',
            event_name ${TEXT} path '$.event_name',
            event_key ${TEXT} path '$.event_key',
            subscribe_as_of number path '$.subscribe_as_of',
            held number path '$.held',
            token ${TEXT} path '$.token',
            worker_id ${TEXT} path '$.worker_id',
            token_expiry number path '$.token_expiry',
            body clob path '$.body')) g;
        end if;
      end;`,
    ),

    // Each statement sees what is committed when it begins, so those after the first see every subscription that an
    // update has opened before it let go of the workflow.
    delete: statement(
      'workflows.delete',
      `declare
        v_gone number;
      begin
        delete from ${workflows} where namespace = :namespace and id = :id;
        v_gone := sql%rowcount;
        if v_gone = 1 then
          ${deleteBelongings(nameOf, ':id')}
        end if;
        :o_gone := v_gone;
      end;`,
    ),

    due: statements((paged) =>
      statement(
        'workflows.getRunnable',
        pageOf(
          'id, next_execution',
          `from ${workflows}
          where namespace = :namespace and status = 'runnable' and next_execution <= :asOf`,
          ['next_execution', 'id'],
          paged ? [':nextExecution', ':id'] : null,
        ),
      ),
    ),

    filters: Object.keys(CONDITIONS) as (keyof WorkflowFilter)[],

    list: statements((paged, ...filters) =>
      statement(
        'workflows.list',
        pageOf(
          LISTED,
          `from ${workflows}
          where namespace = :namespace
            ${filters.map((name) => `and ${CONDITIONS[name]}`).join('\n            ')}`,
          ['created_at', 'id'],
          paged ? [':createdAt', ':id'] : null,
          'desc',
        ),
      ),
    ),

    // The status stands in the text, so that the optimizer knows how many there are.
    purge: statements((status) =>
      statement(
        'workflows.purge',
        `declare
          v_gone number := 0;
        begin
          for w in (
            select id from ${workflows}
            where namespace = :namespace and status = '${status}' and ${ageOf(status)} < :olderThan
              and rownum <= ${PURGE_BATCH}
            for update
          ) loop
            delete from ${workflows} where namespace = :namespace and id = w.id;
            ${deleteBelongings(nameOf, 'w.id')}
            v_gone := v_gone + 1;
          end loop;
          :o_gone := v_gone;
        end;`,
      ),
    ),
  }
}

/** The binds for so many ids. */
export function idNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `id${index}`)
}

/** The index has the age of those that are over. */
function ageOf(status: WorkflowStatus): string {
  const over = status === 'complete' || status === 'failed' || status === 'terminated'
  return over ? AGE : 'coalesce(completed_at, updated_at)'
}

function update(workflows: string, now: string): string {
  return `update ${workflows} set
          definition_id = :definitionId, reference = :reference, resource_id = :resourceId,
          status = :status, next_execution = :nextExecution, completed_at = :completedAt,
          updated_at = greatest(updated_at, ${now}), version = version + 1,
          updated_by = :requestId, body = v_body
        where ${KEY} and version = :version
        returning created_at, updated_at into :o_created_at, :o_updated_at;`
}

/** Deletes what belongs to a workflow that is gone. Tasks go with their snapshots, by their foreign key. */
function deleteBelongings(nameOf: NameOf, id: string): string {
  const tables = ['subscriptions', 'steps', 'outputs', 'state', 'commands', 'errors'] as const
  const deletes = tables.map(
    (table) => `delete from ${nameOf(table)} where namespace = :namespace and workflow_id = ${id};`,
  )
  const snapshots = `delete from ${nameOf('snapshots')} where namespace = :namespace and instance_id = ${id};`
  return [...deletes, snapshots].join('\n          ')
}
