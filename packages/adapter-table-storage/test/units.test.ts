import { randomUUID } from 'node:crypto'
import type { TableClient } from '@azure/data-tables'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TableClientLike } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aSubscription, aWorkflow, openService, type Service } from './support.ts'

// What does not fit into one transaction of the service is there at once all the same, or not at all.

const MANY = 60

let service: Service
let client: TableClient

beforeAll(async () => {
  service = await openService()
  client = await service.openTable()
})

afterAll(async () => service[Symbol.asyncDispose]())

const power = new Error('The power failed')

/** A client that makes so many writes, and then no call any more. */
function dyingAfter(writes: number): TableClientLike & { readonly writes: () => number } {
  let made = 0
  const live = async <T>(call: () => Promise<T>, isWrite: boolean): Promise<T> => {
    if (made >= writes) throw power
    if (isWrite) made += 1
    return call()
  }
  return {
    writes: () => made,
    createTable: async () => live(async () => client.createTable(), true),
    getEntity: async (...key) => live(async () => client.getEntity(...key), false),
    listEntities: (query) => ({
      async *byPage(settings) {
        await live(async () => undefined, false)
        yield* client.listEntities(query).byPage(settings)
      },
    }),
    submitTransaction: async (actions) => live(async () => client.submitTransaction(actions), true),
    deleteEntity: async (...key) => live(async () => client.deleteEntity(...key), true),
  }
}

interface Unit {
  /** What is there before. */
  prepare(store: Store): Promise<void>
  run(store: Store): Promise<unknown>
  /** What a reader sees. */
  see(store: Store): Promise<unknown>
  readonly before: unknown
  readonly after: unknown
  /** What running it again with its request id answers, where that tells. */
  readonly again?: unknown
}

const requestId = 'request-1'
const topic = { eventName: 'paid', eventKey: 'order-1', asOf: 1_000_000, limit: 1000 }
const many = Array.from({ length: MANY }, (_, index) => index)
const subscriptions = many.map((index) => aSubscription({ id: `s${index}`, subscribeAsOf: index }))
const snapshot = aSnapshot({ instanceId: 'w', readyTasks: many.map((i) => ({ taskId: `t${i}` })) })

const units: Readonly<Record<string, Unit>> = {
  'an update that opens subscriptions': {
    async prepare({ workflows }) {
      await workflows.create(aWorkflow({ id: 'w' }))
    },
    run: ({ workflows }) =>
      workflows.update(
        { ...aWorkflow({ id: 'w' }), id: 'w', version: 1 },
        { subscriptions, requestId },
      ),
    see: async (store) => [
      (await store.workflows.get('w'))?.version,
      (await store.subscriptions.find(topic)).items.length,
    ],
    before: [1, 0],
    after: [2, MANY],
  },

  'errors that are appended': {
    prepare: async () => {},
    run: ({ errors }) =>
      errors.append(
        many.map((index) => ({ workflowId: `w${index % 3}`, errorTime: index, message: 'm' })),
        { requestId },
      ),
    see: async ({ errors }) =>
      Promise.all(
        [0, 1, 2].map(async (i) => {
          const { items } = await errors.list({ workflowId: `w${i}`, limit: 1000 })
          return items.length
        }),
      ),
    before: [0, 0, 0],
    after: [MANY / 3, MANY / 3, MANY / 3],
  },

  'a snapshot that replaces its tasks': {
    async prepare({ snapshots }) {
      await snapshots.save(snapshot)
    },
    run: ({ snapshots }) =>
      snapshots.save({ ...snapshot, definitionHash: 'hash-2', version: 1 }, { requestId }),
    async see({ snapshots, claims }) {
      const { items } = await claims.findAvailable({ limit: 1000 })
      const hashes = new Set(items.map(({ definitionHash }) => definitionHash))
      const saved = await snapshots.load({ instanceId: 'w', workflowId: 'order' })
      return [saved?.version, items.length, ...hashes]
    },
    before: [1, MANY, 'hash-1'],
    after: [2, MANY, 'hash-2'],
  },

  'a workflow that is deleted with what belongs to it': {
    async prepare({ workflows, snapshots, errors }) {
      const workflow = await workflows.create(aWorkflow({ id: 'w' }))
      await workflows.update(workflow, { subscriptions })
      await snapshots.save({ ...snapshot, readyTasks: [{ taskId: 't' }] })
      await errors.append([{ workflowId: 'w', errorTime: 1, message: 'm' }])
    },
    run: ({ workflows }) => workflows.delete('w'),
    see: async (store) => [
      (await store.workflows.get('w')) !== null,
      (await store.workflows.getRunnable({ asOf: 0 })).items.length,
      (await store.subscriptions.find(topic)).items.length,
      (await store.claims.findAvailable()).items.length,
      (await store.errors.list({ workflowId: 'w' })).items.length,
    ],
    before: [true, 1, MANY, 1, 1],
    after: [false, 0, 0, 0, 0],
  },
}

describe.each(Object.entries(units))('%s', (_, unit) => {
  it('is whole or not at all, whenever the writer dies, and can be made again', async () => {
    const seen = { before: 0, after: 0 }
    // Every step of the first ones, where it is decided; then a few of the many that tidy up.
    for (let writes = 0; ; writes += writes < 8 ? 1 : 97) {
      const namespace = randomUUID()
      const store = service.open(client, { namespace })
      await unit.prepare(store)
      const dying = dyingAfter(writes)
      const done = await unit.run(service.open(dying, { namespace })).then(
        () => true,
        (error: unknown) => {
          expect(error).toBe(power)
          return false
        },
      )
      const state = await unit.see(store)
      expect([unit.before, unit.after]).toContainEqual(state)
      seen[JSON.stringify(state) === JSON.stringify(unit.before) ? 'before' : 'after'] += 1
      await unit.run(store)
      expect(await unit.see(store)).toEqual(unit.after)
      if (done) break
    }
    // It was seen on both sides of the moment at which it counts.
    expect(seen.before).toBeGreaterThan(1)
    expect(seen.after).toBeGreaterThan(1)
  }, 180_000)
})

it('readers see all or nothing while it is written', async () => {
  const store = service.open(client)
  let workflow = await store.workflows.create(aWorkflow({ id: 'w' }))
  for (let times = 0; times < 10; times += 1) {
    const eventName = `paid ${times}`
    const seen = new Set<number>()
    let isDone = false
    const reader = async (): Promise<void> => {
      while (!isDone)
        seen.add((await store.subscriptions.find({ ...topic, eventName })).items.length)
    }
    const reading = Promise.all([reader(), reader()])
    const opened = subscriptions.map((one) => ({ ...one, id: randomUUID(), eventName }))
    workflow = await store.workflows.update(workflow, { subscriptions: opened })
    isDone = true
    await reading
    expect([...seen].filter((count) => count !== 0 && count !== MANY)).toEqual([])
  }
})

it('one of two that want the same rows gets them', async () => {
  const store = service.open(client)
  const ids = ['a', 'b']
  const workflows = await Promise.all(
    ids.map(async (id) => store.workflows.create(aWorkflow({ id }))),
  )
  const outcomes = await Promise.allSettled(
    workflows.map(async (workflow) =>
      store.workflows.update(workflow, {
        subscriptions: subscriptions.map((one) => ({ ...one, workflowId: workflow.id })),
      }),
    ),
  )
  const won = outcomes.findIndex(({ status }) => status === 'fulfilled')
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  const lost = outcomes.find(({ status }) => status === 'rejected')
  expect(lost).toMatchObject({ reason: { code: 'CONFLICT' } })
  const { items } = await store.subscriptions.find(topic)
  expect(new Set(items.map(({ workflowId }) => workflowId))).toEqual(new Set([ids[won]]))
  expect(items).toHaveLength(MANY)
})
