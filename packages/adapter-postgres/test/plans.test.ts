import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PostgresPool, PostgresQuery } from '../src/index.ts'
import { fill } from './fill.ts'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, openServer, type Server } from './support.ts'

// Every query that workers ask all day finds its rows through an index, and reads no more when more is stored.

const NOW = 1_000_000_000
const FEW = 1_000
const MANY = 100_000
/** Pages that a search may read more in a tree that is higher, and in a table that is cleaned less well. */
const SLACK = 40

let server: Server
const namespaces = new Map([FEW, MANY].map((rows) => [rows, randomUUID() as string]))

beforeAll(async () => {
  server = await openServer()
  for (const [rows, namespace] of namespaces) {
    await fill(server.pool, server.schema, namespace, rows)
  }
})

afterAll(async () => server[Symbol.asyncDispose]())

const limit = 10
const asOf = NOW
const topic = { eventName: 'activity', eventKey: 'hot' }
const seek = { workerId: 'w', ttl: 1_000 }
const waiting = {
  ...topic,
  ...{ workflowId: 'w7', stepId: 's', executionPointerId: 'p', subscribeAsOf: 0 },
}
const step = {
  workflowId: 'w0',
  stepId: 's7',
  executionIndex: 7,
  status: 'failed',
  attempt: 0,
} as const
const held = { instanceId: 'w4', workflowId: 'x' }
const claim = { ...held, taskId: 't', workerId: 'w', token: 1, claimedAt: 1, expiresAt: null }

const cases: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  'workflows.get': ({ workflows }) => workflows.get('w7'),
  'workflows.getMany': ({ workflows }) => workflows.getMany(['w1', 'w2', 'w3', 'w4']),
  'workflows.getRunnable': ({ workflows }) => workflows.getRunnable({ asOf, limit }),
  'workflows.list': ({ workflows }) => workflows.list({ limit }),
  'workflows.list by status': ({ workflows }) => workflows.list({ status: 'suspended', limit }),
  'workflows.list by definition': ({ workflows }) => workflows.list({ definitionId: 'd3', limit }),
  'workflows.list by reference': ({ workflows }) => workflows.list({ reference: 'r3', limit }),
  'workflows.list by resource': ({ workflows }) => workflows.list({ resourceId: 'rare', limit }),
  'workflows.list by time': ({ workflows }) => workflows.list({ createdTo: 500, limit }),
  'workflows.purge': ({ workflows }) => workflows.purge({ status: 'failed', olderThan: 10 }),
  'workflows.delete': ({ workflows }) => workflows.delete('w7'),
  'steps.list': ({ steps }) => steps.list({ workflowId: 'w7', limit }),
  'state.getAll': ({ state }) => state.getAll('w7'),
  'events.getRunnable': ({ events }) => events.getRunnable({ asOf, limit }),
  'events.find': ({ events }) => events.find({ ...topic, asOf: 0, limit }),
  'events.purge': ({ events }) => events.purge({ olderThan: 10 }),
  'subscriptions.find': ({ subscriptions }) => subscriptions.find({ ...topic, asOf, limit }),
  'subscriptions.findFirstOpen': ({ subscriptions }) =>
    subscriptions.findFirstOpen({ ...topic, asOf }),
  'commands.process': ({ commands }) => commands.process({ asOf: 10, limit: 1 }, () => {}),
  'commands.list': ({ commands }) => commands.list({ limit }),
  'snapshots.list': ({ snapshots }) => snapshots.list({ limit }),
  'snapshots.list by status': ({ snapshots }) => snapshots.list({ status: 'paused', limit }),
  'claims.findAvailable': ({ claims }) => claims.findAvailable({ limit }),
  'claims.claimNext': ({ claims }) => claims.claimNext(seek),
  'workflows.create': ({ workflows }) => workflows.create(aWorkflow()),
  'workflows.update': ({ workflows }) => workflows.update({ ...aWorkflow(), id: 'w7', version: 1 }),
  'workflows.update with subscriptions': ({ workflows }) =>
    workflows.update({ ...aWorkflow(), id: 'w7', version: 1 }, { subscriptions: [waiting] }),
  'steps.update': ({ steps }) => steps.update({ ...step, version: 1 }),
  'events.markProcessed': ({ events }) => events.markProcessed('e7'),
  'subscriptions.create': ({ subscriptions }) => subscriptions.create(waiting),
  'subscriptions.setToken': ({ subscriptions }) =>
    subscriptions.setToken('s50', { token: 't', ...seek }),
  'commands.schedule': ({ commands }) => commands.schedule({ name: 'n', data: '', executeAt: 1 }),
  'snapshots.save, first': ({ snapshots }) => snapshots.save(aSnapshot()),
  'snapshots.save, next': ({ snapshots }) => snapshots.save(aSnapshot({ ...held, version: 1 })),
  'snapshots.save, fenced': ({ snapshots }) =>
    snapshots.save(aSnapshot({ ...held, version: 1 }), { fence: claim }),
  'snapshots.delete': ({ snapshots }) => snapshots.delete(held),
  'claims.claim': ({ claims }) => claims.claim({ ...held, taskId: 't', ...seek }),
  'claims.extend': ({ claims }) => claims.extend(claim, 1),
  'claims.release': ({ claims }) => claims.release(claim),
  'errors.append': ({ errors }) =>
    errors.append([{ workflowId: 'w7', errorTime: 1, message: 'm' }]),
  'errors.list': ({ errors }) => errors.list({ workflowId: 'w7', limit }),
}

interface Cost {
  readonly nodes: readonly Plan[]
  readonly pages: number
}

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly Alias?: string
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly Plan[]
}

/** The first statement of a call, as a server plans it that has prepared it: for any values, or for these. */
async function costOf(
  call: (store: Store) => Promise<unknown>,
  namespace: string | undefined,
  mode: string,
): Promise<Cost> {
  const first = await firstQuery(call, namespace ?? '')
  const client = await server.pool.connect()
  try {
    await client.query('begin')
    await client.query(`set local plan_cache_mode = ${mode}`)
    await client.query(`prepare planned as ${first.text}`)
    const values = (first.values ?? []).map(literal).join(', ')
    const { rows: answer } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      `explain (analyze, buffers, format json) execute planned (${values})`,
    )
    const plan = answer[0]?.['QUERY PLAN'][0].Plan
    if (plan === undefined) throw new Error('No plan')
    const pages = plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
    return { nodes: nodesOf(plan), pages }
  } finally {
    await client.query('rollback')
    await client.query('deallocate all')
    client.release()
  }
}

async function firstQuery(
  call: (store: Store) => Promise<unknown>,
  namespace: string,
): Promise<PostgresQuery> {
  let first: PostgresQuery | undefined
  const spy: PostgresPool = {
    async query(query) {
      first ??= query
      throw new Error('Seen')
    },
  }
  await expect(call(server.open({ pool: spy, namespace, clock: () => NOW }))).rejects.toThrow(
    'Seen',
  )
  if (first === undefined) throw new Error('No query')
  return first
}

function literal(value: unknown): string {
  if (value === null) return 'null'
  const text = Array.isArray(value) ? `{${value.join(',')}}` : `${value as string | number}`
  return `'${text.replaceAll("'", "''")}'`
}

function nodesOf(plan: Plan): readonly Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
}

describe.each(['force_custom_plan', 'force_generic_plan'])('%s', (mode) => {
  it.each(Object.entries(cases))('%s', async (_, call) => {
    const few = await costOf(call, namespaces.get(FEW), mode)
    const many = await costOf(call, namespaces.get(MANY), mode)
    const scans = many.nodes.filter((node) => node['Node Type'] === 'Seq Scan')
    expect(scans.map((node) => node['Relation Name'])).toEqual([])
    expect(many.pages).toBeLessThanOrEqual(few.pages + SLACK)
  })

  it('claims.claimNext when all of many ready tasks are held', async () => {
    const busy = randomUUID()
    const tasks = `"${server.schema}".tasks`
    await fill(server.pool, server.schema, busy, FEW * 10)
    await server.pool.query(
      `update ${tasks} set held = true, expires_at = null where namespace = $1 and ready`,
      [busy],
    )
    await server.pool.query(`vacuum (analyze) ${tasks}`)
    const none = await costOf(({ claims }) => claims.claimNext(seek), busy, mode)
    expect(none.nodes.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([])
    expect(none.pages).toBeLessThanOrEqual(SLACK)
  })
})
