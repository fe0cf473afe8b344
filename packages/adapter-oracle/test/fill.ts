import type { ShimDatabase } from './shim/pool.ts'

/**
 * Fills a namespace with this many rows in every table, of which a few are to be found: what is runnable, due, open or
 * ready stays the same however many are stored. Half of the tasks are ready and held, as those of busy workers are.
 */
export async function fill(
  { admin }: ShimDatabase,
  prefix: string,
  namespace: string,
  rows: number,
): Promise<void> {
  const table = (name: string): string => `"${prefix}${name.toUpperCase()}"`
  const times = `1, 1, 1, 'r', 'r', '{}'`
  const inserts: readonly (readonly [name: string, columns: string, values: string])[] = [
    [
      'workflows',
      `id, definition_id, reference, resource_id, status, next_execution, completed_at, created_at,
      updated_at, version, created_by, updated_by, body`,
      `'w' || i, 'd' || i % 1000, 'r' || i, case when i % 50 = 0 then 'common' when i <= 5 then 'rare' end,
      case when i % 10 = 0 then 'runnable' when i <= 20 then 'suspended' when i <= 40 then 'failed' else 'complete' end,
      case when i % 10 = 0 then case when i <= 200 then i else 2000000000 end end,
      case when i % 10 <> 0 and i > 20 then 1000 + i end, i, i, 1, 'r', 'r', '{}'`,
    ],
    [
      'steps',
      `workflow_id, step_id, execution_index, created_at, updated_at, version, created_by, updated_by, body`,
      `'w' || i / 10, 's' || i, i, ${times}`,
    ],
    ['state', 'workflow_id, key, body', `'w' || i / 10, 'k' || i, '{}'`],
    ['outputs', 'workflow_id, step_id, body', `'w' || i / 10, 's' || i, '{}'`],
    [
      'events',
      'id, event_name, event_key, event_time, processed, created_by, body',
      `'e' || i, 'activity', case when i % 20 = 0 then 'hot' else 'k' || i end, i,
      case when i % 37 <> 0 or i > 700 then 1 else 0 end, 'r', '{}'`,
    ],
    [
      'subscriptions',
      `id, workflow_id, event_name, event_key, subscribe_as_of, held, token, worker_id, token_expiry,
      created_by, body`,
      `'s' || i, 'w' || i / 10, 'activity', 'hot', i, case when i % 100 <> 50 or i > 900 then 1 else 0 end,
      case when i % 100 <> 50 or i > 900 then 't' end, case when i % 100 <> 50 or i > 900 then 'w' end,
      case when i % 100 = 70 and i < 900 then 1 when i % 100 = 50 and i < 900 then null else 2000000000 end,
      'r', '{}'`,
    ],
    ['commands', 'key, execute_at, workflow_id, body', `'k' || i, i, 'w' || i / 10, '{}'`],
    [
      'snapshots',
      'instance_id, workflow_id, status, created_at, updated_at, version, updated_by, head, body',
      `'w' || i, 'x', case when i <= 20 then 'paused' else 'running' end, 1, 1, 1, 'r', '{}', '{}'`,
    ],
    [
      'tasks',
      `instance_id, workflow_id, task_id, ready, held, priority, ready_at, token, claimed_at, expires_at,
      worker_id, claim_request, digest, body`,
      `'w' || i, 'x', 't', case when i % 2 = 0 then 1 else 0 end,
      case when i % 2 = 0 and (i % 100 <> 50 or i > 900) then 1 else 0 end, 0, i, 1, 1,
      case when i % 100 = 70 and i < 900 then 1 else 2000000000 end, 'w', 'r' || i, '-', '{"tags":[]}'`,
    ],
    [
      'errors',
      'id, workflow_id, error_time, created_by, body',
      `'x' || i, 'w' || i / 10, i, 'r', '{}'`,
    ],
  ]
  for (const [name, columns, values] of inserts) {
    // It comes at any time, and its snapshot keeps dead rows from the vacuum of a test.
    await admin(`alter table ${table(name)} set (autovacuum_enabled = off)`)
    await admin(
      `insert into ${table(name)} (namespace, ${columns})
      select $1, ${values} from generate_series(1, $2::int) i`,
      [namespace, rows],
    )
    await admin(`vacuum (analyze) ${table(name)}`)
  }
}
