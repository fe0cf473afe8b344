import { CLOCK, statement, statements, type Statement } from './statement.ts'

const KEY = `namespace = :namespace and instance_id = :instanceId and workflow_id = :workflowId`

const HEAD = `instance_id, workflow_id, status, created_at, updated_at, version`

export interface SnapshotStatements {
  /** The save of version 0. */
  readonly saveFirst: Statement
  /** The save of a version that was loaded. */
  readonly saveNext: (fenced: boolean) => Statement
  readonly load: Statement
  readonly delete: Statement
  readonly list: (filtered: boolean, paged: boolean) => Statement
}

export function snapshotStatements(schema: string): SnapshotStatements {
  const snapshots = `${schema}.snapshots`
  return {
    saveFirst: statement(
      'snapshots.saveFirst',
      `with ${CLOCK},
      saved as (
        insert into ${snapshots} (namespace, instance_id, workflow_id, status, created_at, updated_at,
          version, updated_by, head, body)
        values (:namespace, :instanceId, :workflowId, :status,
          coalesce(:createdAt, (select now from clock)), (select now from clock),
          1, :requestId, :head, :body)
        on conflict (namespace, instance_id, workflow_id) do nothing
        returning created_at, updated_at
      ),
      ${replacedTasks(schema)}
      select created_at, updated_at from saved`,
    ),

    // Why a fenced save cannot slip past a claim that was lost, at READ COMMITTED:
    //
    // - `fence` locks the task's row until the save is committed. A claim updates that row, so it either comes first,
    //   and the lock waits for it and then looks at the new row, in which the token is another; or it waits for the
    //   save, and then takes the task of a snapshot that has been saved.
    // - `stored` locks the snapshot's row before, because a delete locks the snapshot first and then its tasks: in the
    //   other order the two could wait for each other.
    // - The update of the snapshot looks at the row as it was when the statement began. Was it saved by another one
    //   since, the update goes on to the new row, whose version is another, and does nothing. So the tasks that this
    //   statement sees are those of the version that it replaces.
    saveNext: statements((fenced) =>
      statement(
        fenced ? 'snapshots.saveFenced' : 'snapshots.saveNext',
        `with ${CLOCK},
        stored as materialized (
          select version, updated_by from ${snapshots} where ${KEY} ${fenced ? 'for no key update' : ''}
        ),
        ${fenced ? fence(schema) : ''}
        saved as (
          update ${snapshots} set status = :status, head = :head, body = :body,
            updated_at = greatest(updated_at, (select now from clock)), version = version + 1,
            updated_by = :requestId
          where ${KEY} and version = :version ${fenced ? 'and exists (select from fence)' : ''}
          returning created_at, updated_at
        ),
        ${replacedTasks(schema)}
        select stored.version as stored_version, stored.updated_by as stored_by,
          saved.created_at, saved.updated_at,
          ${fenced ? 'exists (select from fence)' : 'true'} as fenced
        from (values (1)) as one left join stored on true left join saved on true`,
      ),
    ),

    load: statement(
      'snapshots.load',
      `select ${HEAD}, body, updated_by from ${snapshots} where ${KEY}`,
    ),

    // Its tasks go by their foreign key, which also finds those that a save has added since this statement began.
    delete: statement(
      'snapshots.delete',
      `delete from ${snapshots} where ${KEY} returning instance_id`,
    ),

    list: statements((filtered, paged) =>
      statement(
        'snapshots.list',
        `select ${HEAD}, head from ${snapshots}
        where namespace = :namespace ${filtered ? 'and status = :status' : ''}
          ${paged ? 'and (instance_id, workflow_id) > (:instanceId, :workflowId)' : ''}
        order by instance_id, workflow_id
        limit :limit`,
      ),
    ),
  }
}

function fence(schema: string): string {
  return `fence as materialized (
          select from ${schema}.tasks
          where exists (select from stored) and ${KEY} and task_id = :taskId
            and held and token = :token and worker_id = :workerId
            and (expires_at is null or expires_at > (select now from clock))
          for no key update
        ),`
}

/**
 * Makes the tasks of the snapshot that is `saved` the ready ones. A row that stays as it was is not touched, so that
 * nobody who takes that task has to wait; and nobody's claim is. Tasks that an earlier save took away go when nobody
 * holds them: a save reads those of its snapshot, and would read more from one to the next.
 */
function replacedTasks(schema: string): string {
  return `wanted as materialized (
        select * from json_to_recordset(:tasks::json) as t(task_id text, priority int, tags text[], body text)
      ),
      readied as (
        insert into ${schema}.tasks as t
          (namespace, instance_id, workflow_id, task_id, ready, priority, ready_at, tags, body)
        select :namespace, :instanceId, :workflowId, w.task_id, true, w.priority, clock.now, w.tags, w.body
        from wanted w cross join clock cross join saved
        where not exists (
          select from ${schema}.tasks t
          where ${KEY} and t.task_id = w.task_id
            and t.ready and t.priority = w.priority and t.tags = w.tags and t.body = w.body)
        on conflict (namespace, instance_id, workflow_id, task_id) do update set
          ready = true, priority = excluded.priority, tags = excluded.tags, body = excluded.body,
          ready_at = case when t.ready then t.ready_at else excluded.ready_at end
      ),
      unreadied as (
        update ${schema}.tasks t set ready = false
        from saved
        where ${KEY} and t.ready and t.task_id not in (select task_id from wanted)
      ),
      forgotten as (
        delete from ${schema}.tasks t
        using saved
        where ${KEY} and not t.ready and t.task_id not in (select task_id from wanted)
          and (not t.held or t.expires_at <= (select now from clock))
      )`
}
