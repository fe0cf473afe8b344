import {
  present,
  sliceOf,
  type CommandBackend,
  type CommandPlace,
  type ScheduledCommand,
} from '@holdfast/spec'
import {
  commandParams,
  readCommand,
  toNumber,
  type CommandRow,
  type Int,
} from '@holdfast/spec/rows'
import type { Context } from './context.ts'
import { lockUnless, takeFirst, type PassedOver } from './passed-over.ts'
import { CLOCK, statement, statements } from './statement.ts'

const COLUMNS = `key, execute_at, workflow_id, body`

/** Whether a processor has it, as far as its lease tells. */
const LEASED = `c.token is not null and c.lease_until > (select now from clock)`

interface Scheduled {
  readonly next: Int
  readonly workflow_id: string | null
}

export function createCommands(context: Context): CommandBackend {
  const { run, schema } = context
  const commands = `${schema}.commands`

  const sql = {
    // Whoever took a command may be at work even when the lease has run out: as long as the token stands, it is
    // scheduled anew beside being scheduled.
    schedule: statement(
      'commands.schedule',
      `with ${CLOCK}
      insert into ${commands} as c (namespace, key, execute_at, workflow_id, body)
      values (:namespace, :key, :executeAt, :workflowId, :body)
      on conflict (namespace, key) do update set
        execute_at = case when ${LEASED} then c.execute_at else least(c.execute_at, excluded.execute_at) end,
        rearm_at = case when c.token is not null then least(c.rearm_at, excluded.execute_at) end
      returning case when ${LEASED} then c.rearm_at else c.execute_at end as next, c.workflow_id`,
    ),
    take: statements((paged: boolean, waiting: boolean) => {
      const due = `c.namespace = :namespace and c.execute_at <= :asOf
          ${paged ? 'and (c.execute_at, c.key) > (:executeAt, :key)' : ''}
          and (c.token is null or c.lease_until <= (select now from clock))`
      return statement(
        'commands.take',
        `with ${CLOCK},
        first as materialized (
          select c.key from ${commands} c
          where ${due}
          order by c.execute_at, c.key
          limit 1
          ${lockUnless(waiting)}
        ),
        taken as (
          update ${commands} c set token = :requestId, lease_until = clock.now + :ttl::bigint
          from first, clock
          where c.key = first.key and ${due}
          returning c.key, c.execute_at, c.workflow_id, c.body
        )
        select taken.*,
          taken.key is null and coalesce(
            (select true from ${commands} c where ${due} order by c.execute_at, c.key limit 1),
            false) as passed_over
        from (values (1)) as one left join taken on true`,
      )
    }),
    settle: statement(
      'commands.settle',
      `with held as materialized (
        select from ${commands} where namespace = :namespace and key = :key and token = :token
      ),
      gone as (
        delete from ${commands}
        where namespace = :namespace and key = :key and token = :token
          and :done::boolean and rearm_at is null
        returning key
      ),
      kept as (
        update ${commands} set token = null, lease_until = null, rearm_at = null,
          execute_at = case when :done::boolean then rearm_at else least(execute_at, rearm_at) end
        where namespace = :namespace and key = :key and token = :token
          and (not :done::boolean or rearm_at is not null)
        returning key
      )
      select exists (select from held) as held,
        exists (select from gone) or exists (select from kept) as settled`,
    ),
    list: statements((paged: boolean) =>
      statement(
        'commands.list',
        `select ${COLUMNS} from ${commands}
        where namespace = :namespace ${paged ? 'and (execute_at, key) > (:executeAt, :key)' : ''}
        order by execute_at, key
        limit :limit`,
      ),
    ),
  }

  const read = (row: CommandRow): ScheduledCommand => readCommand(row, context)

  return {
    async schedule(command, key) {
      const params = { ...commandParams(command, context), key }
      const [row] = await run<Scheduled>(sql.schedule, params)
      const { name, data, executeAt } = command
      return {
        ...{ name, data, executeAt: row ? toNumber(row.next) : executeAt },
        ...present({ workflowId: row?.workflow_id ?? null }),
      }
    },

    async take(asOf, after, ttl, { requestId }) {
      const [executeAt, key] = after ?? [null, null]
      const row = await takeFirst(async (waiting) => {
        const [found] = await run<CommandRow & PassedOver>(sql.take(after !== null, waiting), {
          ...{ asOf, ttl, requestId, executeAt, key },
        })
        return found
      })
      if (!row || row.key === null) return null
      return { key: row.key, place: placeOf(row), token: requestId, read: () => read(row) }
    },

    async settle({ key, token }, done) {
      for (;;) {
        const params = { key, token, done }
        const [row] = await run<{ held: boolean; settled: boolean }>(sql.settle, params)
        // Held, and yet neither deleted nor kept: it was scheduled anew while the statement waited for it.
        if (!row?.held || row.settled) return
      }
    },

    async list({ limit, after }) {
      const [executeAt, key] = after ?? [null, null]
      const rows = await run<CommandRow>(sql.list(after !== null), {
        ...{ limit: limit + 1, executeAt, key },
      })
      return sliceOf(rows, limit, read, placeOf, (row) => row.key)
    },
  }
}

function placeOf({ execute_at, key }: CommandRow): CommandPlace {
  return [toNumber(execute_at), key]
}
