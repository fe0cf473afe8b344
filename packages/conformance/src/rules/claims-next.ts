import {
  comparePlaces,
  type AvailableTask,
  type NewReadyTask,
  type TaskPlace,
} from '@holdfast/spec'
import { equal, ok } from '../expect.ts'
import { rule, type Rule } from '../rule.ts'
import { LONG, saveReady, taskOf } from './ready.ts'

/** Every way to need some of three tags. */
const TAG_SETS: readonly (readonly string[])[] = [
  [],
  ['a'],
  ['b'],
  ['c'],
  ['a', 'b'],
  ['b', 'c'],
  ['a', 'c'],
  ['a', 'b', 'c'],
]

/** Decision 10: how a worker finds a task. */
export const claimsNext: readonly Rule[] = [
  rule('CLAIM-18', {
    title:
      'findAvailable is ordered by priority, then by readyAt, then by instance, workflow and task id',
    clause: 8,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: order unspecified', 'workflow-core W13', 'dcb-event-store#89'],
    async check(store, trial) {
      const tasks: readonly NewReadyTask[] = [
        { taskId: 'b', priority: 10 },
        { taskId: 'a', priority: 9 },
        { taskId: 'z', priority: -1 },
        { taskId: 'B', priority: 10 },
        { taskId: '\u{1f600}', priority: 10 },
        { taskId: '\uffff', priority: 10 },
      ]
      await saveReady(store, trial, { instanceId: 'late', workflowId: 'b' }, tasks)
      await saveReady(store, trial, { instanceId: 'late', workflowId: 'a' }, tasks)
      await trial.clock.advance(2)
      await saveReady(store, trial, { instanceId: 'early' }, tasks)
      const { items } = await store.claims.findAvailable({ limit: 1000 })
      equal(items.length, 3 * tasks.length, 'how many tasks are available')
      const sorted = [...items].sort((a, b) => comparePlaces(placeOf(a), placeOf(b)))
      equal(items.map(placeOf), sorted.map(placeOf), 'the order of findAvailable')
      const urgent = items.slice(0, 3).map(({ instanceId, taskId }) => `${instanceId} ${taskId}`)
      equal(urgent, ['late z', 'late z', 'early z'], 'the lowest priority, the longest wait first')
    },
  }),

  rule('CLAIM-19', {
    title:
      'findAvailable gives the tasks that are ready in a running snapshot and that nobody holds',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: find_available_tasks_skips_paused', 'workflow-core W31', 'durabletask-go#136'],
    async check(store, trial) {
      const { clock } = trial
      const readyTasks = ['free', 'held', 'expired', 'released', 'gone'].map((taskId) => ({
        taskId,
      }))
      const saved = await saveReady(store, trial, {}, readyTasks)
      for (const status of ['paused', 'complete', 'failed', 'cancelled'] as const) {
        await saveReady(store, trial, { status })
      }
      const take = async (taskId: string, ttl: number) => {
        const claim = await store.claims.claim({
          ...taskOf(saved, taskId),
          workerId: `for ${taskId}`,
          ttl,
        })
        ok(claim, `the ready task ${taskId} can be claimed`)
        return claim
      }
      await take('held', LONG)
      await take('expired', clock.ttl)
      await store.claims.release(await take('released', LONG))
      const rest = readyTasks.filter(({ taskId }) => taskId !== 'gone')
      await store.snapshots.save({ ...saved, readyTasks: rest })
      await clock.advance(clock.ttl)
      const { items } = await store.claims.findAvailable()
      const found = items.map(({ taskId }) => taskId).sort()
      equal(found, ['expired', 'free', 'released'], 'the available tasks')
    },
  }),

  rule('CLAIM-20', {
    title: 'an available task comes with its input, tags, priority, definition hash and readyAt',
    clause: 17,
    needs: ['snapshots', 'claims'],
    bugs: ['WorkflowForge: no definition hash', 'sayiir: AvailableTask without input'],
    async check(store, trial) {
      const readyTasks = [
        { taskId: 'a', input: { order: [1, ''] }, tags: ['gpu', 'eu'], priority: 7 },
        { taskId: 'b', input: null, tags: [], priority: 7 },
        { taskId: 'c', tags: ['eu'], priority: 7 },
      ]
      const saved = await saveReady(store, trial, { definitionHash: 'hash-7' }, readyTasks)
      const { items, cursor, corrupt } = await store.claims.findAvailable()
      equal([cursor, corrupt], [null, []], 'the one page is the last, and nothing is corrupt')
      const [{ readyAt } = { readyAt: Number.NaN }] = items
      ok(Number.isSafeInteger(readyAt), 'readyAt is an instant')
      if (trial.clock.injected) equal(readyAt, trial.clock.now(), 'readyAt is the time of the save')
      const { instanceId, workflowId } = saved
      const common = { instanceId, workflowId, definitionHash: 'hash-7', readyAt }
      const expected = readyTasks.map((task) => ({ ...task, ...common }))
      equal(items, expected, 'the available tasks')
    },
  }),

  rule('CLAIM-21', {
    title: 'tags: a worker without takes every task, one with them those whose every tag it has',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: find_available_tasks_filters_by_worker_tags', 'langgraphjs#2504'],
    async check(store, trial) {
      const readyTasks = TAG_SETS.map((tags) => ({ taskId: `needs ${tags.join(' ')}`, tags }))
      await saveReady(store, trial, {}, readyTasks)
      for (const tags of [undefined, ...TAG_SETS, ['c', 'x', 'b', 'b'], ['A', 'a ', '%', 'ab']]) {
        const { items } = await store.claims.findAvailable(tags === undefined ? {} : { tags })
        const wanted = readyTasks.filter(
          (task) => tags === undefined || task.tags.every((tag) => tags.includes(tag)),
        )
        const names = (tasks: readonly { readonly taskId: string }[]): readonly string[] =>
          tasks.map(({ taskId }) => taskId).sort()
        const worker = tags === undefined ? 'without tags' : `with tags [${tags.join(', ')}]`
        equal(names(items), names(wanted), `the tasks for a worker ${worker}`)
      }
    },
  }),

  rule('CLAIM-22', {
    title: 'a task that stays ready keeps its readyAt, and what a save changes of it counts',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['mastra PR#18004', 'Gorkflow UpdateRun: stale columns'],
    async check(store, trial) {
      const { clock } = trial
      const tasks = [{ taskId: 'a-stays' }, { taskId: 'b-leaves' }, { taskId: 'changes', input: 1 }]
      const first = await saveReady(store, trial, {}, tasks)
      const [before] = (await store.claims.findAvailable()).items
      ok(before, 'ready tasks are available')
      await clock.advance(5)
      const second = await store.snapshots.save({
        ...first,
        definitionHash: 'hash-2',
        readyTasks: [{ taskId: 'a-stays' }, { taskId: 'changes', priority: -5, tags: ['eu'] }],
      })
      await clock.advance(5)
      await store.snapshots.save({
        ...second,
        readyTasks: [...second.readyTasks, { taskId: 'b-leaves' }],
      })
      const { items } = await store.claims.findAvailable()
      const order = items.map(({ taskId }) => taskId)
      equal(
        order,
        ['changes', 'a-stays', 'b-leaves'],
        'the order after priority and readiness changed',
      )
      const [changed, stayed, left] = items
      equal(stayed?.readyAt, before.readyAt, 'readyAt of a task that stayed ready')
      ok(left && left.readyAt > before.readyAt, 'readyAt of a task that became ready anew is later')
      const { instanceId, workflowId } = first
      const expected = { instanceId, workflowId, taskId: 'changes', tags: ['eu'], priority: -5 }
      const { readyAt } = before
      equal(
        changed,
        { ...expected, readyAt, definitionHash: 'hash-2' },
        'the task that a save changed',
      )
    },
  }),

  rule('CLAIM-23', {
    title: 'claimNext takes the tasks in the order of findAvailable, and gives claim and task',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['Netflix/conductor#576', 'sayiir: returns_higher_priority_first'],
    async check(store, trial) {
      const tasks = [
        { taskId: 'later', priority: 3, input: 'a' },
        { taskId: 'first', priority: 1, input: { b: 1 }, tags: ['eu'] },
        { taskId: 'other', priority: 0, tags: ['us'] },
        { taskId: 'second', priority: 2 },
      ]
      await saveReady(store, trial, {}, tasks)
      const wanted = (await store.claims.findAvailable({ tags: ['eu'] })).items
      const order = wanted.map(({ taskId }) => taskId)
      equal(order, ['first', 'second', 'later'], 'the tasks for a worker with the tag eu')
      for (const task of wanted) {
        const next = { workerId: 'worker-1', ttl: LONG, tags: ['eu'] }
        const taken = await store.claims.claimNext(next)
        ok(taken, 'claimNext gives a task while one is available')
        equal(taken.task, task, 'claimNext gives the first task of findAvailable')
        const { instanceId, workflowId, taskId } = task
        const { token, claimedAt, expiresAt } = taken.claim
        const expected = { instanceId, workflowId, taskId, workerId: 'worker-1' }
        equal(taken.claim, { ...expected, token, claimedAt, expiresAt }, 'the claim of claimNext')
        const rival = await store.claims.claim({
          ...taskOf(task, taskId),
          workerId: 'w',
          ttl: LONG,
        })
        equal(rival, null, 'claim of a task that claimNext gave to another worker')
        ok(await store.claims.extend(taken.claim, LONG), 'the claim of claimNext is held')
      }
    },
  }),

  rule('CLAIM-24', {
    title: 'claimNext is null when nothing is available to the worker, and holds nothing then',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: untagged_tasks_accepted', 'Flow Orchestrator: EmptyQueue_ErrNoWork'],
    async check(store, trial) {
      const next = { workerId: 'worker-1', ttl: LONG }
      equal(await store.claims.claimNext(next), null, 'claimNext when there is no snapshot')
      await saveReady(store, trial, { status: 'paused' })
      equal(await store.claims.claimNext(next), null, 'claimNext when no snapshot runs')
      await saveReady(store, trial, {}, [{ taskId: 'task-1', tags: ['a', 'b'] }])
      for (const tags of [[], ['a'], ['c', 'b']]) {
        const none = await store.claims.claimNext({ ...next, tags })
        equal(
          none,
          null,
          `claimNext of a worker with tags [${tags.join(', ')}], a and b are needed`,
        )
      }
      const taken = await store.claims.claimNext({ ...next, tags: ['b', 'a'] })
      ok(taken, 'claimNext of a worker with every tag gives the task: nobody holds it')
      equal(await store.claims.claimNext(next), null, 'claimNext when every task is held')
    },
  }),

  rule('CLAIM-25', {
    title: 'claimNext hands out each available task once, those with an expired claim too',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['hatchet PR#4454', 'Flow Orchestrator z4', 'workflow-core W31'],
    async check(store, trial) {
      const { clock } = trial
      const tasks = Array.from({ length: 10 }, (_, index) => ({
        taskId: `task-${index}`,
        priority: index % 3,
      }))
      const left = new Set<string>()
      for (const workflowId of ['a', 'b', 'c']) {
        const saved = await saveReady(store, trial, { workflowId }, tasks)
        for (const { taskId } of tasks) left.add(`${workflowId} ${taskId}`)
        const request = { ...taskOf(saved, 'task-4'), workerId: 'worker-0' }
        ok(await store.claims.claim({ ...request, ttl: clock.ttl }), 'a ready task can be claimed')
      }
      await clock.advance(clock.ttl)
      for (let turn = tasks.length * 3; turn > 0; turn -= 1) {
        const taken = await store.claims.claimNext({ workerId: `worker-${turn}`, ttl: LONG })
        ok(taken, `claimNext gives a task while ${left.size} are available`)
        const name = `${taken.task.workflowId} ${taken.task.taskId}`
        ok(left.delete(name), `claimNext hands out a task once: ${name}`)
        trial.count('tasks')
      }
      const more = await store.claims.claimNext({ workerId: 'worker-99', ttl: LONG })
      equal(more, null, 'claimNext when every task is held')
    },
  }),
]

function placeOf({ priority, readyAt, instanceId, workflowId, taskId }: AvailableTask): TaskPlace {
  return [priority, readyAt, instanceId, workflowId, taskId]
}
