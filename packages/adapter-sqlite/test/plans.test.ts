import { DatabaseSync } from 'node:sqlite'
import BetterSqlite3 from 'better-sqlite3'
import { beforeAll, describe, expect, it } from 'vitest'
import { createSqliteProvider, type SqliteDatabase } from '../src/index.ts'
import { walkthrough } from '@holdfast/conformance'
import { NOW, aSnapshot, isControl, recorded, whole, type Executed } from './support.ts'

// What is not stored: constants, and what the caller sent as JSON. `ping` reads the first row of the schema.
const WITHOUT_COST =
  /^SCAN (CONSTANT ROW|json_each( VIRTUAL TABLE INDEX \d:)?|\(subquery-\d+\)|sqlite_schema)$/

// Of a whole namespace: walks in the order of the result, that stop at the limit, and the one row of the fence.
const WALK =
  /INDEX (holdfast_workflows_created|holdfast_commands_due|holdfast_tasks_ready|sqlite_autoindex_holdfast_snapshots_1) \(namespace=\?\)$|^SEARCH f /

/** The statement's own order is made by an index; this one sorts what the caller sent. */
const SORTS_ITS_ARGUMENT = /json_each\.key/

type Database = DatabaseSync | BetterSqlite3.Database

const openNode = (): Database => new DatabaseSync(':memory:')
const openBetterSqlite3 = (): Database => new BetterSqlite3(':memory:')

describe.each([
  [1_000, 'without statistics', openNode],
  [1_000, 'with statistics', openNode],
  [1_000, 'without statistics, in better-sqlite3', openBetterSqlite3],
  [1_000, 'with statistics, in better-sqlite3', openBetterSqlite3],
  [100_000, 'without statistics', openNode],
  [100_000, 'with statistics', openNode],
])('with %i rows in every table, %s', (rows, statistics, open) => {
  const file = open()
  let executed: readonly Executed[] = []

  beforeAll(async () => {
    const { database, executed: all } = recorded(file)
    const store = whole(createSqliteProvider({ database, clock: () => NOW }))
    await store.ensureStore()
    fill(file, rows)
    if (statistics.startsWith('with ')) file.exec('analyze')
    all.length = 0
    for (const { run } of walkthrough(store)) await run()
    await everyQuery(store)
    executed = distinct(all)
  })

  it('every statement searches by an index, and sorts nothing', () => {
    expect(executed.length).toBeGreaterThan(100)
    const bad = executed.flatMap(({ sql, params }) =>
      planOf(file, sql, params)
        .filter((step) => !WITHOUT_COST.test(step) && !WALK.test(step))
        .filter(
          (step) =>
            /\(namespace=\?\)/.test(step) ||
            step.startsWith('SCAN') ||
            step.includes('TEMP B-TREE'),
        )
        .filter((step) => !(step.includes('ORDER BY') && SORTS_ITS_ARGUMENT.test(sql)))
        .map((step) => `${step}\n  ${sql}`),
    )
    expect(bad).toEqual([])
  })
})

/** The pages after the first, and every combination of conditions. */
async function everyQuery(store: ReturnType<typeof whole>): Promise<void> {
  const { workflows, steps, events, subscriptions, commands, snapshots, claims, errors } = store
  const twice = async <Q>(
    page: (query: Q & { limit: number; cursor?: string }) => Promise<{ cursor: string | null }>,
    query: Q,
  ): Promise<void> => {
    const { cursor } = await page({ ...query, limit: 1 })
    if (cursor === null) throw new Error('There is no second page')
    await page({ ...query, limit: 1, cursor })
  }
  const filters = [
    { status: 'runnable' as const },
    { definitionId: 'd' },
    { reference: 'r' },
    { resourceId: 's' },
    { createdFrom: 1 },
    { createdTo: NOW },
  ]
  for (let chosen = 0; chosen < 2 ** filters.length; chosen += 1) {
    const query = filters.filter((__, index) => (chosen & (2 ** index)) !== 0)
    await twice(workflows.list, Object.assign({}, ...query) as object)
  }
  const topic = { eventName: 'n', eventKey: 'k' }
  await twice(workflows.getRunnable, { asOf: NOW })
  await twice(steps.list, { workflowId: 'v' })
  await twice(events.getRunnable, { asOf: NOW })
  await twice(events.find, { ...topic, asOf: 0 })
  await twice(subscriptions.find, { ...topic, asOf: NOW })
  await twice(commands.list, {})
  await twice(snapshots.list, {})
  await twice(snapshots.list, { status: 'running' as const })
  await twice(claims.findAvailable, {})
  await twice(claims.findAvailable, { tags: ['g'] })
  await twice(errors.list, { workflowId: 'v' })
  await claims.claimNext({ workerId: 'u', ttl: 1, tags: ['g'] })
  await commands.process({ asOf: NOW, limit: 2 }, () => undefined)
  await snapshots.save(aSnapshot({ instanceId: 'new', status: 'paused' }))
}

function distinct(executed: readonly Executed[]): readonly Executed[] {
  const bySql = new Map(executed.map((each) => [each.sql, each]))
  return [...bySql.values()].filter(({ sql }) => !isControl(sql))
}

function planOf(database: Database, sql: string, params: Executed['params']): string[] {
  const plan: SqliteDatabase = database
  const rows = plan.prepare(`explain query plan ${sql}`).all(params) as { detail: string }[]
  return rows.map(({ detail }) => detail)
}

/** All in one namespace and of one workflow, instance, topic and status: the worst that a condition can meet. */
function fill(database: Database, rows: number): void {
  const series = `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${rows})`
  const insert = (table: string, columns: string, values: string): unknown =>
    database.exec(
      `insert into holdfast_${table} (namespace, ${columns}) ${series} select 'default', ${values} from n`,
    )
  database.exec('begin')
  insert(
    'workflows',
    'id, definition_id, reference, resource_id, status, next_execution, created_at, updated_at, version, ' +
      'created_by, updated_by, body',
    "'w' || i, 'd', 'r', 's', 'runnable', i, i, i, 1, 'q', 'q', '{}'",
  )
  insert(
    'steps',
    'workflow_id, step_id, execution_index, created_at, updated_at, version, created_by, updated_by, body',
    "'v', 's' || i, i, i, i, 1, 'q', 'q', '{}'",
  )
  insert('outputs', 'workflow_id, step_id, body', "'w' || i, 's', '{}'")
  insert('state', 'workflow_id, key, body', "'w' || i, 'k', '{}'")
  insert(
    'events',
    'id, event_name, event_key, event_time, processed, created_by, body',
    "'e' || i, 'n', 'k', i, i % 2, 'q', '{}'",
  )
  insert(
    'subscriptions',
    'id, workflow_id, event_name, event_key, subscribe_as_of, created_by, body',
    "'s' || i, 'w' || i, 'n', 'k', i, 'q', '{}'",
  )
  insert('holds', 'id, token, worker_id, expires_at', "'s' || i, 't', 'u', 0")
  insert('commands', 'key, execute_at, workflow_id, body', "'k' || i, i, 'w' || i, '{}'")
  insert(
    'snapshots',
    'instance_id, workflow_id, status, created_at, updated_at, version, updated_by, head, body',
    "'i' || i, 'w', 'running', i, i, 1, 'q', '{}', '{}'",
  )
  insert(
    'tasks',
    'instance_id, workflow_id, task_id, ready, priority, ready_at, tags',
    "'i' || i, 'w', 't', 1, 0, i, '[]'",
  )
  insert('inputs', 'instance_id, workflow_id, task_id, body', "'i' || i, 'w', 't', '{}'")
  insert('errors', 'id, workflow_id, error_time, created_by, body', "'x' || i, 'v', i, 'q', '{}'")
  database.exec('commit')
}
