import { BODY_OUT } from './body-out.ts'
import type { Context } from './context.ts'
import { after, pageOf, statement, statements, TEXT, type Statement } from './statement.ts'
import { HOLDER } from './tables.ts'

const KEY = `namespace = :namespace and instance_id = :instanceId and workflow_id = :workflowId
        and task_id = :taskId`

const TASK = 'instance_id, workflow_id, task_id, priority, ready_at, body'
const PLACE = ['priority', 'ready_at', 'instance_id', 'workflow_id', 'task_id'] as const
const ORDER = PLACE.join(', ')

const RETURNING = `returning worker_id, token, claimed_at, expires_at
        into :o_worker_id, :o_fencing_token, :o_claimed_at, :o_expires_at`

// An available task is one of these two. Each kind has an index: one index of all ready tasks would make every search
// step over those that are held, which are the first ones as a rule.
const FREE = 'namespace = :namespace and ready = 1 and held = 0'
const expired = (now: string): string =>
  `namespace = :namespace and ready = 1 and held = 1 and expires_at <= ${now}`

/** How many expired claims a search looks at, the oldest first: after a crash of many workers there may be many. */
const EXPIRED_SEEN = 1000

/** Before every priority. */
const LOWEST = -(2 ** 31) - 1

export interface ClaimStatements {
  readonly claim: Statement
  readonly extend: Statement
  readonly release: Statement
  /** Lets go of an expired claim of the request. */
  readonly forget: Statement
  readonly findAvailable: (tagged: boolean, paged: boolean) => Statement
  readonly claimNext: (tagged: boolean, waiting: boolean) => Statement
}

export function claimStatements({ nameOf, now }: Pick<Context, 'nameOf' | 'now'>): ClaimStatements {
  const tasks = nameOf('tasks')
  // A sequence, not the time: it also grows when the row is deleted and made anew, within one millisecond too.
  const nextToken = `greatest(token + 1, ${nameOf('tokens')}.nextval)`
  const live = `(expires_at is null or expires_at > ${now})`

  /** The claim that an earlier try of the same request made. */
  const mine = `held = 1 and claim_request = :requestId and ${live}`
  /** The claim that names its worker and its token, while it is held. */
  const held = `${KEY} and held = 1 and token = :fencingToken and worker_id = :workerId and ${live}`

  const lease = {
    worker_id: ':workerId',
    token: nextToken,
    claimed_at: now,
    expires_at: `${now} + :ttl`,
  }
  const takenOrMine = Object.entries(lease).map(
    ([column, value]) => `${column} = case when ${mine} then ${column} else ${value} end`,
  )

  return {
    // One update of one row: whoever waits for it looks at its conditions again.
    claim: statement(
      'claims.claim',
      `update ${tasks}
      set held = 1, claim_request = :requestId, ${takenOrMine.join(',\n        ')}
      where ${KEY} and (${mine} or ready = 1 and (held = 0 or expires_at <= ${now}))
      ${RETURNING}`,
    ),

    // A repeat of the request that extended it last gives the same claim, and not a longer one.
    extend: statement(
      'claims.extend',
      `update ${tasks} set extend_request = :requestId, expires_at =
        case when extend_request = :requestId then expires_at else ${now} + :ttl end
      where ${held}
      ${RETURNING}`,
    ),

    release: statement('claims.release', `update ${tasks} set held = 0 where ${held}`),

    forget: statement(
      'claims.forget',
      `update ${tasks} set held = 0
      where ${HOLDER[0]} = :namespace and ${HOLDER[1]} = :requestId and expires_at <= ${now}`,
    ),

    findAvailable: statements((tagged, paged) => {
      const place = [':priority', ':readyAt', ':instanceId', ':workflowId', ':taskId']
      const tags = tagged ? `and ${servedBy(':tags')}` : ''
      const pages = [FREE, expired(now)].map((kind) =>
        pageOf(TASK, `from ${tasks} t where ${kind} ${tags}`, PLACE, paged ? place : null),
      )
      return statement(
        'claims.findAvailable',
        `select * from (
        select * from (${pages.join(')\n        union all\n        select * from (')})
      )
      order by ${ORDER}
      fetch first :limit rows only`,
      )
    }),

    // One row is locked at a time, and only when nobody else has it: a limit and a lock in one query would take the
    // first rows, whoever has them. What is locked is not taken: a save locks the tasks that it changes for as long as
    // it takes to be committed, so that "there is nothing" would be wrong. Who waits, waits for the first one, and holds
    // none.
    claimNext: statements((tagged, waiting) =>
      statement(
        waiting ? 'claims.claimNextWaiting' : 'claims.claimNext',
        `declare
        v_now number;
        ${tagged ? 'v_tags clob := :tags;' : ''}
        v_priority number := ${LOWEST};
        v_ready_at number;
        v_instance_id ${TEXT};
        v_workflow_id ${TEXT};
        v_task_id ${TEXT};
        v_body clob;
        v_found number := 1;
        v_seen number := 0;
        v_mine number := 0;
        v_taken number := 0;
      begin
        select ${now} into v_now from dual;
        for m in (
          select instance_id, workflow_id, task_id from ${tasks}
          where ${HOLDER[0]} = :namespace and ${HOLDER[1]} = :requestId
            and (expires_at is null or expires_at > v_now)
        ) loop
          v_instance_id := m.instance_id;
          v_workflow_id := m.workflow_id;
          v_task_id := m.task_id;
          v_mine := 1;
        end loop;
        while v_found = 1 and v_taken = 0 and v_mine = 0 loop
          v_found := 0;
          for c in (${firstAvailable(tasks, tagged)}) loop
            v_found := 1;
            v_seen := 1;
            v_priority := c.priority;
            v_ready_at := c.ready_at;
            v_instance_id := c.instance_id;
            v_workflow_id := c.workflow_id;
            v_task_id := c.task_id;
          end loop;
          if v_found = 1 then
            for l in (
              select task_id from ${tasks}
              where ${VARIABLE_KEY} and ready = 1 and (held = 0 or expires_at <= v_now)
              for update ${waiting ? '' : 'skip locked'}
            ) loop
              v_taken := 1;
            end loop;
            ${waiting ? 'v_found := 0;' : ''}
          end if;
        end loop;
        if v_taken = 1 then
          update ${tasks} set held = 1, claim_request = :requestId, worker_id = :workerId,
            token = ${nextToken}, claimed_at = v_now, expires_at = v_now + :ttl
          where ${VARIABLE_KEY};
        end if;
        if v_taken = 1 or v_mine = 1 then
          v_taken := 1;
          select priority, ready_at, body, worker_id, token, claimed_at, expires_at
          into :o_priority, :o_ready_at, v_body, :o_worker_id, :o_fencing_token, :o_claimed_at,
            :o_expires_at
          from ${tasks}
          where ${VARIABLE_KEY};
          :o_instance_id := v_instance_id;
          :o_workflow_id := v_workflow_id;
          :o_task_id := v_task_id;
          ${BODY_OUT}
        end if;
        :o_taken_now := v_taken;
        :o_seen := v_seen;
      end;`,
      ),
    ),
  }
}

const VARIABLE_KEY = `namespace = :namespace and instance_id = v_instance_id
          and workflow_id = v_workflow_id and task_id = v_task_id`

/** A task whose every tag is among those of the worker. */
function servedBy(tags: string): string {
  const tag = `columns (tag ${TEXT} path '$')`
  return `not exists (
            select 1 from json_table(t.tags, '$[*]' ${tag}) g
            where g.tag not in (select w.tag from json_table(${tags}, '$[*]' ${tag}) w))`
}

/** The first one after the last one that was seen. */
function firstAvailable(tasks: string, tagged: boolean): string {
  const place = PLACE.map((column) => `v_${column}`)
  const conditions = `${tagged ? `and ${servedBy('v_tags')}` : ''}
              and ${after(PLACE, place)}`
  return `
            select * from (
              select * from (
                select ${ORDER} from ${tasks} t
                where ${FREE} ${conditions}
                order by ${ORDER}
                fetch first 1 rows only
              )
              union all
              select * from (
                select ${ORDER} from (
                  select ${ORDER}, namespace, tags from ${tasks}
                  where ${expired('v_now')}
                  order by expires_at
                  fetch first ${EXPIRED_SEEN} rows only
                ) t
                where namespace = :namespace ${conditions}
                order by ${ORDER}
                fetch first 1 rows only
              )
            )
            order by ${ORDER}
            fetch first 1 rows only
          `
}
