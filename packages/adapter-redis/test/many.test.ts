import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Store } from '@holdfast/conformance'
import {
  aSnapshot,
  aWorkflow,
  counting,
  openServer,
  type Counting,
  type Server,
} from './support.ts'

// What is too much for one script goes on in the next one.

let server: Server
let client: Counting
let store: Store
let now: number

beforeAll(async () => {
  server = await openServer()
})

beforeEach(() => {
  now = 1_000
  client = counting(server.client)
  store = server.open({ client, clock: () => now })
})

afterAll(async () => server[Symbol.asyncDispose]())

const seek = { workerId: 'w', ttl: 100 }
const topic = { eventName: 'n', eventKey: 'k' }

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index)
}

/** The round trips that a call takes. */
async function trips<T>(call: () => Promise<T>): Promise<readonly [T, number]> {
  client.calls.length = 0
  const answer = await call()
  return [answer, client.calls.filter((name) => name === 'evalsha').length]
}

async function tasks(count: number, tagsOf: (i: number) => readonly string[] = () => []) {
  const readyTasks = numbers(count).map((i) => ({
    ...{ taskId: `t${String(i).padStart(5, '0')}`, tags: tagsOf(i) },
  }))
  return store.snapshots.save(aSnapshot({ readyTasks }))
}

it('claims of many workers that died at once come back', async () => {
  const { instanceId, workflowId } = await tasks(2_500)
  await Promise.all(numbers(2_500).map(() => store.claims.claimNext(seek)))
  expect(await store.claims.claimNext(seek)).toBeNull()
  now += 100
  const [found, calls] = await trips(() => store.claims.findAvailable({ limit: 1000 }))
  expect([found.items.length, calls]).toEqual([1000, 3])
  const next = await store.claims.claimNext(seek)
  expect(next?.task).toMatchObject({ instanceId, workflowId, taskId: 't00000' })
})

it('a task that was over before its claim expired is forgotten', async () => {
  const snapshot = await tasks(3)
  for (const _ of numbers(3)) await store.claims.claimNext(seek)
  await store.snapshots.save({ ...snapshot, status: 'complete', readyTasks: [] })
  const { instanceId, workflowId } = snapshot
  const key = (name: string): Promise<string[]> => server.client.keys(`{holdfast:*}:${name}`)
  const before = await key('tasks')
  now += 100
  expect(await store.claims.claimNext(seek)).toBeNull()
  expect(await key('tasks')).toHaveLength(before.length - 1)
  expect(await store.snapshots.load({ instanceId, workflowId })).toMatchObject({ version: 2 })
})

it('tasks with tags of others are stepped over', async () => {
  await tasks(25_000, (i) => (i === 24_999 ? ['mine'] : ['theirs']))
  const tags = ['mine']
  const [found, calls] = await trips(() => store.claims.findAvailable({ tags }))
  expect(found.items.map(({ taskId }) => taskId)).toEqual(['t24999'])
  expect(calls).toBe(3)
  expect((await store.claims.claimNext({ ...seek, tags }))?.task.taskId).toBe('t24999')
  expect(await store.claims.claimNext({ ...seek, tags })).toBeNull()
})

it('tokens that expired at once are open again, in order', async () => {
  const subscriptions = numbers(2_200).map((i) => ({
    ...{ id: `s${i}`, workflowId: 'w', stepId: 's', executionPointerId: 'p', ...topic },
    ...{ subscribeAsOf: 5_000 - i, token: 't', workerId: 'w', tokenExpiry: 1_100 },
  }))
  await store.workflows.update(await store.workflows.create(aWorkflow()), { subscriptions })
  expect(await store.subscriptions.findFirstOpen({ ...topic, asOf: 9_000 })).toBeNull()
  now += 100
  const [first, calls] = await trips(() =>
    store.subscriptions.findFirstOpen({ ...topic, asOf: 9_000 }),
  )
  expect([first?.id, first?.token, calls]).toEqual(['s2199', 't', 3])
  expect(await store.subscriptions.clearToken('s2199', 't')).toBe(true)
  // A clock that is behind the one that freed them.
  now -= 100
  expect(await store.subscriptions.findFirstOpen({ ...topic, asOf: 9_000 })).toMatchObject({
    ...{ id: 's2199', token: null },
  })
  await store.subscriptions.terminate('s2199')
  expect(await store.subscriptions.findFirstOpen({ ...topic, asOf: 9_000 })).toBeNull()
})

it('commands whose processors died at once are handled', async () => {
  await Promise.all(
    numbers(1_500).map((i) => store.commands.schedule({ name: 'n', data: `${i}`, executeAt: i })),
  )
  // Processors that never come back.
  let begun = 0
  const hang = async (): Promise<never> => {
    begun += 1
    return new Promise(() => {})
  }
  for (const _ of numbers(1_500)) {
    void store.commands.process({ asOf: 9_000, limit: 1, ttl: 100 }, hang)
  }
  await expect.poll(() => begun, { timeout: 20_000 }).toBe(1_500)
  expect(await store.commands.process({ asOf: 9_000 }, hang)).toEqual({
    processed: 0,
    failures: [],
  })
  now += 100
  const handled: string[] = []
  const { processed } = await store.commands.process({ asOf: 9_000, limit: 1000 }, ({ data }) => {
    handled.push(data)
  })
  expect(processed).toBe(1000)
  expect(handled[0]).toBe('0')
})

it('purges go on until nothing is left', async () => {
  await Promise.all(
    numbers(250).map(async (i) => {
      const { id } = await store.workflows.create(aWorkflow({ id: `w${i}`, status: 'complete' }))
      await store.state.set({ workflowId: id, key: 'k', value: i })
    }),
  )
  await store.workflows.create(aWorkflow({ id: 'last' }))
  const [purged, calls] = await trips(() =>
    store.workflows.purge({ status: 'complete', olderThan: 2_000 }),
  )
  expect([purged, calls]).toEqual([250, 3])
  expect((await store.workflows.list()).items.map(({ id }) => id)).toEqual(['last'])

  const event = { ...topic, eventTime: 0, processed: true }
  await Promise.all(numbers(2_000).map(() => store.events.create(event)))
  expect(await trips(() => store.events.purge({ olderThan: 1 }))).toEqual([2_000, 3])
})

it('a list by two conditions reads the shorter list, and goes on', async () => {
  const half = 10_500
  await Promise.all(
    numbers(2 * half).map((i) => {
      const [definitionId, status] =
        i < half ? (['one', 'pending'] as const) : (['two', 'complete'] as const)
      return store.workflows.create(aWorkflow({ id: `w${i}`, createdAt: i, definitionId, status }))
    }),
  )
  const unlike = { definitionId: 'one', status: 'complete' } as const
  const [none, calls] = await trips(() => store.workflows.list(unlike))
  expect([none.items, none.cursor, calls]).toEqual([[], null, 2])

  await store.workflows.update({
    ...aWorkflow({ definitionId: 'one', status: 'complete' }),
    ...{ id: 'w0', version: 1 },
  })
  const [one] = await trips(() => store.workflows.list(unlike))
  expect(one.items.map(({ id }) => id)).toEqual(['w0'])
  const rare = { ...unlike, reference: 'nobody' }
  expect((await trips(() => store.workflows.list(rare)))[1]).toBe(1)
})

it('a deleted namespace leaves no key behind but its stamp', async () => {
  const snapshot = await tasks(5)
  const workflow = await store.workflows.create(aWorkflow({ id: snapshot.instanceId }))
  const workflowId = workflow.id
  const subscription = { workflowId, stepId: 's', executionPointerId: 'p', ...topic }
  const subscriptions = [{ ...subscription, subscribeAsOf: 0 }]
  await store.workflows.update(workflow, { subscriptions })
  await store.claims.claimNext(seek)
  await store.steps.saveOutput({ workflowId, stepId: 's', output: 1 })
  const step = {
    workflowId,
    stepId: 's',
    executionIndex: 0,
    status: 'running',
    attempt: 0,
  } as const
  await store.steps.create(step)
  await store.state.set({ workflowId, key: 'k', value: 1 })
  await store.commands.schedule({ name: 'c', data: '', executeAt: 0, workflowId })
  await store.errors.append([{ workflowId, errorTime: 1, message: 'm' }])
  const other = server.open({ namespace: 'other', clock: () => now })
  await other.ping()
  const mine = new Set(await server.client.keys('*'))
  await store.workflows.delete(workflowId)
  const left = await server.client.keys('*')
  const gone = [...mine].filter((key) => !left.includes(key))
  const [tag = ''] = (gone[0] ?? '').split('}')
  expect(left.filter((key) => key.startsWith(tag))).toEqual([`${tag}}:meta`])
})
