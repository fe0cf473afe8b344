import type { Pool } from 'pg'

/**
 * Fills a namespace with this many rows in every table, of which a few are to be found: what is runnable, due, open or
 * ready stays the same however many are stored. Half of the tasks are ready and held, as those of busy workers are.
 */
export async function fill(
  pool: Pool,
  schema: string,
  namespace: string,
  rows: number,
): Promise<void> {
  const name = `"${schema}"`
  const times = `1, 1, 1, 'r', 'r', '{}'`
  const statements = [
    `insert into ${name}.workflows (namespace, id, definition_id, reference, resource_id, status,
      next_execution, completed_at, created_at, updated_at, version, created_by, updated_by, body)
    select $1, 'w' || i, 'd' || i % 1000, 'r' || i, case when i % 50 = 0 then 'common' when i <= 5 then 'rare' end,
      case when i % 10 = 0 then 'runnable' when i <= 20 then 'suspended' when i <= 40 then 'failed' else 'complete' end,
      case when i % 10 = 0 then case when i <= 200 then i else 2000000000 end end,
      case when i % 10 <> 0 and i > 20 then 1000 + i end, i, i, 1, 'r', 'r', '{}'
    from generate_series(1, $2::int) i`,
    `insert into ${name}.steps (namespace, workflow_id, step_id, execution_index, created_at, updated_at,
      version, created_by, updated_by, body)
    select $1, 'w' || i / 10, 's' || i, i, ${times} from generate_series(1, $2::int) i`,
    `insert into ${name}.state (namespace, workflow_id, key, body)
    select $1, 'w' || i / 10, 'k' || i, '{}' from generate_series(1, $2::int) i`,
    `insert into ${name}.outputs (namespace, workflow_id, step_id, body)
    select $1, 'w' || i / 10, 's' || i, '{}' from generate_series(1, $2::int) i`,
    `insert into ${name}.events (namespace, id, event_name, event_key, event_time, processed, created_by, body)
    select $1, 'e' || i, 'activity', case when i % 20 = 0 then 'hot' else 'k' || i end, i,
      i % 37 <> 0 or i > 700, 'r', '{}'
    from generate_series(1, $2::int) i`,
    `insert into ${name}.subscriptions (namespace, id, workflow_id, event_name, event_key, subscribe_as_of,
      token, worker_id, token_expiry, created_by, body)
    select $1, 's' || i, 'w' || i / 10, 'activity', 'hot', i,
      case when i % 100 <> 50 or i > 900 then 't' end, case when i % 100 <> 50 or i > 900 then 'w' end,
      case when i % 100 = 70 and i < 900 then 1 when i % 100 = 50 and i < 900 then null else 2000000000 end, 'r', '{}'
    from generate_series(1, $2::int) i`,
    `insert into ${name}.commands (namespace, key, execute_at, workflow_id, body)
    select $1, 'k' || i, i, 'w' || i / 10, '{}' from generate_series(1, $2::int) i`,
    `insert into ${name}.snapshots (namespace, instance_id, workflow_id, status, created_at, updated_at, version,
      updated_by, head, body)
    select $1, 'w' || i, 'x', case when i <= 20 then 'paused' else 'running' end, 1, 1, 1, 'r', '{}', '{}'
    from generate_series(1, $2::int) i`,
    `insert into ${name}.tasks (namespace, instance_id, workflow_id, task_id, ready, held, priority, ready_at,
      token, claimed_at, expires_at, worker_id, claim_request, tags, body)
    select $1, 'w' || i, 'x', 't', i % 2 = 0, i % 2 = 0 and (i % 100 <> 50 or i > 900), 0, i,
      1, 1, case when i % 100 = 70 and i < 900 then 1 else 2000000000 end, 'w', 'r' || i, '{}', '{}'
    from generate_series(1, $2::int) i`,
    `insert into ${name}.errors (namespace, id, workflow_id, error_time, created_by, body)
    select $1, 'x' || i, 'w' || i / 10, i, 'r', '{}' from generate_series(1, $2::int) i`,
  ]
  for (const statement of statements) await pool.query(statement, [namespace, rows])
  const { rows: tables } = await pool.query<{ relname: string }>(
    `select relname from pg_stat_user_tables where schemaname = $1`,
    [schema],
  )
  for (const { relname } of tables) await pool.query(`vacuum (analyze) ${name}.${relname}`)
}
