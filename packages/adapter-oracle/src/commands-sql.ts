import type { Context } from './context.ts'
import { BODY_OUT } from './body-out.ts'
import { after, pageOf, statement, statements, TEXT, type Statement } from './statement.ts'

export interface CommandStatements {
  readonly schedule: Statement
  readonly take: (waiting: boolean) => Statement
  readonly settle: Statement
  readonly list: (paged: boolean) => Statement
}

const COLUMNS = 'key, execute_at, workflow_id, body'

/** Nobody holds it, as far as its lease tells. */
const FREE = `(token is null or lease_until <= v_now)`

export function commandStatements({
  nameOf,
  now,
}: Pick<Context, 'nameOf' | 'now'>): CommandStatements {
  const commands = nameOf('commands')
  return {
    // Whoever took a command may be at work even when the lease has run out: as long as the token stands, it is
    // scheduled anew beside being scheduled. Not `merge`, which does not say what it wrote, and fails when somebody
    // inserts the same key meanwhile: here whoever comes second updates.
    schedule: statement(
      'commands.schedule',
      `declare
        v_body clob := :body;
        v_now number;
        v_next number;
        v_workflow_id ${TEXT};
        v_done number := 0;
      begin
        select ${now} into v_now from dual;
        while v_done = 0 loop
          update ${commands} set
            execute_at = case when token is not null and lease_until > v_now then execute_at
              else least(execute_at, :executeAt) end,
            rearm_at = case when token is not null
              then least(coalesce(rearm_at, :executeAt), :executeAt) end
          where namespace = :namespace and key = :key
          returning case when token is not null and lease_until > v_now then rearm_at else execute_at end,
            workflow_id
          into v_next, v_workflow_id;
          v_done := sql%rowcount;
          if v_done = 0 then
            begin
              insert into ${commands} (namespace, key, execute_at, workflow_id, body)
              values (:namespace, :key, :executeAt, :workflowId, v_body);
              v_next := :executeAt;
              v_workflow_id := :workflowId;
              v_done := 1;
            exception
              when dup_val_on_index then null;
            end;
          end if;
        end loop;
        :o_next := v_next;
        :o_workflow_id := v_workflow_id;
      end;`,
    ),

    // One row is locked at a time, and only when nobody else has it: a limit and a lock in one query would take the
    // first rows, whoever has them. What is locked is not taken: a duplicate locks the command that it finds until it is
    // committed, so that "there is nothing" would be wrong. Who waits, waits for the first one, and holds none.
    take: statements((waiting) =>
      statement(
        waiting ? 'commands.takeWaiting' : 'commands.take',
        `declare
        v_now number;
        v_execute_at number := :executeAt;
        v_key ${TEXT} := :key;
        v_workflow_id ${TEXT};
        v_body clob;
        v_found number := 1;
        v_seen number := 0;
        v_taken number := 0;
      begin
        select ${now} into v_now from dual;
        while v_found = 1 and v_taken = 0 loop
          v_found := 0;
          for c in (
            select execute_at, key from ${commands}
            where namespace = :namespace and execute_at <= :asOf and ${FREE}
              and ${after(['execute_at', 'key'], ['v_execute_at', 'v_key'])}
            order by execute_at, key
            fetch first 1 rows only
          ) loop
            v_found := 1;
            v_seen := 1;
            v_execute_at := c.execute_at;
            v_key := c.key;
          end loop;
          if v_found = 1 then
            for l in (
              select workflow_id, body from ${commands}
              where namespace = :namespace and key = v_key and execute_at = v_execute_at and ${FREE}
              for update ${waiting ? '' : 'skip locked'}
            ) loop
              v_workflow_id := l.workflow_id;
              v_body := l.body;
              v_taken := 1;
            end loop;
            ${waiting ? 'v_found := 0;' : ''}
          end if;
        end loop;
        if v_taken = 1 then
          update ${commands} set token = :requestId, lease_until = v_now + :ttl
          where namespace = :namespace and key = v_key;
          :o_key := v_key;
          :o_execute_at := v_execute_at;
          :o_workflow_id := v_workflow_id;
          ${BODY_OUT}
        end if;
        :o_taken_now := v_taken;
        :o_seen := v_seen;
      end;`,
      ),
    ),

    settle: statement(
      'commands.settle',
      `begin
        delete from ${commands}
        where namespace = :namespace and key = :key and token = :token
          and :done = 1 and rearm_at is null;
        update ${commands} set token = null, lease_until = null, rearm_at = null,
          execute_at = case when :done = 1 then rearm_at
            else least(execute_at, coalesce(rearm_at, execute_at)) end
        where namespace = :namespace and key = :key and token = :token;
      end;`,
    ),

    list: statements((paged) =>
      statement(
        'commands.list',
        pageOf(
          COLUMNS,
          `from ${commands} where namespace = :namespace`,
          ['execute_at', 'key'],
          paged ? [':executeAt', ':key'] : null,
        ),
      ),
    ),
  }
}
