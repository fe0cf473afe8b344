const KEY = `text collate "C" not null`

// Rows of these come and go all the time; the default lets a fifth of a table be dead before it is cleaned.
const CHURNS = `with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)`

/**
 * The tables and their indexes, in the schema with this quoted name.
 *
 * The namespace leads every key and index, so that a fresh one costs nothing. Keys compare byte by byte. Instants are
 * epoch ms. A body is what a codec made of the JSON of every field that has no column.
 */
export function TABLES(schema: string): readonly string[] {
  return [
    `create table if not exists ${schema}.meta (
  key text primary key,
  value integer not null
)`,

    `create table if not exists ${schema}.workflows (
  namespace ${KEY},
  id ${KEY},
  definition_id ${KEY},
  reference text collate "C",
  resource_id text collate "C",
  status text not null,
  next_execution bigint,
  completed_at bigint,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null,
  created_by text not null,
  updated_by text not null,
  body text not null,
  primary key (namespace, id)
)`,
    `create index if not exists workflows_due on ${schema}.workflows (namespace, next_execution, id)
  where status = 'runnable' and next_execution is not null`,
    `create index if not exists workflows_created on ${schema}.workflows (namespace, created_at, id)`,
    `create index if not exists workflows_status on ${schema}.workflows (namespace, status, created_at, id)`,
    `create index if not exists workflows_definition
  on ${schema}.workflows (namespace, definition_id, created_at, id)`,
    `create index if not exists workflows_reference on ${schema}.workflows (namespace, reference, created_at, id)
  where reference is not null`,
    `create index if not exists workflows_resource on ${schema}.workflows (namespace, resource_id, created_at, id)
  where resource_id is not null`,
    // Of those that are over: the time of an update in it would make every update of the others dearer.
    `create index if not exists workflows_age
  on ${schema}.workflows (namespace, status, (coalesce(completed_at, updated_at)))
  where status in ('complete', 'failed', 'terminated')`,

    `create table if not exists ${schema}.steps (
  namespace ${KEY},
  workflow_id ${KEY},
  step_id ${KEY},
  execution_index integer not null,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null,
  created_by text not null,
  updated_by text not null,
  body text not null,
  primary key (namespace, workflow_id, step_id)
)`,
    `create index if not exists steps_order on ${schema}.steps (namespace, workflow_id, execution_index, step_id)`,

    `create table if not exists ${schema}.outputs (
  namespace ${KEY},
  workflow_id ${KEY},
  step_id ${KEY},
  body text not null,
  primary key (namespace, workflow_id, step_id)
)`,

    `create table if not exists ${schema}.state (
  namespace ${KEY},
  workflow_id ${KEY},
  key ${KEY},
  body text not null,
  primary key (namespace, workflow_id, key)
)`,

    // An arrival number is given when a row is inserted and seen when it is committed. Between the two lies one
    // statement, and in that time a later number may be seen before an earlier one.
    `create table if not exists ${schema}.events (
  namespace ${KEY},
  id ${KEY},
  event_name ${KEY},
  event_key ${KEY},
  event_time bigint not null,
  arrival bigint generated always as identity,
  processed boolean not null,
  created_by text not null,
  body text not null,
  primary key (namespace, id)
)`,
    `create index if not exists events_pending on ${schema}.events (namespace, event_time, arrival)
  where not processed`,
    `create index if not exists events_done on ${schema}.events (namespace, event_time) where processed`,
    `create index if not exists events_topic
  on ${schema}.events (namespace, event_name, event_key, event_time, arrival)`,

    `create table if not exists ${schema}.subscriptions (
  namespace ${KEY},
  id ${KEY},
  workflow_id ${KEY},
  event_name ${KEY},
  event_key ${KEY},
  subscribe_as_of bigint not null,
  token text collate "C",
  worker_id text collate "C",
  token_expiry bigint,
  created_by text not null,
  body text not null,
  primary key (namespace, id)
)`,
    `create index if not exists subscriptions_topic
  on ${schema}.subscriptions (namespace, event_name, event_key, subscribe_as_of, id)`,
    `create index if not exists subscriptions_open
  on ${schema}.subscriptions (namespace, event_name, event_key, subscribe_as_of, id)
  where token is null`,
    `create index if not exists subscriptions_held
  on ${schema}.subscriptions (namespace, event_name, event_key, token_expiry)
  where token_expiry is not null`,
    `create index if not exists subscriptions_workflow on ${schema}.subscriptions (namespace, workflow_id)`,

    `create table if not exists ${schema}.commands (
  namespace ${KEY},
  key ${KEY},
  execute_at bigint not null,
  rearm_at bigint,
  token text collate "C",
  lease_until bigint,
  workflow_id text collate "C",
  body text not null,
  primary key (namespace, key)
) ${CHURNS}`,
    `create index if not exists commands_due on ${schema}.commands (namespace, execute_at, key)`,
    `create index if not exists commands_workflow on ${schema}.commands (namespace, workflow_id)
  where workflow_id is not null`,

    // The head is what a list shows, apart from the body, which may be large.
    `create table if not exists ${schema}.snapshots (
  namespace ${KEY},
  instance_id ${KEY},
  workflow_id ${KEY},
  status text not null,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null,
  updated_by text not null,
  head text not null,
  body text not null,
  primary key (namespace, instance_id, workflow_id)
)`,
    `create index if not exists snapshots_status
  on ${schema}.snapshots (namespace, status, instance_id, workflow_id)`,

    // A task that is ready, or was and may be held: a claim stays one when its task is not ready any more.
    `create table if not exists ${schema}.tasks (
  namespace ${KEY},
  instance_id ${KEY},
  workflow_id ${KEY},
  task_id ${KEY},
  ready boolean not null,
  held boolean not null default false,
  priority integer not null,
  ready_at bigint not null,
  token bigint not null default 0,
  claimed_at bigint,
  expires_at bigint,
  worker_id text collate "C",
  claim_request text collate "C",
  tags text[] collate "C" not null,
  body text not null,
  primary key (namespace, instance_id, workflow_id, task_id),
  foreign key (namespace, instance_id, workflow_id) references ${schema}.snapshots on delete cascade
) ${CHURNS}`,
    `create index if not exists tasks_free
  on ${schema}.tasks (namespace, priority, ready_at, instance_id, workflow_id, task_id)
  where ready and not held`,
    `create index if not exists tasks_held on ${schema}.tasks (namespace, expires_at)
  where ready and held`,
    `create unique index if not exists tasks_request on ${schema}.tasks (namespace, claim_request)
  where held`,

    `create table if not exists ${schema}.errors (
  namespace ${KEY},
  id ${KEY},
  workflow_id ${KEY},
  error_time bigint not null,
  arrival bigint generated always as identity,
  created_by text not null,
  body text not null,
  primary key (namespace, id)
)`,
    `create index if not exists errors_order on ${schema}.errors (namespace, workflow_id, error_time, arrival)`,
  ]
}
