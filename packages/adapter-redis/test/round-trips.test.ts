import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Store } from './store.ts'
import {
  aSnapshot,
  aWorkflow,
  counting,
  openServer,
  outcomeOf,
  type Counting,
  type Server,
} from './support.ts'

let server: Server
let store: Store
let client: Counting

beforeAll(async () => {
  server = await openServer()
  client = counting(server.client)
  store = server.open({ client })
})

afterAll(async () => server[Symbol.asyncDispose]())

/** A call that is prepared first, and the round trips that it takes. */
type Case = readonly [
  name: string,
  trips: number,
  prepare: (store: Store) => Promise<() => Promise<unknown>>,
]

const ttl = 1_000_000
const topic = { eventName: 'paid', eventKey: 'k' }
const waiting = { ...topic, stepId: 's', executionPointerId: 'p', subscribeAsOf: 0 }

async function claimed({ snapshots, claims }: Store) {
  const snapshot = await snapshots.save(aSnapshot())
  const { instanceId, workflowId } = snapshot
  const task = { instanceId, workflowId, taskId: 'task-1' }
  const claim = await claims.claim({ ...task, workerId: 'w', ttl })
  if (claim === null) throw new Error('Not claimed')
  return { snapshot, key: { instanceId, workflowId }, task, claim }
}

const cases: readonly Case[] = [
  ['ping', 1, async (s) => () => s.ping()],
  ['ensureStore of a store that is there', 1, async (s) => () => s.ensureStore()],
  ['workflows.create', 1, async (s) => () => s.workflows.create(aWorkflow())],
  [
    'workflows.create that conflicts',
    1,
    async (s) => {
      const workflow = await s.workflows.create(aWorkflow())
      return () => outcomeOf(s.workflows.create(aWorkflow({ id: workflow.id })))
    },
  ],
  ['workflows.get', 1, async (s) => () => s.workflows.get('x')],
  ['workflows.getMany', 1, async (s) => () => s.workflows.getMany(['x', 'y'])],
  [
    'workflows.update',
    1,
    async (s) => {
      const workflow = await s.workflows.create(aWorkflow())
      return () => s.workflows.update(workflow)
    },
  ],
  [
    'workflows.update with subscriptions',
    1,
    async (s) => {
      const workflow = await s.workflows.create(aWorkflow())
      const subscriptions = [1, 2, 3].map(() => ({ ...waiting, workflowId: workflow.id }))
      return () => s.workflows.update(workflow, { subscriptions })
    },
  ],
  [
    'workflows.update that conflicts',
    1,
    async (s) => {
      const workflow = await s.workflows.create(aWorkflow())
      return () => outcomeOf(s.workflows.update({ ...workflow, version: 9 }))
    },
  ],
  [
    'workflows.update of what is not there',
    1,
    async (s) => () => outcomeOf(s.workflows.update({ ...aWorkflow(), id: 'x', version: 1 })),
  ],
  [
    'workflows.update that is repeated',
    1,
    async (s) => {
      const workflow = await s.workflows.create(aWorkflow())
      await s.workflows.update(workflow, { requestId: workflow.id })
      return () => s.workflows.update(workflow, { requestId: workflow.id })
    },
  ],
  [
    'workflows.delete',
    1,
    async (s) => {
      const workflow = await s.workflows.create(aWorkflow())
      return () => s.workflows.delete(workflow.id)
    },
  ],
  ['workflows.getRunnable', 1, async (s) => () => s.workflows.getRunnable({ asOf: 1 })],
  ['workflows.list', 1, async (s) => () => s.workflows.list({ status: 'runnable' })],
  ['workflows.purge', 1, async (s) => () => s.workflows.purge({ status: 'failed', olderThan: 1 })],
  [
    'steps.create, update, get, list',
    4,
    async ({ steps }) =>
      async () => {
        const workflowId = randomUUID()
        const key = { workflowId, stepId: 's' }
        const step = { ...key, executionIndex: 0, status: 'running', attempt: 0 } as const
        await steps.update(await steps.create(step))
        await steps.get(key)
        await steps.list({ workflowId })
      },
  ],
  [
    'steps.saveOutput, loadOutput',
    2,
    async ({ steps }) =>
      async () => {
        await steps.saveOutput({ workflowId: 'w', stepId: 's', output: null })
        await steps.loadOutput({ workflowId: 'w', stepId: 's' })
      },
  ],
  [
    'state.set, get, getAll, delete',
    4,
    async ({ state }) =>
      async () => {
        const key = { workflowId: 'w', key: 'k' }
        await state.set({ ...key, value: 1 })
        await state.get(key)
        await state.getAll('w')
        await state.delete(key)
      },
  ],
  [
    'events.create, get, getRunnable, find, markProcessed, markUnprocessed, purge',
    7,
    async ({ events }) =>
      async () => {
        const { id } = await events.create({ ...topic, eventTime: 0 })
        await events.get(id)
        await events.getRunnable({ asOf: 1 })
        await events.find({ ...topic, asOf: 0 })
        await events.markProcessed(id)
        await events.markUnprocessed(id)
        await events.purge({ olderThan: 1 })
      },
  ],
  [
    'subscriptions.create, get, find, findFirstOpen, setToken, clearToken, terminate',
    7,
    async ({ subscriptions }) =>
      async () => {
        const { id } = await subscriptions.create({ ...waiting, workflowId: 'w' })
        await subscriptions.get(id)
        await subscriptions.find({ ...topic, asOf: 1 })
        await subscriptions.findFirstOpen({ ...topic, asOf: 1 })
        await subscriptions.setToken(id, { token: 't', workerId: 'w', ttl })
        await subscriptions.clearToken(id, 't')
        await subscriptions.terminate(id)
      },
  ],
  [
    'commands.schedule, list, process (take and settle, and take nothing)',
    5,
    async ({ commands }) =>
      async () => {
        await commands.schedule({ name: 'c', data: '', executeAt: 0 })
        await commands.list()
        await commands.process({ asOf: 1 }, () => {})
      },
  ],
  ['snapshots.save, first', 1, async (s) => () => s.snapshots.save(aSnapshot())],
  [
    'snapshots.save, next',
    1,
    async (s) => {
      const snapshot = await s.snapshots.save(aSnapshot())
      return () => s.snapshots.save(snapshot)
    },
  ],
  [
    'snapshots.save, fenced',
    1,
    async (s) => {
      const { snapshot, claim } = await claimed(s)
      return () => s.snapshots.save(snapshot, { fence: claim })
    },
  ],
  [
    'snapshots.save, fenced by a claim that is lost',
    1,
    async (s) => {
      const { snapshot, claim } = await claimed(s)
      return () => outcomeOf(s.snapshots.save(snapshot, { fence: { ...claim, token: 1 } }))
    },
  ],
  [
    'snapshots.load, list, delete',
    3,
    async (s) => {
      const { key } = await claimed(s)
      return async () => {
        await s.snapshots.load(key)
        await s.snapshots.list({ status: 'running' })
        await s.snapshots.delete(key)
      }
    },
  ],
  [
    'claims.claim that is refused',
    1,
    async (s) => {
      const { task } = await claimed(s)
      return () => s.claims.claim({ ...task, workerId: 'v', ttl })
    },
  ],
  [
    'claims.extend, release, claim',
    3,
    async (s) => {
      const { task, claim } = await claimed(s)
      return async () => {
        await s.claims.extend(claim, ttl)
        await s.claims.release(claim)
        await s.claims.claim({ ...task, workerId: 'v', ttl })
      }
    },
  ],
  [
    'claims.claimNext',
    1,
    async (s) => {
      await s.snapshots.save(aSnapshot())
      return () => s.claims.claimNext({ workerId: 'w', ttl })
    },
  ],
  [
    'claims.claimNext of nothing',
    1,
    async (s) => {
      while (await s.claims.claimNext({ workerId: 'w', ttl }));
      return () => s.claims.claimNext({ workerId: 'w', ttl })
    },
  ],
  ['claims.findAvailable', 1, async (s) => () => s.claims.findAvailable()],
  [
    'errors.append, list',
    2,
    async ({ errors }) =>
      async () => {
        const error = { workflowId: 'w', errorTime: 1, message: 'm' }
        await errors.append([error, error, error])
        await errors.list({ workflowId: 'w' })
      },
  ],
]

it.each(cases)('%s: %i', async (_, trips, prepare) => {
  const call = await prepare(store)
  // The server learns the scripts.
  await call()
  const again = await prepare(store)
  client.calls.length = 0
  await again()
  expect(client.calls).toEqual(Array.from({ length: trips }, () => 'evalsha'))
})

it('a script that the server does not know takes one more, once', async () => {
  await server.client.script('FLUSH')
  client.calls.length = 0
  await store.workflows.get('x')
  await store.workflows.get('x')
  expect(client.calls).toEqual(['evalsha', 'eval', 'evalsha'])
})
