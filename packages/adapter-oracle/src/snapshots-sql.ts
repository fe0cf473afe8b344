import { getOne } from './body-out.ts'
import type { Context } from './context.ts'
import type { NameOf } from './options.ts'
import { pageOf, statement, statements, TEXT, type Statement } from './statement.ts'

const KEY = `namespace = :namespace and instance_id = :instanceId and workflow_id = :workflowId`

const COLUMNS = ['instance_id', 'workflow_id', 'status', 'created_at', 'updated_at', 'version']

export interface SnapshotStatements {
  /** The save of version 0. */
  readonly saveFirst: Statement
  /** The save of a version that was loaded. */
  readonly saveNext: (fenced: boolean) => Statement
  readonly load: Statement
  readonly delete: Statement
  readonly list: (filtered: boolean, paged: boolean) => Statement
}

export function snapshotStatements({
  nameOf,
  now,
}: Pick<Context, 'nameOf' | 'now'>): SnapshotStatements {
  const snapshots = nameOf('snapshots')
  return {
    // No tasks of an earlier snapshot are left: they went with it.
    saveFirst: statement(
      'snapshots.saveFirst',
      `declare
        v_head clob := :head;
        v_body clob := :body;
        v_tasks clob := :tasks;
        v_now number;
        v_created_at number := :createdAt;
      begin
        select ${now} into v_now from dual;
        v_created_at := coalesce(v_created_at, v_now);
        insert into ${snapshots} (namespace, instance_id, workflow_id, status, created_at, updated_at,
          version, updated_by, head, body)
        values (:namespace, :instanceId, :workflowId, :status, v_created_at, v_now, 1, :requestId,
          v_head, v_body);
        ${readyTasks(nameOf)}
        :o_created_at := v_created_at;
        :o_updated_at := v_now;
      end;`,
    ),

    // Why a fenced save cannot slip past a claim that was lost: the lock on the task's row is held until the save is
    // committed. A claim updates that row, so it either comes first, and the lock waits for it and then does not find
    // the token; or it waits for the save, and then takes the task of a snapshot that has been saved. The snapshot's row
    // is locked before, because a delete locks the snapshot first and then its tasks: in the other order the two could
    // wait for each other.
    saveNext: statements((fenced) =>
      statement(
        fenced ? 'snapshots.saveFenced' : 'snapshots.saveNext',
        `declare
        v_head clob := :head;
        v_body clob := :body;
        v_tasks clob := :tasks;
        v_now number;
        v_version number;
        v_by ${TEXT};
        v_fenced number := ${fenced ? 0 : 1};
        v_saved number := 0;
      begin
        select ${now} into v_now from dual;
        for s in (select version, updated_by from ${snapshots} where ${KEY} for update) loop
          v_version := s.version;
          v_by := s.updated_by;
        end loop;
        ${fenced ? fence(nameOf) : ''}
        if v_fenced = 1 and v_version = :version then
          update ${snapshots} set status = :status, head = v_head, body = v_body,
            updated_at = greatest(updated_at, v_now), version = version + 1, updated_by = :requestId
          where ${KEY}
          returning created_at, updated_at into :o_created_at, :o_updated_at;
          v_saved := 1;
          update ${nameOf('tasks')} set ready = 0
          where ${KEY} and ready = 1 and task_id not in (select w.task_id from ${wanted()});
          delete from ${nameOf('tasks')}
          where ${KEY} and ready = 0 and (held = 0 or expires_at <= v_now)
            and task_id not in (select w.task_id from ${wanted()});
          ${readyTasks(nameOf)}
        end if;
        :o_version := v_version;
        :o_by := v_by;
        :o_fenced := v_fenced;
        :o_saved := v_saved;
      end;`,
      ),
    ),

    load: getOne('snapshots.load', snapshots, [...COLUMNS, 'updated_by'], KEY),

    // Its tasks go by their foreign key, which also finds those that a save has added meanwhile.
    delete: statement('snapshots.delete', `delete from ${snapshots} where ${KEY}`),

    list: statements((filtered, paged) =>
      statement(
        'snapshots.list',
        pageOf(
          [...COLUMNS, 'head'].join(', '),
          `from ${snapshots}
          where namespace = :namespace ${filtered ? 'and status = :status' : ''}`,
          ['instance_id', 'workflow_id'],
          paged ? [':instanceId', ':workflowId'] : null,
        ),
      ),
    ),
  }
}

/** Locks the claim that the save names, while it is held. */
function fence(nameOf: NameOf): string {
  return `for f in (
          select task_id from ${nameOf('tasks')}
          where ${KEY} and task_id = :taskId and held = 1
            and token = :fencingToken and worker_id = :workerId
            and (expires_at is null or expires_at > v_now)
          for update
        ) loop
          v_fenced := 1;
        end loop;`
}

/** The tasks of the snapshot. */
function wanted(): string {
  return `json_table(v_tasks, '$[*]' columns (
            task_id ${TEXT} path '$.task_id',
            priority number path '$.priority',
            digest varchar2(64 byte) path '$.digest',
            tags clob path '$.tags',
            body clob path '$.body')) w`
}

/**
 * Makes the tasks of the snapshot the ready ones. A row that stays as it was is not touched, so that nobody who takes
 * that task has to wait; and nobody's claim is. The snapshot's row is locked, so that nobody else inserts its tasks.
 */
function readyTasks(nameOf: NameOf): string {
  return `merge into ${nameOf('tasks')} t
          using (select w.task_id, w.priority, w.digest, w.tags, w.body from ${wanted()}) n
          on (t.namespace = :namespace and t.instance_id = :instanceId and t.workflow_id = :workflowId
            and t.task_id = n.task_id)
          when matched then update set
            ready = 1, priority = n.priority, digest = n.digest, tags = n.tags, body = n.body,
            ready_at = case when t.ready = 1 then t.ready_at else v_now end
            where t.ready = 0 or t.digest <> n.digest
          when not matched then insert
            (namespace, instance_id, workflow_id, task_id, ready, priority, ready_at, digest, tags, body)
            values (:namespace, :instanceId, :workflowId, n.task_id, 1, n.priority, v_now, n.digest,
              n.tags, n.body);`
}
