import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { containerDefinition } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, openServer, type Server } from './support.ts'
import { through } from './wire.ts'

// Only the service itself tells what a request costs. What can be seen here: every question is about members that have an
// index, in an order that one index serves (the stand-in refuses others), and what workers ask all day takes the same
// requests, and gets the same number of rows, when more is stored.

const NOW = 1_000_000
const LATER = 2_000_000
const SIZES = [200, 1_000] as const

let server: Server
const stores: Store[] = []
let requests: { method: string; rows: number }[] = []
const queries = new Set<string>()

beforeAll(async () => {
  server = await openServer()
  const client = through(server.client, async ({ method, query }, send) => {
    const answer = (await send()) as { readonly resources?: readonly unknown[] }
    requests.push({ method, rows: answer?.resources?.length ?? 0 })
    if (query !== undefined) queries.add(query)
    return answer
  })
  for (const size of SIZES) {
    const store = await server.make({ client, clock: () => NOW })
    await fill(store, size)
    stores.push(store)
  }
}, 300_000)

afterAll(async () => server[Symbol.asyncDispose]())

const limit = 10
const asOf = NOW
const topic = { eventName: 'activity', eventKey: 'hot' }
const waiting = { ...topic, workflowId: 'w7', stepId: 's', executionPointerId: 'p' }

/** What is runnable, due, open or ready stays the same however many are stored; many are held, or for later. */
async function fill(store: Store, size: number): Promise<void> {
  const { workflows, events, subscriptions, commands, snapshots, claims, steps, state, errors } =
    store
  for (let from = 0; from < size; from += 100) {
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const i = from + index
        const workflowId = `w${Math.floor(i / 10)}`
        await workflows.create(
          aWorkflow({
            ...{ id: `w${i}`, definitionId: `d${i % 50}`, reference: `r${i % 90}`, createdAt: i },
            ...(i < 5 && { resourceId: 'rare' }),
            status: i < 20 ? 'suspended' : 'runnable',
            nextExecution: i < 100 ? i : LATER,
          }),
        )
        const processed = i >= 100
        await events.create({
          ...{ id: `e${i}`, eventName: 'activity', eventTime: i, processed },
          eventKey: i < 20 ? 'hot' : `k${i}`,
        })
        const hold = i < 20 ? {} : { token: 't', workerId: 'v', tokenExpiry: LATER }
        await subscriptions.create({ ...waiting, id: `s${i}`, subscribeAsOf: i, ...hold })
        await commands.schedule({ name: 'n', data: `${i}`, executeAt: i < 20 ? i : LATER })
        await snapshots.save(aSnapshot({ instanceId: `i${i}`, status: 'running' }))
        const task = { instanceId: `i${i}`, workflowId: 'order', taskId: 'task-1', workerId: 'v' }
        if (i >= 20) await claims.claim({ ...task, ttl: 600_000 })
        await steps.create({
          ...{ workflowId, stepId: `s${i}`, executionIndex: i, status: 'running', attempt: 0 },
        })
        await state.set({ workflowId, key: `k${i}`, value: i })
        await errors.append([{ workflowId, errorTime: i, message: 'm' }])
      }),
    )
  }
}

const cases: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  'workflows.getRunnable': ({ workflows }) => workflows.getRunnable({ asOf, limit }),
  'workflows.getMany': ({ workflows }) => workflows.getMany(['w1', 'w2', 'none']),
  'workflows.list': ({ workflows }) => workflows.list({ limit }),
  'workflows.list by status': ({ workflows }) => workflows.list({ status: 'suspended', limit }),
  'workflows.list by definition': ({ workflows }) =>
    workflows.list({ definitionId: 'd3', limit: 3 }),
  'workflows.list by reference': ({ workflows }) => workflows.list({ reference: 'r3', limit: 2 }),
  'workflows.list by resource and status': ({ workflows }) =>
    workflows.list({ resourceId: 'rare', status: 'suspended', limit }),
  'workflows.list by time': ({ workflows }) => workflows.list({ createdTo: 50, limit }),
  'workflows.purge': ({ workflows }) => workflows.purge({ status: 'failed', olderThan: 10 }),
  'workflows.create and delete': async ({ workflows }) =>
    workflows.delete((await workflows.create(aWorkflow())).id),
  'steps.list': ({ steps }) => steps.list({ workflowId: 'w7', limit }),
  'state.getAll': ({ state }) => state.getAll('w7'),
  'events.getRunnable': ({ events }) => events.getRunnable({ asOf, limit }),
  'events.find': ({ events }) => events.find({ ...topic, asOf: 0, limit }),
  'events.purge': ({ events }) => events.purge({ olderThan: 10 }),
  'subscriptions.find': ({ subscriptions }) => subscriptions.find({ ...topic, asOf, limit }),
  'subscriptions.findFirstOpen': ({ subscriptions }) =>
    subscriptions.findFirstOpen({ ...topic, asOf }),
  'commands.process': async ({ commands }) => {
    await commands.schedule({ name: 'now', data: '', executeAt: -1 })
    await commands.process({ asOf, limit: 1 }, () => {})
  },
  'commands.list': ({ commands }) => commands.list({ limit }),
  'snapshots.save, load, delete': async ({ snapshots }) => {
    const saved = await snapshots.save(await snapshots.save(aSnapshot({ readyTasks: [] })))
    const { instanceId, workflowId } = saved
    await snapshots.load({ instanceId, workflowId })
    await snapshots.delete({ instanceId, workflowId })
  },
  'snapshots.list': ({ snapshots }) => snapshots.list({ status: 'running', limit }),
  'claims.findAvailable': ({ claims }) => claims.findAvailable({ limit }),
  'claims.findAvailable by tags': ({ claims }) => claims.findAvailable({ tags: ['a'], limit }),
  'claims.claimNext, extend, release': async ({ claims }) => {
    const next = await claims.claimNext({ workerId: 'v', ttl: 1_000 })
    const extended = next && (await claims.extend(next.claim, 1_000))
    if (extended) await claims.release(extended)
  },
  'errors.list': ({ errors }) => errors.list({ workflowId: 'w7', limit }),
}

describe('with more records stored', () => {
  it.each(Object.entries(cases))('%s costs the same', async (_, call) => {
    const costs = []
    for (const store of stores) {
      requests = []
      await call(store)
      costs.push(requests)
    }
    expect(costs[0]?.length).toBeGreaterThan(0)
    expect(costs[1]).toEqual(costs[0])
  })
})

it('every question is about members that have an index', () => {
  const { indexingPolicy } = containerDefinition('x') as unknown as {
    readonly indexingPolicy: {
      readonly includedPaths: readonly { readonly path: string }[]
      readonly compositeIndexes: readonly (readonly { readonly path: string }[])[]
    }
  }
  const paths = [
    ...indexingPolicy.includedPaths.map(({ path }) => path.replace(/\/\?$/, '')),
    ...indexingPolicy.compositeIndexes.flat().map(({ path }) => path),
  ]
  // The service always has an index of `id`. Tags are compared row by row.
  const indexed = new Set([...paths, '/id', '/listing/tags'])
  expect(queries.size).toBeGreaterThan(20)
  for (const query of queries) {
    const [, asked = ''] = query.split(' WHERE ')
    const members = [...asked.matchAll(/\bc((?:\.\w+)+)/g)].map(([, path = '']) =>
      path.replaceAll('.', '/'),
    )
    expect(members.length).toBeGreaterThan(0)
    for (const member of members) expect([query, indexed.has(member)]).toEqual([query, true])
  }
})
