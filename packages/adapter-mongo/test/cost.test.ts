import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Store } from '@holdfast/conformance'
import { fill } from './fill.ts'
import { aSnapshot, aWorkflow, openServer, type Server } from './support.ts'
import { wrapped } from './wrapped.ts'

// What workers ask all day takes as many commands, and brings as many documents, when more of what matches is stored.
// Which documents the server looks at for that, the stand-in cannot say: the queries are held against the indexes
// elsewhere.

const FEW = 1_000
const MANY = 100_000
const NOW = 1_000_000

let server: Server
const namespaces = new Map([FEW, MANY].map((rows) => [rows, randomUUID() as string]))

beforeAll(async () => {
  server = await openServer()
  for (const [rows, namespace] of namespaces) {
    await fill(server, server.open({ namespace, clock: () => NOW }), namespace, rows)
  }
})

afterAll(async () => server[Symbol.asyncDispose]())

const limit = 10
const asOf = NOW
const topic = { eventName: 'n', eventKey: 'k' }
const seek = { workerId: 'v', ttl: 1_000 }
const waiting = { ...topic, workflowId: 'w7', stepId: 's', executionPointerId: 'p' }

const cases: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  'workflows.get': ({ workflows }) => workflows.get('w7'),
  'workflows.getRunnable': ({ workflows }) => workflows.getRunnable({ asOf, limit }),
  'workflows.list': ({ workflows }) => workflows.list({ limit }),
  'workflows.list by status': ({ workflows }) => workflows.list({ status: 'runnable', limit }),
  'workflows.list by definition': ({ workflows }) => workflows.list({ definitionId: 'd', limit }),
  'workflows.list by reference': ({ workflows }) => workflows.list({ reference: 'r', limit }),
  'workflows.list by resource and time': ({ workflows }) =>
    workflows.list({ resourceId: 'x', createdTo: 500, limit }),
  'workflows.purge': ({ workflows }) => workflows.purge({ status: 'failed', olderThan: NOW }),
  'workflows.create and delete': async ({ workflows }) =>
    workflows.delete((await workflows.create(aWorkflow())).id),
  'workflows.update': async ({ workflows }) => {
    const workflow = await workflows.get('w200')
    if (workflow) await workflows.update(workflow)
  },
  'steps.list': ({ steps }) => steps.list({ workflowId: 'w', limit }),
  'events.getRunnable': ({ events }) => events.getRunnable({ asOf, limit }),
  'events.find': ({ events }) => events.find({ ...topic, asOf: 0, limit }),
  'events.mark': async ({ events }) => {
    await events.markProcessed('e70')
    await events.markUnprocessed('e70')
  },
  'events.purge': ({ events }) => events.purge({ olderThan: 0 }),
  'subscriptions.find': ({ subscriptions }) => subscriptions.find({ ...topic, asOf, limit }),
  'subscriptions.findFirstOpen': ({ subscriptions }) =>
    subscriptions.findFirstOpen({ ...topic, asOf }),
  'subscriptions.create, setToken, terminate': async ({ subscriptions }) => {
    const { id } = await subscriptions.create({ ...waiting, subscribeAsOf: 0 })
    await subscriptions.setToken(id, { token: 't', ...seek })
    await subscriptions.terminate(id)
  },
  'commands.schedule and process': async ({ commands }) => {
    await commands.schedule({ name: 'now', data: '', executeAt: -1 })
    await commands.process({ asOf: -1, limit: 1 }, () => {})
  },
  'commands.list': ({ commands }) => commands.list({ limit }),
  'snapshots.save, load, delete': async ({ snapshots }) => {
    const { instanceId, workflowId } = await snapshots.save(aSnapshot())
    await snapshots.load({ instanceId, workflowId })
    await snapshots.delete({ instanceId, workflowId })
  },
  'snapshots.list': ({ snapshots }) => snapshots.list({ status: 'running', limit }),
  'claims.findAvailable': ({ claims }) => claims.findAvailable({ limit }),
  'claims.claimNext, extend, release': async ({ claims }) => {
    const next = await claims.claimNext(seek)
    const extended = next && (await claims.extend(next.claim, 1_000))
    if (extended) await claims.release(extended)
  },
  'errors.list': ({ errors }) => errors.list({ workflowId: 'w', limit }),
}

/** The commands that a call sends, and how many documents each brings. */
async function costOf(
  call: (store: Store) => Promise<unknown>,
  namespace: string | undefined,
): Promise<readonly string[]> {
  const sent: string[] = []
  const client = wrapped(server.client, async ({ collection, method }, send) => {
    const answer = await send()
    sent.push(`${collection}.${method}: ${documentsOf(answer)}`)
    return answer
  })
  const store = server.open({ client, namespace: namespace ?? '', clock: () => NOW })
  await call(store)
  // Some are sent at once.
  return sent.toSorted()
}

function documentsOf(answer: unknown): number {
  if (Array.isArray(answer)) return answer.length
  return answer === null ? 0 : 1
}

it.each(Object.entries(cases))('%s', async (_, call) => {
  const few = await costOf(call, namespaces.get(FEW))
  expect(few).not.toEqual([])
  expect(await costOf(call, namespaces.get(MANY))).toEqual(few)
})
