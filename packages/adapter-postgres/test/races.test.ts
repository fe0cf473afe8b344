import { randomUUID } from 'node:crypto'
import type { SnapshotKey, TaskKey } from '@holdfast/spec'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, openServer, outcomeOf, type Server } from './support.ts'

const ROUNDS = 60
const FOREVER = 1_000_000

let server: Server
/** Two clients with connections of their own, as two processes have. */
let clients: readonly [Store, Store]
let [left, right] = [] as unknown as [Store, Store]

beforeAll(async () => {
  server = await openServer()
  clients = [server.open({ pool: server.openPool() }), server.open({ pool: server.openPool() })]
  ;[left, right] = clients
  await Promise.all(clients.map((client) => client.ping()))
})

afterAll(async () => server[Symbol.asyncDispose]())

/** Both clients at once, several times each. */
async function race<T>(call: (client: Store, index: number) => Promise<T>, each = 3): Promise<T[]> {
  const runs = Array.from({ length: each * 2 }, (_, index) => clients[index % 2] as Store)
  return Promise.all(runs.map(call))
}

async function rounds(round: (index: number) => Promise<void>): Promise<void> {
  for (let index = 0; index < ROUNDS; index += 1) await round(index)
}

const topic = { stepId: 's', executionPointerId: 'p', eventName: 'paid', subscribeAsOf: 0 }

it('gives an id to one of many creators', async () => {
  await rounds(async () => {
    const id = randomUUID()
    const outcomes = await race((client) => outcomeOf(client.workflows.create(aWorkflow({ id }))))
    expect(outcomes.sort()).toEqual([...Array(5).fill('CONFLICT'), 'ok'])
  })
})

it('lets one of many writers of a version succeed', async () => {
  const { id } = await left.workflows.create(aWorkflow())
  await rounds(async (index) => {
    const outcomes = await race((client, writer) =>
      outcomeOf(
        client.workflows.update(
          { ...aWorkflow({ data: writer }), id: id, version: index + 1 },
          writer % 3 === 0
            ? { subscriptions: [{ ...topic, workflowId: id, eventKey: `${index}` }] }
            : {},
        ),
      ),
    )
    expect(outcomes.sort()).toEqual([...Array(5).fill('CONFLICT'), 'ok'])
  })
})

it('treats tries of one request that are under way at once as one', async () => {
  await rounds(async () => {
    const [create, update, save, again, claim, append] = Array.from({ length: 6 }, () =>
      randomUUID(),
    ) as [string, string, string, string, string, string]
    const workflow = aWorkflow()
    const made = await race((client) => client.workflows.create(workflow, { requestId: create }))
    for (const one of made) expect(one).toEqual(made[0])

    const change = { ...workflow, id: String(workflow.id), version: 1 }
    const subscriptions = [{ ...topic, workflowId: change.id, eventKey: change.id }]
    const options = { requestId: update, subscriptions }
    const updated = await race((client) => client.workflows.update(change, options))
    expect(updated.map(({ version }) => version)).toEqual(Array(6).fill(2))
    const query = { eventName: 'paid', eventKey: change.id, asOf: 0 }
    expect((await left.subscriptions.find(query)).items).toHaveLength(1)

    const namespace = randomUUID()
    const [one, two] = clients.map(() => server.open({ namespace })) as [Store, Store]
    const both = async <T>(call: (client: Store) => Promise<T>): Promise<T[]> =>
      Promise.all([one, two, one, two].map(call))
    const snapshot = aSnapshot({ readyTasks: [{ taskId: 'a' }, { taskId: 'b' }, { taskId: 'c' }] })
    const saved = await both((client) => client.snapshots.save(snapshot, { requestId: save }))
    expect(saved.map(({ version }) => version)).toEqual([1, 1, 1, 1])
    const next = { ...snapshot, version: 1 }
    const resaved = await both((client) => client.snapshots.save(next, { requestId: again }))
    expect(resaved.map(({ version }) => version)).toEqual([2, 2, 2, 2])

    const wanted = { workerId: 'w', ttl: FOREVER }
    const taken = await both((client) => client.claims.claimNext(wanted, { requestId: claim }))
    expect(new Set(taken.map((found) => found?.claim.token)).size).toBe(1)
    expect((await one.claims.findAvailable()).items).toHaveLength(2)

    const error = { workflowId: change.id, errorTime: 1, message: 'm' }
    await both((client) => client.errors.append([error, error], { requestId: append }))
    expect((await one.errors.list({ workflowId: change.id })).items).toHaveLength(2)
  })
})

it('gives a task to one of many claimers, and a subscription to one of many workers', async () => {
  await rounds(async () => {
    const key = taskOf(await left.snapshots.save(aSnapshot()))
    const claims = await race((client, index) =>
      client.claims.claim({ ...key, workerId: `w${index}`, ttl: FOREVER }),
    )
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1)

    const eventKey = randomUUID()
    const { id } = await left.subscriptions.create({ ...topic, workflowId: 'w', eventKey })
    const held = await race((client, index) =>
      client.subscriptions.setToken(id, { token: `t${index}`, workerId: 'w', ttl: FOREVER }),
    )
    expect(held.filter(Boolean)).toHaveLength(1)
  })
})

it('hands out every task once, and says there is none only when there is none', async () => {
  const namespace = randomUUID()
  const stores = Array.from({ length: 8 }, (_, index) =>
    server.open({ namespace, pool: index % 2 === 0 ? server.pool : server.openPool({ max: 2 }) }),
  )
  const readyTasks = Array.from({ length: 300 }, (_, index) => ({ taskId: `t${index}` }))
  const snapshot = await stores[0]?.snapshots.save(aSnapshot({ readyTasks }))
  const taken = await Promise.all(
    stores.map(async (store, worker) => {
      const mine: string[] = []
      for (;;) {
        const next = await store.claims.claimNext({ workerId: `w${worker}`, ttl: FOREVER })
        if (next === null) return mine
        mine.push(next.task.taskId)
      }
    }),
  )
  expect(taken.flat().sort()).toEqual(snapshot?.readyTasks.map(({ taskId }) => taskId).sort())
})

it('finds a task that is available although saves lock it all the time', async () => {
  const namespace = randomUUID()
  const [one, two] = clients.map(() => server.open({ namespace })) as [Store, Store]
  let saved = await one.snapshots.save(aSnapshot())
  let saving = true
  const saver = (async () => {
    for (let priority = 0; saving; priority += 1) {
      const readyTasks = [{ taskId: 'task-1', priority: priority % 1000 }]
      saved = await one.snapshots.save({ ...saved, readyTasks })
    }
  })()
  await rounds(async () => {
    const next = await two.claims.claimNext({ workerId: 'w', ttl: FOREVER })
    expect(next).not.toBeNull()
    if (next) expect(await two.claims.release(next.claim)).toBe(true)
  })
  saving = false
  await saver
})

it('never lets a save with a lost claim follow the claim that took the task over', async () => {
  let lost = 0
  const namespace = randomUUID()
  // The left client's clock is behind: to it the claim lives, to the right one it has expired.
  const [owner, thief] = [
    server.open({ namespace, clock: () => 1_000 }),
    server.open({ namespace, clock: () => 2_000 }),
  ]
  await rounds(async () => {
    const snapshot = await owner.snapshots.save(aSnapshot())
    const task = taskOf(snapshot)
    const fence = await owner.claims.claim({ ...task, workerId: 'owner', ttl: 500 })
    if (fence === null) throw new Error('Not claimed')
    const save = owner.snapshots.save({ ...snapshot, readyTasks: [] }, { fence })
    const stolen = thief.claims
      .claim({ ...task, workerId: 'thief', ttl: FOREVER })
      .then(async (claim) => ({ claim, seen: await thief.snapshots.load(keyOf(snapshot)) }))
    const outcome = await outcomeOf(save)
    const { claim, seen } = await stolen
    if (outcome === 'ok') {
      // The save took the ready task away, so it cannot have been claimed after it.
      expect([claim, seen?.version]).toEqual([null, 2])
    } else {
      lost += 1
      expect(outcome).toBe('CLAIM_LOST')
      expect(claim?.token).toBeGreaterThan(fence.token)
      expect(seen?.version).toBe(1)
    }
  })
  expect(lost).toBeLessThanOrEqual(ROUNDS)
})

it('keeps the fence when the task stays ready and is taken over during the save', async () => {
  const namespace = randomUUID()
  const [owner, thief] = [
    server.open({ namespace, clock: () => 1_000 }),
    server.open({ namespace, clock: () => 2_000 }),
  ]
  await rounds(async () => {
    const snapshot = await owner.snapshots.save(aSnapshot())
    const task = taskOf(snapshot)
    const fence = await owner.claims.claim({ ...task, workerId: 'owner', ttl: 500 })
    if (fence === null) throw new Error('Not claimed')
    const save = outcomeOf(owner.snapshots.save({ ...snapshot, state: 2 }, { fence }))
    const claim = await thief.claims.claim({ ...task, workerId: 'thief', ttl: FOREVER })
    const seen = await thief.snapshots.load(keyOf(snapshot))
    expect(claim).not.toBeNull()
    expect(seen?.version).toBe((await save) === 'ok' ? 2 : 1)
    expect((await thief.snapshots.load(keyOf(snapshot)))?.version).toBe(seen?.version)
  })
})

it('keeps a command that is scheduled while its handler ends', async () => {
  const namespace = randomUUID()
  const [one, two] = clients.map(() => server.open({ namespace })) as [Store, Store]
  await rounds(async (index) => {
    const command = { name: 'wake', data: `${index}`, executeAt: 1 }
    await one.commands.schedule(command)
    let scheduled: Promise<unknown> = Promise.resolve()
    const report = await one.commands.process({ asOf: 10, limit: 1 }, () => {
      scheduled = two.commands.schedule({ ...command, executeAt: 5 })
    })
    await scheduled
    expect(report).toEqual({ processed: 1, failures: [] })
    expect((await one.commands.list()).items).toEqual([{ ...command, executeAt: 5 }])
    expect(await two.commands.process({ asOf: 10 }, () => {})).toEqual({
      processed: 1,
      failures: [],
    })
    expect((await one.commands.list()).items).toEqual([])
  })
})

it('hands a command to one of many processors', async () => {
  const namespace = randomUUID()
  const stores = Array.from({ length: 6 }, () => server.open({ namespace }))
  const handled: string[] = []
  for (let index = 0; index < 100; index += 1) {
    await stores[0]?.commands.schedule({ name: 'c', data: `${index}`, executeAt: index })
  }
  await Promise.all(
    stores.map((store) =>
      store.commands.process({ asOf: 1_000, limit: 1_000 }, ({ data }) => handled.push(data)),
    ),
  )
  expect(handled.sort()).toEqual(Array.from({ length: 100 }, (_, index) => `${index}`).sort())
})

it('leaves no subscription behind when a workflow is deleted or purged while it opens one', async () => {
  let overtaken = 0
  await rounds(async (index) => {
    const workflow = await left.workflows.create(
      aWorkflow({ status: 'complete', completedAt: -index }),
    )
    const eventKey = workflow.id
    const subscriptions = [{ ...topic, workflowId: workflow.id, eventKey }]
    const update = outcomeOf(left.workflows.update(workflow, { subscriptions }))
    if (index % 2 === 0) expect(await right.workflows.delete(workflow.id)).toBe(true)
    else await right.workflows.purge({ status: 'complete', olderThan: 1 })
    const outcome = await update
    if (outcome === 'ok') overtaken += 1
    else expect(outcome).toBe('NOT_FOUND')
    if (await left.workflows.get(workflow.id)) return
    const { items } = await left.subscriptions.find({ eventName: 'paid', eventKey, asOf: 1 })
    expect(items).toEqual([])
  })
  expect(overtaken).toBeGreaterThan(0)
})

it('leaves no task behind when a snapshot is deleted while it is saved', async () => {
  const namespace = randomUUID()
  const [one, two] = clients.map(() => server.open({ namespace })) as [Store, Store]
  await rounds(async (index) => {
    const snapshot = await one.snapshots.save(aSnapshot())
    const { instanceId } = snapshot
    if (index % 2 === 1) await one.workflows.create(aWorkflow({ id: instanceId }))
    const readyTasks = [{ taskId: 'new-1' }, { taskId: 'task-1', priority: 1 }, { taskId: 'new-2' }]
    const fence = await one.claims.claim({ ...taskOf(snapshot), workerId: 'w', ttl: FOREVER })
    if (fence === null) throw new Error('Not claimed')
    const saves = outcomeOf(one.snapshots.save({ ...snapshot, readyTasks }, { fence }))
    const gone = await (index % 2 === 0
      ? two.snapshots.delete(keyOf(snapshot))
      : two.workflows.delete(instanceId))
    expect(gone).toBe(true)
    expect(['ok', 'CLAIM_LOST']).toContain(await saves)
    expect(await one.snapshots.load(keyOf(snapshot))).toBeNull()
    expect((await one.claims.findAvailable()).items).toEqual([])
  })
})

function keyOf({ instanceId, workflowId }: SnapshotKey): SnapshotKey {
  return { instanceId, workflowId }
}

function taskOf(key: SnapshotKey): TaskKey {
  return { ...keyOf(key), taskId: 'task-1' }
}
