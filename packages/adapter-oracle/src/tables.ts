import type { NameOf } from './options.ts'
import { TEXT } from './statement.ts'

// 63 UTF-16 units. Lengths are given in bytes, so that no setting changes them.
const NAMESPACE = 'varchar2(252 byte) not null'
const KEY = `${TEXT} not null`
const WORD = 'varchar2(64 byte) not null'
const INSTANT = 'number(19)'
const FLAG = 'number(1) not null'

/** A body that does not fit its row goes through the buffer cache, as rows do. */
const BODY = 'lob (body) store as (cache)'

// Many sessions change rows of one block at a time; each needs a slot in it, and a full block has no room for more.
const CHURNS = 'pctfree 20 initrans 8'

/** What an index holds of a row that is not meant is null, and a key of nulls alone is not in the index. */
const only = (condition: string, column: string): string =>
  `case when ${condition} then ${column} end`

/** Of workflows that are over: the time of an update in an index would make every update of the others dearer. */
export const AGE: string = only(
  `status in ('complete', 'failed', 'terminated')`,
  'coalesce(completed_at, updated_at)',
)

/** A request holds one task at a time. */
export const HOLDER: readonly [namespace: string, request: string] = [
  only('held = 1', 'namespace'),
  only('held = 1', 'claim_request'),
]

/**
 * The tables and their indexes, each a statement.
 *
 * The namespace leads every key and index, so that a fresh one costs nothing. Instants are epoch ms. A body is what a
 * codec made of the JSON of every field that has no column. The longest key, of tasks, has 3,400 bytes; a block of 8 KB
 * takes 6,398.
 */
export function tables(nameOf: NameOf): readonly string[] {
  const table = (name: string, columns: string, options = ''): string =>
    `create table ${nameOf(name)} (\n${columns}\n) ${options}`.trim()
  const index = (name: string, of: string, columns: string, unique = ''): string =>
    `create ${unique}index ${nameOf(name)} on ${nameOf(of)} (${columns})`

  return [
    table('meta', `  name varchar2(64 byte) primary key,\n  value number(10) not null`),

    table(
      'workflows',
      `  namespace ${NAMESPACE},
  id ${KEY},
  definition_id ${KEY},
  reference ${TEXT},
  resource_id ${TEXT},
  status ${WORD},
  next_execution ${INSTANT},
  completed_at ${INSTANT},
  created_at ${INSTANT} not null,
  updated_at ${INSTANT} not null,
  version number(19) not null,
  created_by ${KEY},
  updated_by ${KEY},
  body clob not null,
  primary key (namespace, id)`,
      BODY,
    ),
    index('workflows_due', 'workflows', 'namespace, status, next_execution, id'),
    index('workflows_created', 'workflows', 'namespace, created_at, id'),
    index('workflows_status', 'workflows', 'namespace, status, created_at, id'),
    index('workflows_definition', 'workflows', 'namespace, definition_id, created_at, id'),
    index('workflows_reference', 'workflows', 'namespace, reference, created_at, id'),
    index('workflows_resource', 'workflows', 'namespace, resource_id, created_at, id'),
    index('workflows_age', 'workflows', `namespace, status, ${AGE}`),

    table(
      'steps',
      `  namespace ${NAMESPACE},
  workflow_id ${KEY},
  step_id ${KEY},
  execution_index number(19) not null,
  created_at ${INSTANT} not null,
  updated_at ${INSTANT} not null,
  version number(19) not null,
  created_by ${KEY},
  updated_by ${KEY},
  body clob not null,
  primary key (namespace, workflow_id, step_id)`,
      BODY,
    ),
    index('steps_order', 'steps', 'namespace, workflow_id, execution_index, step_id'),

    table(
      'outputs',
      `  namespace ${NAMESPACE},
  workflow_id ${KEY},
  step_id ${KEY},
  body clob not null,
  primary key (namespace, workflow_id, step_id)`,
      BODY,
    ),

    table(
      'state',
      `  namespace ${NAMESPACE},
  workflow_id ${KEY},
  key ${KEY},
  body clob not null,
  primary key (namespace, workflow_id, key)`,
      BODY,
    ),

    // An arrival number is given when a row is inserted and seen when it is committed. Between the two lies one
    // statement, and in that time a later number may be seen before an earlier one. `order`: also among the instances
    // of a cluster, which would otherwise each give numbers from a range of its own.
    table(
      'events',
      `  namespace ${NAMESPACE},
  id ${KEY},
  event_name ${KEY},
  event_key ${KEY},
  event_time ${INSTANT} not null,
  arrival number(19) generated always as identity (start with 1 order),
  processed ${FLAG},
  created_by ${KEY},
  body clob not null,
  primary key (namespace, id)`,
      BODY,
    ),
    index('events_pending', 'events', 'namespace, processed, event_time, arrival'),
    index('events_topic', 'events', 'namespace, event_name, event_key, event_time, arrival'),

    table(
      'subscriptions',
      `  namespace ${NAMESPACE},
  id ${KEY},
  workflow_id ${KEY},
  event_name ${KEY},
  event_key ${KEY},
  subscribe_as_of ${INSTANT} not null,
  held ${FLAG},
  token ${TEXT},
  worker_id ${TEXT},
  token_expiry ${INSTANT},
  created_by ${KEY},
  body clob not null,
  primary key (namespace, id)`,
      BODY,
    ),
    index(
      'subscriptions_topic',
      'subscriptions',
      'namespace, event_name, event_key, subscribe_as_of, id',
    ),
    index(
      'subscriptions_open',
      'subscriptions',
      'namespace, event_name, event_key, held, subscribe_as_of, id',
    ),
    index(
      'subscriptions_expiry',
      'subscriptions',
      'namespace, event_name, event_key, token_expiry',
    ),
    index('subscriptions_workflow', 'subscriptions', 'namespace, workflow_id'),

    table(
      'commands',
      `  namespace ${NAMESPACE},
  key ${KEY},
  execute_at ${INSTANT} not null,
  rearm_at ${INSTANT},
  token ${TEXT},
  lease_until ${INSTANT},
  workflow_id ${TEXT},
  body clob not null,
  primary key (namespace, key)`,
      `${CHURNS} ${BODY}`,
    ),
    index('commands_due', 'commands', 'namespace, execute_at, key'),
    index('commands_workflow', 'commands', 'namespace, workflow_id'),

    // The head is what a list shows, apart from the body, which may be large.
    table(
      'snapshots',
      `  namespace ${NAMESPACE},
  instance_id ${KEY},
  workflow_id ${KEY},
  status ${WORD},
  created_at ${INSTANT} not null,
  updated_at ${INSTANT} not null,
  version number(19) not null,
  updated_by ${KEY},
  head clob not null,
  body clob not null,
  primary key (namespace, instance_id, workflow_id)`,
      `lob (head, body) store as (cache)`,
    ),
    index('snapshots_status', 'snapshots', 'namespace, status, instance_id, workflow_id'),

    // A task that is ready, or was and may be held: a claim stays one when its task is not ready any more.
    table(
      'tasks',
      `  namespace ${NAMESPACE},
  instance_id ${KEY},
  workflow_id ${KEY},
  task_id ${KEY},
  ready ${FLAG},
  held number(1) default 0 not null,
  priority number(10) not null,
  ready_at ${INSTANT} not null,
  token number(19) default 0 not null,
  claimed_at ${INSTANT},
  expires_at ${INSTANT},
  worker_id ${TEXT},
  claim_request ${TEXT},
  extend_request ${TEXT},
  digest ${WORD},
  tags clob,
  body clob not null,
  primary key (namespace, instance_id, workflow_id, task_id),
  foreign key (namespace, instance_id, workflow_id) references ${nameOf('snapshots')} on delete cascade`,
      `${CHURNS} lob (tags, body) store as (cache)`,
    ),
    index(
      'tasks_free',
      'tasks',
      'namespace, ready, held, priority, ready_at, instance_id, workflow_id, task_id',
    ),
    index('tasks_expiry', 'tasks', 'namespace, ready, held, expires_at'),
    index('tasks_request', 'tasks', HOLDER.join(', '), 'unique '),

    table(
      'errors',
      `  namespace ${NAMESPACE},
  id ${KEY},
  workflow_id ${KEY},
  error_time ${INSTANT} not null,
  arrival number(19) generated always as identity (start with 1 order),
  created_by ${KEY},
  body clob not null,
  primary key (namespace, id)`,
      BODY,
    ),
    index('errors_order', 'errors', 'namespace, workflow_id, error_time, arrival'),
  ]
}
