import { lockUnless } from './passed-over.ts'
import { CLOCK, NOW, quoteText, statement, statements, type Statement } from './statement.ts'

const KEY = `t.namespace = :namespace and t.instance_id = :instanceId and t.workflow_id = :workflowId
  and t.task_id = :taskId`

const TASK = `t.instance_id, t.workflow_id, t.task_id, t.priority, t.ready_at, t.tags, t.body`
const CLAIM = `t.instance_id, t.workflow_id, t.task_id, t.worker_id, t.token, t.claimed_at, t.expires_at`
const PLACE = `t.priority, t.ready_at, t.instance_id, t.workflow_id, t.task_id`

const TIME = `(select now from clock)`
const LIVE = `(t.expires_at is null or t.expires_at > ${TIME})`

/** The claim that an earlier try of the same request made. */
const MINE = `t.held and t.claim_request = :requestId and ${LIVE}`

/**
 * The claim that names its worker and its token, while it is held. Asks for the time itself, not for that of the whole
 * statement: an update that had to wait for another one looks at its conditions again.
 */
const HELD = `${KEY} and t.held and t.token = :token and t.worker_id = :workerId
  and (t.expires_at is null or t.expires_at > ${NOW})`

// An available task is one of these two. Each kind has an index: one index of all ready tasks would make every search
// step over those that are held, which are the first ones as a rule.
const FREE = `t.namespace = :namespace and t.ready and not t.held`
const EXPIRED = `t.namespace = :namespace and t.ready and t.held and t.expires_at <= ${TIME}`

/** How many expired claims a search looks at, the oldest first: after a crash of many workers there may be many. */
const EXPIRED_SEEN = 1000

export interface ClaimStatements {
  readonly claim: Statement
  readonly extend: Statement
  readonly release: Statement
  /** Lets go of an expired claim of the request. */
  readonly forget: Statement
  readonly findAvailable: (tagged: boolean, paged: boolean) => Statement
  readonly claimNext: (tagged: boolean, waiting: boolean) => Statement
}

export function claimStatements(schema: string): ClaimStatements {
  const tasks = `${schema}.tasks`
  // A sequence, not the time: it also grows when the row is deleted and made anew, within one millisecond too.
  const token = `greatest(t.token + 1, nextval(${quoteText(`${schema}.tokens`)}::regclass))`
  const lease = {
    worker_id: ':workerId',
    token,
    claimed_at: TIME,
    expires_at: `${TIME} + :ttl::bigint`,
  }
  const taken = Object.entries(lease).map(([column, value]) => `${column} = ${value}`)
  const takenOrMine = Object.entries(lease).map(
    ([column, value]) => `${column} = case when ${MINE} then t.${column} else ${value} end`,
  )

  return {
    // One update of one row: whoever waits for it looks at its conditions again.
    claim: statement(
      'claims.claim',
      `with ${CLOCK}
      update ${tasks} t
      set held = true, claim_request = :requestId, ${takenOrMine.join(', ')}
      where ${KEY} and (${MINE} or t.ready and (not t.held or t.expires_at <= ${TIME}))
      returning ${CLAIM}`,
    ),

    // So does the expiry: of two tries of a request, the one that comes second never takes back what the first one gave.
    extend: statement(
      'claims.extend',
      `update ${tasks} t set expires_at = ${NOW} + :ttl::bigint
      where ${HELD}
      returning ${CLAIM}`,
    ),

    release: statement(
      'claims.release',
      `update ${tasks} t set held = false
      where ${HELD}
      returning t.task_id`,
    ),

    forget: statement(
      'claims.forget',
      `with ${CLOCK}
      update ${tasks} t set held = false
      where t.namespace = :namespace and t.claim_request = :requestId and t.held
        and t.expires_at <= ${TIME}`,
    ),

    findAvailable: statements((tagged, paged) => {
      const conditions = `${tagged ? 'and t.tags <@ :tags::text[]' : ''}
          ${paged ? `and (${PLACE}) > (:priority, :readyAt, :instanceId, :workflowId, :taskId)` : ''}`
      return statement(
        'claims.findAvailable',
        `with ${CLOCK}
        select * from (
          (select ${TASK} from ${tasks} t
          where ${FREE} ${conditions}
          order by ${PLACE}
          limit :limit)
          union all
          (select ${TASK} from ${tasks} t
          where ${EXPIRED} ${conditions}
          order by ${PLACE}
          limit :limit)
        ) as t
        order by ${PLACE}
        limit :limit`,
      )
    }),

    // The first of each kind is locked, passing over those that somebody else has locked, and the first of the two is
    // taken. Whoever waits for a row looks at its conditions again. Not `exists` for what was passed over: the planner
    // drops the order from it, and with that the index, and reads the whole table where there is nothing.
    claimNext: statements((tagged, waiting) => {
      const tags = tagged ? 'and t.tags <@ :tags::text[]' : ''
      return statement(
        'claims.claimNext',
        `with ${CLOCK},
        mine as materialized (
          select ${TASK}, t.worker_id, t.token, t.claimed_at, t.expires_at
          from ${tasks} t
          where t.namespace = :namespace and ${MINE}
        ),
        free as materialized (
          select ${PLACE} from ${tasks} t
          where ${FREE} ${tags} and not exists (select from mine)
          order by ${PLACE}
          limit 1
          ${lockUnless(waiting)}
        ),
        expired as materialized (
          select ${PLACE} from ${tasks} t
          where t.ctid = any (array(
              select t.ctid from ${tasks} t
              where ${EXPIRED} ${tags} order by t.expires_at limit ${EXPIRED_SEEN}))
            and ${EXPIRED} ${tags} and not exists (select from mine)
          order by ${PLACE}
          limit 1
          ${lockUnless(waiting)}
        ),
        first as materialized (
          select ${PLACE} from (select * from free union all select * from expired) as t
          order by ${PLACE}
          limit 1
        ),
        taken as (
          update ${tasks} t
          set held = true, claim_request = :requestId, ${taken.join(', ')}
          from first f
          where t.namespace = :namespace and t.instance_id = f.instance_id
            and t.workflow_id = f.workflow_id and t.task_id = f.task_id
            and t.ready and (not t.held or t.expires_at <= ${TIME})
          returning ${TASK}, t.worker_id, t.token, t.claimed_at, t.expires_at
        )
        select t.*,
          t.task_id is null and coalesce(
            (select true from ${tasks} t where ${FREE} ${tags} order by ${PLACE} limit 1),
            (select true from ${tasks} t where ${EXPIRED} ${tags} order by t.expires_at limit 1),
            false) as passed_over
        from (values (1)) as one
          left join (select * from taken union all select * from mine) as t on true`,
      )
    }),
  }
}
