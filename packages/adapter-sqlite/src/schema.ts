import { setTimeout as sleep } from 'node:timers/promises'
import { PersistenceError, SPEC_VERSION, isPersistenceError } from '@holdfast/spec'
import { classify } from './classify.ts'
import type { SqliteExecutor } from './executor.ts'

// Records with a body are rowid tables, the narrow ones are their own index: rows of `without rowid` are stored inside
// the tree, where large ones make every search read more pages.
//
// The namespace leads every key and index. Text compares by its UTF-8 bytes, which is code point order.
const STATEMENTS: readonly string[] = [
  `create table if not exists holdfast_meta (
  key text not null primary key,
  value integer not null
) strict, without rowid`,

  `create table if not exists holdfast_workflows (
  namespace text not null,
  id text not null,
  definition_id text not null,
  reference text,
  resource_id text,
  status text not null,
  next_execution integer,
  completed_at integer,
  created_at integer not null,
  updated_at integer not null,
  version integer not null,
  created_by text not null,
  updated_by text not null,
  body text not null,
  primary key (namespace, id)
) strict`,
  `create index if not exists holdfast_workflows_due on holdfast_workflows (namespace, next_execution, id)
  where status = 'runnable' and next_execution is not null`,
  `create index if not exists holdfast_workflows_created on holdfast_workflows (namespace, created_at, id)`,
  `create index if not exists holdfast_workflows_status on holdfast_workflows (namespace, status, created_at, id)`,
  `create index if not exists holdfast_workflows_definition
  on holdfast_workflows (namespace, definition_id, created_at, id)`,
  `create index if not exists holdfast_workflows_reference on holdfast_workflows (namespace, reference, created_at, id)
  where reference is not null`,
  `create index if not exists holdfast_workflows_resource on holdfast_workflows (namespace, resource_id, created_at, id)
  where resource_id is not null`,
  `create index if not exists holdfast_workflows_age
  on holdfast_workflows (namespace, status, coalesce(completed_at, updated_at))`,

  `create table if not exists holdfast_steps (
  namespace text not null,
  workflow_id text not null,
  step_id text not null,
  execution_index integer not null,
  created_at integer not null,
  updated_at integer not null,
  version integer not null,
  created_by text not null,
  updated_by text not null,
  body text not null,
  primary key (namespace, workflow_id, step_id)
) strict`,
  `create index if not exists holdfast_steps_order
  on holdfast_steps (namespace, workflow_id, execution_index, step_id)`,

  `create table if not exists holdfast_outputs (
  namespace text not null,
  workflow_id text not null,
  step_id text not null,
  body text not null,
  primary key (namespace, workflow_id, step_id)
) strict`,

  `create table if not exists holdfast_state (
  namespace text not null,
  workflow_id text not null,
  key text not null,
  body text not null,
  primary key (namespace, workflow_id, key)
) strict`,

  // autoincrement: an arrival number is never given twice.
  `create table if not exists holdfast_events (
  arrival integer primary key autoincrement,
  namespace text not null,
  id text not null,
  event_name text not null,
  event_key text not null,
  event_time integer not null,
  processed integer not null,
  created_by text not null,
  body text not null,
  unique (namespace, id)
) strict`,
  `create index if not exists holdfast_events_pending on holdfast_events (namespace, event_time, arrival, id)
  where processed = 0`,
  `create index if not exists holdfast_events_done on holdfast_events (namespace, event_time)
  where processed = 1`,
  `create index if not exists holdfast_events_topic
  on holdfast_events (namespace, event_name, event_key, event_time, arrival)`,

  `create table if not exists holdfast_subscriptions (
  namespace text not null,
  id text not null,
  workflow_id text not null,
  event_name text not null,
  event_key text not null,
  subscribe_as_of integer not null,
  created_by text not null,
  body text not null,
  primary key (namespace, id)
) strict`,
  `create index if not exists holdfast_subscriptions_topic
  on holdfast_subscriptions (namespace, event_name, event_key, subscribe_as_of, id)`,
  `create index if not exists holdfast_subscriptions_workflow on holdfast_subscriptions (namespace, workflow_id)`,

  // Who works on a subscription; no row for one that has no token.
  `create table if not exists holdfast_holds (
  namespace text not null,
  id text not null,
  token text not null,
  worker_id text not null,
  expires_at integer,
  primary key (namespace, id)
) strict, without rowid`,

  `create table if not exists holdfast_commands (
  namespace text not null,
  key text not null,
  execute_at integer not null,
  rearm_at integer,
  token text,
  lease_until integer,
  workflow_id text,
  body text not null,
  primary key (namespace, key)
) strict`,
  `create index if not exists holdfast_commands_due on holdfast_commands (namespace, execute_at, key)`,
  `create index if not exists holdfast_commands_workflow on holdfast_commands (namespace, workflow_id)
  where workflow_id is not null`,

  `create table if not exists holdfast_snapshots (
  namespace text not null,
  instance_id text not null,
  workflow_id text not null,
  status text not null,
  created_at integer not null,
  updated_at integer not null,
  version integer not null,
  updated_by text not null,
  head text not null,
  body text not null,
  primary key (namespace, instance_id, workflow_id)
) strict`,
  `create index if not exists holdfast_snapshots_status
  on holdfast_snapshots (namespace, status, instance_id, workflow_id)`,

  // A task that was ready once. It stays when it is not any more, so that its fencing token keeps growing.
  `create table if not exists holdfast_tasks (
  namespace text not null,
  instance_id text not null,
  workflow_id text not null,
  task_id text not null,
  ready integer not null,
  priority integer not null,
  ready_at integer not null,
  tags text not null,
  held integer not null default 0,
  token integer not null default 0,
  worker_id text,
  claimed_at integer,
  expires_at integer,
  claim_request text,
  primary key (namespace, instance_id, workflow_id, task_id)
) strict, without rowid`,
  `create index if not exists holdfast_tasks_ready
  on holdfast_tasks (namespace, priority, ready_at, instance_id, workflow_id, task_id)
  where ready = 1`,
  `create index if not exists holdfast_tasks_request on holdfast_tasks (namespace, claim_request)
  where held = 1`,

  // What the worker of a ready task is told, apart from the lease, which changes often.
  `create table if not exists holdfast_inputs (
  namespace text not null,
  instance_id text not null,
  workflow_id text not null,
  task_id text not null,
  body text not null,
  primary key (namespace, instance_id, workflow_id, task_id)
) strict`,

  // The highest fencing token of tasks that were deleted: those of the same name that come later begin above it.
  `create table if not exists holdfast_fences (
  namespace text not null primary key,
  token integer not null
) strict, without rowid`,

  `create table if not exists holdfast_errors (
  arrival integer primary key autoincrement,
  namespace text not null,
  id text not null,
  workflow_id text not null,
  error_time integer not null,
  created_by text not null,
  body text not null,
  unique (namespace, id)
) strict`,
  `create index if not exists holdfast_errors_order
  on holdfast_errors (namespace, workflow_id, error_time, arrival)`,

  `insert into holdfast_meta (key, value) values ('spec_version', ${SPEC_VERSION}) on conflict (key) do nothing`,
]

/** The tables, as text, for databases whose schema is made by other means. Running it again changes nothing. */
export const SCHEMA_SQL: string = STATEMENTS.map((statement) => `${statement};\n`).join('\n')

const VERSION = "select value as version from holdfast_meta where key = 'spec_version'"

interface Version {
  readonly version: number
}

/**
 * Makes the tables, in one transaction, unless they are there.
 *
 * @throws {PersistenceError} `UNAVAILABLE` when they are those of another version of the contract
 */
export async function ensureStore(executor: SqliteExecutor, busyTimeout: number): Promise<void> {
  const stamp = await readStamp(executor)
  if (stamp !== null) return checkVersion(stamp)
  await useWal(executor, performance.now() + busyTimeout)
  const results = await executor.write<Version[]>([...STATEMENTS, VERSION], {})
  checkVersion(results.at(-1)?.[0]?.version)
}

async function readStamp(executor: SqliteExecutor): Promise<number | null> {
  const schema = "select name from sqlite_schema where type = 'table' and name = 'holdfast_meta'"
  const [table] = await executor.read(schema, {})
  if (!table) return null
  const [stamp] = await executor.read<Version>(VERSION, {})
  return stamp?.version ?? null
}

function checkVersion(found: number | undefined): void {
  if (found === SPEC_VERSION) return
  throw new PersistenceError(
    'UNAVAILABLE',
    `The tables are of version ${found} of the contract; this package needs version ${SPEC_VERSION}`,
    { retryable: false },
  )
}

/** The switch needs the file for itself, and SQLite does not always wait for that, whatever its busy timeout. */
async function useWal(executor: SqliteExecutor, deadline: number): Promise<void> {
  for (;;) {
    try {
      return await executor.useWal()
    } catch (error) {
      if (!isPersistenceError(classify(error), 'BUSY') || performance.now() > deadline) throw error
      await sleep(10)
    }
  }
}
