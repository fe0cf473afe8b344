import { randomUUID } from 'node:crypto'
import type { WriteOptions } from '@holdfast/spec'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, openServer, type Server } from './support.ts'
import { through } from './wire.ts'

// Units that are larger than a batch of the service, and clients that die on the way.

const MANY = 110

let server: Server

beforeAll(async () => {
  server = await openServer()
  await server.make()
})

afterAll(async () => server[Symbol.asyncDispose]())

const WRITES = new Set(['create', 'upsert', 'replace', 'patch', 'delete', 'batch'])

const names = Array.from({ length: MANY }, (_, index) => `t${String(index).padStart(3, '0')}`)
const topic = { eventName: 'n', eventKey: 'k' }
const everyOne = { limit: 1000 }

const subscriptions = names.map((id) => ({
  ...{ id, workflowId: 'w', stepId: 's', executionPointerId: 'p', ...topic, subscribeAsOf: 0 },
}))

interface Unit {
  /** What is there before. */
  prepare(store: Store): Promise<unknown>
  run(store: Store, options: WriteOptions): Promise<unknown>
  /** What a reader sees. */
  look(store: Store): Promise<unknown>
}

const units: Readonly<Record<string, Unit>> = {
  'an update that opens many subscriptions': {
    prepare: ({ workflows }) => workflows.create(aWorkflow({ id: 'w' })),
    run: ({ workflows }, options) =>
      workflows.update(
        { ...aWorkflow({ id: 'w' }), id: 'w', version: 1 },
        { ...options, subscriptions },
      ),
    look: async ({ workflows, subscriptions: { find } }) => [
      (await workflows.get('w'))?.version,
      (await find({ ...topic, asOf: 0, ...everyOne })).items.length,
    ],
  },

  'a workflow with many records that is deleted': {
    async prepare({ workflows, state, steps, snapshots }) {
      await workflows.create(aWorkflow({ id: 'w' }))
      await Promise.all(names.map((key) => state.set({ workflowId: 'w', key, value: 1 })))
      await steps.saveOutput({ workflowId: 'w', stepId: 's', output: 1 })
      await snapshots.save(aSnapshot({ instanceId: 'w' }))
    },
    run: ({ workflows }, options) => workflows.delete('w', options),
    look: async ({ workflows, state, steps, snapshots, claims }) => [
      await workflows.get('w').then((workflow) => workflow !== null),
      (await state.getAll('w')).length,
      await steps.loadOutput({ workflowId: 'w', stepId: 's' }),
      (await snapshots.list()).items.length,
      (await claims.findAvailable()).items.length,
    ],
  },

  'a save that changes many tasks': {
    prepare: ({ snapshots }) =>
      snapshots.save(aSnapshot({ instanceId: 'i', readyTasks: [{ taskId: 'first' }] })),
    run: ({ snapshots }, options) =>
      snapshots.save(
        aSnapshot({
          ...{ instanceId: 'i', version: 1 },
          readyTasks: names.map((taskId) => ({ taskId })),
        }),
        options,
      ),
    look: async ({ snapshots, claims }) => [
      (await snapshots.load({ instanceId: 'i', workflowId: 'order' }))?.version,
      (await claims.findAvailable(everyOne)).items.map(({ taskId }) => taskId),
    ],
  },

  'a snapshot with many tasks that is deleted': {
    prepare: ({ snapshots }) =>
      snapshots.save(
        aSnapshot({ instanceId: 'i', readyTasks: names.map((taskId) => ({ taskId })) }),
      ),
    run: ({ snapshots }, options) =>
      snapshots.delete({ instanceId: 'i', workflowId: 'order' }, options),
    look: async ({ snapshots, claims }) => [
      (await snapshots.list()).items.length,
      (await claims.findAvailable(everyOne)).items.length,
    ],
  },

  'many errors that are appended': {
    prepare: async () => {},
    run: ({ errors }, options) =>
      errors.append(
        names.map((message) => ({ workflowId: 'w', errorTime: 0, message })),
        options,
      ),
    look: async ({ errors }) =>
      (await errors.list({ workflowId: 'w', ...everyOne })).items.map(({ message }) => message),
  },
}

/** A store whose client can make so many writes, and then nothing at all. */
function dying(namespace: string, writes: number): { readonly store: Store; isDead(): boolean } {
  let left = writes
  let dead = false
  const client = through(server.client, async ({ method }, send) => {
    if (WRITES.has(method)) {
      if (left === 0) dead = true
      left -= 1
    }
    if (dead) throw Object.assign(new Error('Dead'), { code: 'ECONNRESET' })
    return send()
  })
  return { store: server.open({ client, namespace }), isDead: () => dead }
}

describe.each(Object.entries(units))('%s', (_, { prepare, run, look }) => {
  it('is whole, or not at all, wherever its client dies', async () => {
    const seen: { before: unknown; after: unknown; died: boolean }[] = []
    for (let writes = 0; seen.at(-1)?.died !== false; writes += 1) {
      const namespace = randomUUID()
      const prepared = await server.make({ namespace })
      await prepare(prepared)
      const before = await look(prepared)
      const { store, isDead } = dying(namespace, writes)
      await run(store, {}).catch(() => {})
      // Whoever opens the store next.
      const after = await look(await server.make({ namespace }))
      seen.push({ before, after, died: isDead() })
    }
    const { before } = seen[0] ?? {}
    const { after: whole } = seen.at(-1) ?? {}
    expect(whole).not.toEqual(before)
    for (const { after } of seen) expect([before, whole]).toContainEqual(after)
    // Some died before it was decided, and some while it was kept.
    const decided = seen.map(({ after }) => JSON.stringify(after) === JSON.stringify(whole))
    expect(decided[0]).toBe(false)
    expect(decided.filter((isWhole) => isWhole).length).toBeGreaterThan(2)
  })

  it('is whole when it is made again with its request id, wherever its reply was lost', async () => {
    let isDone = false
    for (let writes = 1; !isDone; writes += 1) {
      const namespace = randomUUID()
      const live = await server.make({ namespace })
      await prepare(live)
      const { store, isDead } = dying(namespace, writes)
      const options = { requestId: 'mine' }
      await run(store, options).catch(() => {})
      isDone = !isDead()
      await run(live, options)
      const seen = await look(live)
      const whole = await server.make()
      await prepare(whole)
      await run(whole, options)
      expect(seen).toEqual(await look(whole))
    }
  })
})

it.each(['delete', 'create'])(
  'a half deleted workflow is gone for good when %s meets it',
  async (meets) => {
    const unit = units['a workflow with many records that is deleted']
    let met = 0
    for (let writes = 2; writes < 7; writes += 1) {
      const namespace = randomUUID()
      const store = await server.make({ namespace })
      await unit?.prepare(store)
      await unit?.run(dying(namespace, writes).store, {}).catch(() => {})
      if ((await store.workflows.get('w')) !== null) continue
      if (meets === 'delete') expect(await store.workflows.delete('w')).toBe(false)
      else expect((await store.workflows.create(aWorkflow({ id: 'w' }))).version).toBe(1)
      expect(await store.state.getAll('w')).toEqual([])
      met += 1
    }
    expect(met).toBeGreaterThan(1)
  },
)

it('what was done is not done again', async () => {
  const unit = units['many errors that are appended']
  let met = 0
  for (let writes = 3; writes < 8; writes += 1) {
    const namespace = randomUUID()
    const store = await server.make({ namespace })
    await store.workflows.create(aWorkflow({ id: 'w' }))
    const { store: mortal, isDead } = dying(namespace, writes)
    await unit?.run(mortal, {}).catch(() => {})
    const { items } = await store.errors.list({ workflowId: 'w', ...everyOne })
    if (items.length < MANY || !isDead()) continue
    await store.workflows.delete('w')
    const again = await server.make({ namespace })
    expect((await again.errors.list({ workflowId: 'w' })).items).toEqual([])
    met += 1
  }
  expect(met).toBeGreaterThan(0)
})

it('a later save is not undone by what an earlier one had still to do', async () => {
  const unit = units['a save that changes many tasks']
  for (let writes = 2; writes < 6; writes += 1) {
    const namespace = randomUUID()
    const store = await server.make({ namespace })
    await unit?.prepare(store)
    await unit?.run(dying(namespace, writes).store, {}).catch(() => {})
    const saved = await store.snapshots.load({ instanceId: 'i', workflowId: 'order' })
    if (saved === null) throw new Error('No snapshot')
    await store.snapshots.save({ ...saved, readyTasks: [{ taskId: 'later' }] })
    const { items } = await (await server.make({ namespace })).claims.findAvailable(everyOne)
    expect(items.map(({ taskId }) => taskId)).toEqual(['later'])
  }
})
