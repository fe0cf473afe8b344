import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fill } from './fill.ts'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, openServer, type Server } from './support.ts'

// What workers ask all day takes the same commands when more is stored.

const NOW = 1_000_000_000
const FEW = 1_000
const MANY = 100_000

let server: Server
const namespaces = new Map([FEW, MANY].map((rows) => [rows, randomUUID() as string]))

beforeAll(async () => {
  server = await openServer()
  for (const [rows, namespace] of namespaces) await fill(server.url, namespace, rows, NOW)
})

afterAll(async () => server[Symbol.asyncDispose]())

const limit = 10
const asOf = NOW
const topic = { eventName: 'activity', eventKey: 'hot' }
const seek = { workerId: 'v', ttl: 1_000 }
const waiting = {
  ...topic,
  ...{ workflowId: 'w7', stepId: 's', executionPointerId: 'p', subscribeAsOf: 0 },
}

const cases: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  'workflows.get': ({ workflows }) => workflows.get('w7'),
  'workflows.getRunnable': ({ workflows }) => workflows.getRunnable({ asOf, limit }),
  'workflows.list': ({ workflows }) => workflows.list({ limit }),
  'workflows.list by status': ({ workflows }) => workflows.list({ status: 'suspended', limit }),
  'workflows.list by definition': ({ workflows }) => workflows.list({ definitionId: 'd3', limit }),
  'workflows.list by reference': ({ workflows }) => workflows.list({ reference: 'r3', limit }),
  'workflows.list by resource and status': ({ workflows }) =>
    workflows.list({ resourceId: 'rare', status: 'suspended', limit }),
  'workflows.list by time': ({ workflows }) => workflows.list({ createdTo: 500, limit }),
  'workflows.purge': ({ workflows }) => workflows.purge({ status: 'failed', olderThan: 10 }),
  'workflows.create and delete': async ({ workflows }) =>
    workflows.delete((await workflows.create(aWorkflow())).id),
  'workflows.update': async ({ workflows }) => {
    const workflow = await workflows.get('w200')
    if (workflow) await workflows.update(workflow)
  },
  'steps.list': ({ steps }) => steps.list({ workflowId: 'w7', limit }),
  'state.getAll': ({ state }) => state.getAll('w7'),
  'events.getRunnable': ({ events }) => events.getRunnable({ asOf, limit }),
  'events.find': ({ events }) => events.find({ ...topic, asOf: 0, limit }),
  'events.mark': async ({ events }) => {
    await events.markProcessed('e70')
    await events.markUnprocessed('e70')
  },
  'events.purge': ({ events }) => events.purge({ olderThan: 10 }),
  'subscriptions.find': ({ subscriptions }) => subscriptions.find({ ...topic, asOf, limit }),
  'subscriptions.findFirstOpen': ({ subscriptions }) =>
    subscriptions.findFirstOpen({ ...topic, asOf }),
  'subscriptions.create, setToken, terminate': async ({ subscriptions }) => {
    const { id } = await subscriptions.create(waiting)
    await subscriptions.setToken(id, { token: 't', ...seek })
    await subscriptions.terminate(id)
  },
  'commands.schedule and process': async ({ commands }) => {
    await commands.schedule({ name: 'now', data: '', executeAt: 0 })
    await commands.process({ asOf: 0, limit: 1 }, () => {})
  },
  'commands.list': ({ commands }) => commands.list({ limit }),
  'snapshots.save, load, delete': async ({ snapshots }) => {
    const { instanceId, workflowId } = await snapshots.save(aSnapshot())
    await snapshots.load({ instanceId, workflowId })
    await snapshots.delete({ instanceId, workflowId })
  },
  'snapshots.list': ({ snapshots }) => snapshots.list({ status: 'paused', limit }),
  'claims.findAvailable': ({ claims }) => claims.findAvailable({ limit }),
  'claims.claimNext, extend, release': async ({ claims }) => {
    const next = await claims.claimNext(seek)
    const extended = next && (await claims.extend(next.claim, 1_000))
    if (extended) await claims.release(extended)
  },
  'errors.list': ({ errors }) => errors.list({ workflowId: 'w7', limit }),
}

/** How often each command ran, inside of scripts too. */
async function costOf(
  call: (store: Store) => Promise<unknown>,
  namespace: string | undefined,
): Promise<Readonly<Record<string, number>>> {
  const store = server.open({ namespace: namespace ?? '', clock: () => NOW })
  await call(store)
  await server.client.config('RESETSTAT')
  await call(store)
  const info = await server.client.info('commandstats')
  const counts = [...info.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)]
  return Object.fromEntries(
    counts
      .map(([, name = '', count]) => [name, Number(count)] as const)
      .filter(([name]) => !name.startsWith('config') && name !== 'info'),
  )
}

it.each(Object.entries(cases))('%s', async (_, call) => {
  expect(await costOf(call, namespaces.get(MANY))).toEqual(await costOf(call, namespaces.get(FEW)))
})
