import { randomUUID } from 'node:crypto'
import { MongoNetworkError } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MongoClient } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, openServer, type Server } from './support.ts'
import { replicaSet, wrapped, type Call } from './wrapped.ts'

// What takes several documents. A standalone server, which is what the stand-in is, has no transactions: a client dies
// before each of the calls that a unit makes, and what others see then is the old or the new, and nothing between.
// Of a replica set this shows which calls are in the transaction; the transaction itself is not run here.

let server: Server

beforeAll(async () => {
  server = await openServer()
  await server.open().ensureStore()
})

afterAll(async () => server[Symbol.asyncDispose]())

/** A unit: what there is before, the call, and what anybody sees of it. */
interface Case {
  prepare(store: Store): Promise<unknown>
  call(store: Store): Promise<unknown>
  look(store: Store): Promise<unknown>
}

const id = 'w'
const key = { instanceId: id, workflowId: 'order' }
const topic = { eventName: 'paid', eventKey: 'k' }
const waiting = { ...topic, workflowId: id, stepId: 's', executionPointerId: 'p', subscribeAsOf: 0 }
const stepKey = { workflowId: id, stepId: 's' }
const step = { ...stepKey, executionIndex: 0, status: 'pending', attempt: 0 } as const

const tasks = async ({ claims }: Store): Promise<readonly string[]> =>
  (await claims.findAvailable()).items.map(({ taskId }) => taskId)

const lookAround = async (store: Store): Promise<unknown> => ({
  workflow: (await store.workflows.get(id))?.version,
  subscriptions: (await store.subscriptions.find({ ...topic, asOf: 1 })).items.length,
  steps: (await store.steps.list({ workflowId: id })).items.length,
  output: await store.steps.loadOutput(stepKey),
  state: (await store.state.getAll(id)).length,
  commands: (await store.commands.list()).items.length,
  errors: (await store.errors.list({ workflowId: id })).items.length,
  snapshot: (await store.snapshots.load(key))?.version,
  tasks: await tasks(store),
})

async function fillUp(store: Store): Promise<void> {
  await store.workflows.create(aWorkflow({ id, status: 'complete', completedAt: 1 }))
  await store.subscriptions.create({ ...waiting, id: 'first' })
  await store.steps.create(step)
  await store.steps.saveOutput({ ...stepKey, output: 1 })
  await store.state.set({ workflowId: id, key: 'k', value: 1 })
  await store.commands.schedule({ name: 'c', data: '', executeAt: 0, workflowId: id })
  await store.errors.append([{ workflowId: id, errorTime: 0, message: 'm' }])
  await store.snapshots.save(aSnapshot({ ...key, readyTasks: [{ taskId: 'a' }, { taskId: 'b' }] }))
}

const cases: Readonly<Record<string, Case>> = {
  'workflows.update with subscriptions': {
    prepare: ({ workflows }) => workflows.create(aWorkflow({ id })),
    call: ({ workflows }) =>
      workflows.update(
        { ...aWorkflow({ id }), id, version: 1 },
        { subscriptions: [waiting, waiting] },
      ),
    look: lookAround,
  },
  'workflows.delete': {
    prepare: fillUp,
    call: ({ workflows }) => workflows.delete(id),
    look: lookAround,
  },
  'workflows.purge': {
    prepare: fillUp,
    call: ({ workflows }) => workflows.purge({ status: 'complete', olderThan: 2 }),
    look: lookAround,
  },
  'snapshots.save, the first': {
    prepare: async () => {},
    call: ({ snapshots }) =>
      snapshots.save(aSnapshot({ ...key, readyTasks: [{ taskId: 'a' }, { taskId: 'b' }] })),
    look: lookAround,
  },
  'snapshots.save with other tasks': {
    prepare: fillUp,
    call: ({ snapshots }) =>
      snapshots.save(
        aSnapshot({
          ...key,
          version: 1,
          readyTasks: [{ taskId: 'b', priority: 1 }, { taskId: 'c' }],
        }),
      ),
    look: lookAround,
  },
  'snapshots.delete': {
    prepare: fillUp,
    call: ({ snapshots }) => snapshots.delete(key),
    look: lookAround,
  },
  'errors.append': {
    prepare: async () => {},
    call: ({ errors }) =>
      errors.append([1, 2, 3].map((errorTime) => ({ workflowId: id, errorTime, message: 'm' }))),
    look: lookAround,
  },
}

/** A client that dies before its nth call. */
function mortal(client: MongoClient, nth: number): { client: MongoClient; dead: () => boolean } {
  let left = nth
  const around = async <T>(_: Call, send: () => Promise<T>): Promise<T> => {
    left -= 1
    if (left < 0) throw new MongoNetworkError('dead')
    return send()
  }
  return { client: wrapped(client, around), dead: () => left < 0 }
}

describe.skipIf(process.env.HOLDFAST_MONGO_GRADE === 'real')('without transactions', () => {
  it.each(Object.entries(cases))('%s is seen whole or not at all', async (_, unit) => {
    const { prepare, call, look } = unit
    const seen = async (namespace: string): Promise<unknown> => look(server.open({ namespace }))
    const whole = randomUUID()
    await prepare(server.open({ namespace: whole }))
    const before = await seen(whole)
    await call(server.open({ namespace: whole }))
    const after = await seen(whole)
    expect(after).not.toEqual(before)

    const outcomes: unknown[] = []
    for (let nth = 1; ; nth += 1) {
      const namespace = randomUUID()
      await prepare(server.open({ namespace }))
      const { client, dead } = mortal(server.client, nth)
      const done = await call(server.open({ namespace, client })).then(
        () => true,
        () => false,
      )
      const found = await seen(namespace)
      outcomes.push(found)
      expect([before, after]).toContainEqual(found)
      if (done && !dead()) break
    }
    expect(outcomes).toContainEqual(before)
    expect(outcomes).toContainEqual(after)
  })
})

describe.skipIf(process.env.HOLDFAST_MONGO_GRADE === 'real')(
  'a repeat, without transactions',
  () => {
    it('succeeds wherever the first try, still under way, comes in between', async () => {
      for (let nth = 1; ; nth += 1) {
        const namespace = randomUUID()
        const first = server.open({ namespace })
        const workflow = await first.workflows.create(aWorkflow())
        const opened = { ...waiting, workflowId: workflow.id, id: randomUUID() }
        const options = { requestId: randomUUID(), subscriptions: [opened] }
        let calls = 0
        const client = wrapped(server.client, async (_, send) => {
          calls += 1
          if (calls === nth) await first.workflows.update(workflow, options)
          return send()
        })
        const again = server.open({ namespace, client })
        expect(await again.workflows.update(workflow, options)).toMatchObject({ version: 2 })
        expect(await first.subscriptions.get(opened.id)).not.toBeNull()
        if (calls < nth) break
      }
    })
  },
)

describe('with transactions', () => {
  it.each(Object.entries(cases))('every call of %s is in one', async (_, { prepare, call }) => {
    const calls: Call[] = []
    const client = replicaSet(server.client, async (made, send) => {
      calls.push(made)
      return send()
    })
    const store = server.open({ client })
    await prepare(store)
    await store.workflows.get('anything')
    calls.length = 0
    await call(store)
    const outside = calls.filter(({ inTransaction }) => !inTransaction)
    const writes = outside.filter(
      ({ collection, method }) => collection !== 'meta' && !method.startsWith('find'),
    )
    expect(writes).toEqual([])
    expect(calls.at(-1)?.method).toBe('commit')
    // A note would be of use to nobody.
    expect(calls.map(({ collection }) => collection)).not.toContain('units')
  })
})
