import type { TableClient } from '@azure/data-tables'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TableClientLike } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aSubscription, aWorkflow, openService, type Service } from './support.ts'

// The driver can only delete rows whatever they hold, in a transaction. Here something happens right after a call has
// read what it is to delete, and before its transaction.

let service: Service
let client: TableClient
let store: Store
let namespace = 0

beforeAll(async () => {
  service = await openService()
  client = await service.openTable()
})

afterAll(async () => service[Symbol.asyncDispose]())

beforeEach(() => {
  namespace += 1
  store = service.open(client, { namespace: `n${namespace}` })
})

/** A provider on the same store, before whose first write something happens. */
function interrupted(before: () => Promise<unknown>): Store {
  let isFirst = true
  const slow: TableClientLike = {
    createTable: () => client.createTable(),
    getEntity: (...key) => client.getEntity(...key),
    listEntities: (query) => client.listEntities(query),
    deleteEntity: (...key) => client.deleteEntity(...key),
    async submitTransaction(actions) {
      if (isFirst) {
        isFirst = false
        await before()
      }
      return client.submitTransaction(actions)
    },
  }
  return service.open(slow, { namespace: `n${namespace}` })
}

const id = 'w'
const topic = { eventName: 'paid', eventKey: 'order-1' }
const hold = { workerId: 'v', ttl: 60_000 }
const snapshot = { instanceId: id, workflowId: 'order' }
const task = { ...snapshot, taskId: 'task-1' }

const members: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  'an entry of the state': ({ state }) => state.set({ workflowId: id, key: 'k', value: 1 }),
  'a step': ({ steps }) =>
    steps.create({
      ...{ workflowId: id, stepId: 's', executionIndex: 0, status: 'running', attempt: 0 },
    }),
  'an output': ({ steps }) => steps.saveOutput({ workflowId: id, stepId: 's', output: 1 }),
  'a subscription': ({ subscriptions }) => subscriptions.create(aSubscription()),
  'an update that opens a subscription': async ({ workflows }) => {
    const workflow = await workflows.get(id)
    if (workflow) await workflows.update(workflow, { subscriptions: [aSubscription()] })
  },
  'an update that makes it due': async ({ workflows }) => {
    const workflow = await workflows.get(id)
    if (workflow) await workflows.update({ ...workflow, status: 'runnable', nextExecution: 0 })
  },
  'a command': ({ commands }) =>
    commands.schedule({ name: 'n', data: '', executeAt: 0, workflowId: id }),
  'an error': ({ errors }) => errors.append([{ workflowId: id, errorTime: 0, message: 'm' }]),
  'a snapshot': ({ snapshots }) => snapshots.save(aSnapshot({ instanceId: id })),
}

/** What there is of a workflow. */
async function remains(): Promise<unknown> {
  const { workflows, steps, state, subscriptions, commands, snapshots, claims, errors } = store
  return [
    await workflows.get(id),
    (await workflows.getRunnable({ asOf: 0 })).items,
    (await workflows.list()).items,
    (await steps.list({ workflowId: id })).items,
    await steps.loadOutput({ workflowId: id, stepId: 's' }),
    await state.getAll(id),
    (await subscriptions.find({ ...topic, asOf: 0 })).items,
    (await commands.list()).items,
    (await snapshots.list()).items,
    (await claims.findAvailable()).items,
    (await errors.list({ workflowId: id })).items,
  ]
}

const NOTHING = [null, [], [], [], null, [], [], [], [], [], []]

describe.each(Object.entries(members))('%s that is added while a workflow is deleted', (_, add) => {
  it.each([
    ['in one transaction', 0],
    ['in many', 60],
  ])('goes with it, %s', async (__, others) => {
    await store.workflows.create(aWorkflow({ id, status: 'suspended', nextExecution: null }))
    const errors = Array.from({ length: others }, () => ({
      ...{ workflowId: id, errorTime: 0, message: 'm' },
    }))
    await store.errors.append(errors)
    const slow = interrupted(async () => add(store))
    expect(await slow.workflows.delete(id)).toBe(true)
    expect(await remains()).toEqual(NOTHING)
  })
})

const takers: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  'a claim': ({ claims }) => claims.claim({ ...task, ...hold }),
  'a claim that names no task': ({ claims }) => claims.claimNext(hold),
  'a claim that is let go of': async ({ claims }) => {
    const claim = await claims.claim({ ...task, ...hold })
    if (claim) await claims.release(claim)
  },
  'a save of the snapshot': ({ snapshots }) =>
    snapshots.save(aSnapshot({ instanceId: id, version: 1, readyTasks: [{ taskId: 'task-2' }] })),
  'a token': ({ subscriptions }) => subscriptions.setToken('s', { token: 't', ...hold }),
  'a command that is rescheduled': ({ commands }) =>
    commands.schedule({ name: 'n', data: '', executeAt: -5 }),
  'a command that is taken': ({ commands }) =>
    commands.process({ asOf: 0 }, () => {
      throw new Error('Kept')
    }),
}

describe.each(Object.entries(takers))('%s while a workflow is deleted', (_, take) => {
  it('leaves nothing behind', async () => {
    await store.workflows.create(aWorkflow({ id }))
    await store.snapshots.save(aSnapshot({ instanceId: id }))
    await store.subscriptions.create(aSubscription({ id: 's' }))
    await store.commands.schedule({ name: 'n', data: '', executeAt: 0, workflowId: id })
    const slow = interrupted(async () => take(store))
    expect(await slow.workflows.delete(id)).toBe(true)
    expect(await remains()).toEqual(NOTHING)
    // Nothing that a search would stumble over either.
    const later = service.open(client, { namespace: `n${namespace}`, clock: () => 8.64e15 })
    expect(await later.claims.claimNext(hold)).toBeNull()
    expect(await later.subscriptions.findFirstOpen({ ...topic, asOf: 0 })).toBeNull()
    expect(await later.commands.process({ asOf: 8.64e15 }, () => {})).toMatchObject({
      processed: 0,
    })
  })
})

it('tokens grow across a delete, also when a claim comes in between', async () => {
  await store.snapshots.save(aSnapshot({ instanceId: id }))
  let last = 0
  const slow = interrupted(async () => {
    for (let times = 0; times < 3; times += 1) {
      const claim = await store.claims.claim({ ...task, ...hold })
      if (claim) await store.claims.release(claim)
      last = claim?.token ?? 0
    }
  })
  expect(await slow.snapshots.delete(snapshot)).toBe(true)
  expect(last).toBe(3)
  await store.snapshots.save(aSnapshot({ instanceId: id }))
  expect((await store.claims.claim({ ...task, ...hold }))?.token).toBeGreaterThan(last)
})

it('tokens grow across a save without the task, also when a claim comes in between', async () => {
  const saved = await store.snapshots.save(aSnapshot({ instanceId: id }))
  const slow = interrupted(async () => {
    const claim = await store.claims.claim({ ...task, ...hold })
    if (claim) await store.claims.release(claim)
  })
  const next = await slow.snapshots.save({ ...saved, readyTasks: [] })
  await store.snapshots.save({ ...next, readyTasks: saved.readyTasks })
  expect((await store.claims.claim({ ...task, ...hold }))?.token).toBe(2)
})

it('tokens grow across a delete that comes right before a first save', async () => {
  let last = 0
  const slow = interrupted(async () => {
    await store.snapshots.save(aSnapshot({ instanceId: id }))
    last = (await store.claims.claim({ ...task, ...hold }))?.token ?? 0
    await store.snapshots.delete(snapshot)
  })
  await slow.snapshots.save(aSnapshot({ instanceId: id }))
  expect(last).toBe(1)
  expect((await store.claims.claim({ ...task, ...hold }))?.token).toBeGreaterThan(last)
})
