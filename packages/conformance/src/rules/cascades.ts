import type { RepositoryName } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { equal } from '../expect.ts'
import {
  aCommand,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from '../fixtures.ts'
import { rule, type Rule, type Store } from '../rule.ts'
import type { Trial } from '../trial.ts'

/** What belongs to a workflow in one repository. */
interface Belonging {
  readonly what: string
  readonly needs: readonly RepositoryName[]
  readonly bugs: readonly string[]
  put(store: Store, workflowId: string): Promise<unknown>
  /** All that the store says of it. */
  read(store: Store, workflowId: string): Promise<unknown>
  /** What {@link Belonging.read} gives when it is gone. */
  readonly gone: unknown
}

/** In the order of the rules' numbers: new ones go last. */
const belongings: readonly Belonging[] = [
  {
    what: 'subscriptions',
    needs: ['subscriptions'],
    bugs: ['workflow-core#100', 'sayiir: orphaned signals', 'workflow-core#698'],
    async put({ subscriptions }, workflowId) {
      for (const id of [`${workflowId}#1`, `${workflowId}#2`])
        await subscriptions.create(aSubscription({ id, workflowId, eventKey: workflowId }))
      const hold = { token: 'token', workerId: 'worker-1', ttl: null }
      await subscriptions.setToken(`${workflowId}#1`, hold)
    },
    async read({ subscriptions }, workflowId) {
      const topic = { eventName: 'paid', eventKey: workflowId, asOf: EPOCH }
      return [
        await subscriptions.get(`${workflowId}#1`),
        await subscriptions.get(`${workflowId}#2`),
        (await subscriptions.find(topic)).items,
        await subscriptions.findFirstOpen(topic),
      ]
    },
    gone: [null, null, [], null],
  },
  {
    what: 'steps and outputs',
    needs: ['steps'],
    bugs: ['Gorkflow LibSQL: foreign_keys on one connection only', 'sayiir: orphaned signals'],
    async put({ steps }, workflowId) {
      await steps.create(aStep({ workflowId }))
      await steps.saveOutput({ workflowId, stepId: 'step-1', output: 1 })
      // Of a step that has no record.
      await steps.saveOutput({ workflowId, stepId: 'step-2', output: 2 })
    },
    read: async ({ steps }, workflowId) => [
      await steps.get({ workflowId, stepId: 'step-1' }),
      (await steps.list({ workflowId })).items,
      await steps.loadOutput({ workflowId, stepId: 'step-1' }),
      await steps.loadOutput({ workflowId, stepId: 'step-2' }),
    ],
    gone: [null, [], null, null],
  },
  {
    what: 'state',
    needs: ['state'],
    bugs: ['Gorkflow LibSQL: foreign_keys on one connection only', 'workflow-core#698'],
    async put({ state }, workflowId) {
      await state.set({ workflowId, key: 'a', value: 1 })
      await state.set({ workflowId, key: 'b', value: null })
    },
    read: async ({ state }, workflowId) => [
      await state.get({ workflowId, key: 'a' }),
      await state.getAll(workflowId),
    ],
    gone: [null, []],
  },
  {
    what: 'snapshots',
    needs: ['snapshots'],
    bugs: ['workflow-core#955', 'mastra#17284', 'workflow-core#698'],
    // Both parts of the key, since either may be the id of a workflow.
    put: async ({ snapshots }, workflowId) =>
      snapshots.save(aSnapshot({ instanceId: workflowId, workflowId, status: 'paused' })),
    async read({ snapshots }, workflowId) {
      const { items } = await snapshots.list()
      return [
        await snapshots.load({ instanceId: workflowId, workflowId }),
        items.filter((snapshot) => snapshot.workflowId === workflowId),
      ]
    },
    gone: [null, []],
  },
  {
    what: 'ready tasks',
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: delete in memory leaves claims, Postgres cascades'],
    async put({ snapshots, claims }, workflowId) {
      const key = { instanceId: workflowId, workflowId }
      const readyTasks = [{ taskId: 'task-1' }, { taskId: 'task-2' }]
      await snapshots.save(aSnapshot({ ...key, readyTasks }))
      await claims.claim({ ...key, taskId: 'task-1', workerId: 'worker-1', ttl: null })
    },
    async read({ claims }, workflowId) {
      const { items } = await claims.findAvailable()
      return items.filter((task) => task.workflowId === workflowId)
    },
    gone: [],
  },
  {
    what: 'commands',
    needs: ['commands'],
    bugs: ['workflow-core#698'],
    async put({ commands }, workflowId) {
      await commands.schedule(aCommand({ name: 'a', data: workflowId, workflowId }))
      await commands.schedule(aCommand({ name: 'b', data: workflowId, workflowId }))
    },
    async read({ commands }, workflowId) {
      const { items } = await commands.list()
      return items.filter((command) => command.workflowId === workflowId)
    },
    gone: [],
  },
  {
    what: 'errors',
    needs: ['errors'],
    bugs: ['workflow-core#698', 'workflow-core#364'],
    put: async ({ errors }, workflowId) =>
      errors.append([anError({ workflowId }), anError({ workflowId })]),
    read: async ({ errors }, workflowId) => (await errors.list({ workflowId })).items,
    gone: [],
  },
]

/** Decisions 5 and 14: what goes with a workflow, and what does not. */
export const cascades: readonly Rule[] = [
  ...belongings.map((belonging, index) =>
    rule(`PURGE-${String(index + 7).padStart(2, '0')}`, {
      title: `delete and purge take the ${belonging.what} of a workflow along, and of no other`,
      clause: 14,
      needs: ['workflows', ...belonging.needs],
      bugs: belonging.bugs,
      check: async (store, trial) => judgeCascade(store as Store, belonging, trial),
    }),
  ),

  rule('PURGE-14', {
    title:
      'a claim does not outlive its workflow: the task of a snapshot that is made anew is free',
    clause: 14,
    needs: ['workflows', 'snapshots', 'claims'],
    bugs: ['sayiir: delete in memory leaves claims, Postgres cascades'],
    async check({ workflows, snapshots, claims }, trial) {
      for (const remove of [
        async (id: string) => workflows.delete(id),
        async () => workflows.purge({ status: 'complete', olderThan: EPOCH }),
      ]) {
        const id = trial.id()
        const key = { instanceId: id, workflowId: id }
        const task = { ...key, taskId: 'task-1' }
        const snapshot = aSnapshot({ ...key, readyTasks: [{ taskId: 'task-1' }] })
        await workflows.create(aWorkflow({ id, status: 'complete', completedAt: EPOCH - 1 }))
        await snapshots.save(snapshot)
        const claim = await claims.claim({ ...task, workerId: 'worker-1', ttl: null })
        await remove(id)
        equal(claim && (await claims.extend(claim, null)), null, 'the claim is over')
        equal(claim && (await claims.release(claim)), false, 'there is nothing to release')
        await snapshots.save(snapshot)
        const next = await claims.claim({ ...task, workerId: 'worker-2', ttl: null })
        equal(next?.workerId, 'worker-2', 'the task made anew can be claimed')
      }
    },
  }),

  rule('PURGE-15', {
    title: 'delete and purge leave events alone, and commands that name no workflow',
    clause: 14,
    needs: ['workflows', 'events', 'commands'],
    bugs: ['workflow-core#408', 'workflow-core#364'],
    async check({ workflows, events, commands }, trial) {
      const [one, other] = [trial.id(), trial.id()]
      for (const id of [one, other]) {
        await workflows.create(aWorkflow({ id, status: 'complete', completedAt: EPOCH - 1 }))
        await events.create(anEvent({ id, eventKey: id, processed: true }))
        await commands.schedule(aCommand({ data: id }))
      }
      const before = await commands.list()
      await workflows.delete(one)
      await workflows.purge({ status: 'complete', olderThan: EPOCH })
      equal((await workflows.list()).items, [], 'the workflows are gone')
      for (const id of [one, other]) {
        const { items } = await events.find({ eventName: 'paid', eventKey: id, asOf: EPOCH })
        equal(
          items.map((event) => event.id),
          [id],
          'an event with the id of the workflow as its key is there',
        )
      }
      equal(await commands.list(), before, 'commands that name no workflow are there')
    },
  }),
]

async function judgeCascade(
  store: Store,
  { put, read, gone, what }: Belonging,
  trial: Trial,
): Promise<void> {
  const base = trial.id()
  const [deleted, purged] = [`${base}_1`, `${base}_2`]
  // Near the others: in front of a wildcard, behind a prefix, in another case.
  const kept = [`${base}x1`, `${base}_1/2`, `${base}_2 `, `${base.toUpperCase()}_1`]
  const status = 'complete'
  for (const id of [deleted, purged, ...kept]) {
    const completedAt = id === purged ? EPOCH - 1 : EPOCH + 1
    await store.workflows.create(aWorkflow({ id, status, completedAt }))
    await put(store, id)
  }
  const readKept = async (): Promise<unknown> => {
    const found: unknown[] = []
    for (const id of kept) found.push(await read(store, id))
    return found
  }
  const before = await readKept()
  equal(await store.workflows.delete(deleted), true, 'delete of a workflow is true')
  equal(await read(store, deleted), gone, `the ${what} of a deleted workflow are gone`)
  equal(await store.workflows.purge({ status, olderThan: EPOCH }), 1, 'purge takes one')
  equal(await read(store, purged), gone, `the ${what} of a purged workflow are gone`)
  equal(await readKept(), before, `the ${what} of other workflows are as they were`)
  // Made anew, the workflow has nothing.
  await store.workflows.create(aWorkflow({ id: deleted }))
  equal(await read(store, deleted), gone, `a new workflow of that id has no ${what}`)
}
