import type { SnapshotStatus, TaskClaim } from '@holdfast/spec'
import { equal, ok } from '../expect.ts'
import { rule, type Rule } from '../rule.ts'
import { confusablePairs } from './keys.ts'
import { LONG, keyOf, saveReady, taskOf } from './ready.ts'

/** Decision 10: a task has one holder at a time. */
export const claims: readonly Rule[] = [
  rule('CLAIM-01', {
    title:
      'claim of an available task gives a claim with its key, its worker, a token and an expiry',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: claims count in seconds', 'durabletask-go#136'],
    async check(store, trial) {
      const task = taskOf(await saveReady(store, trial))
      await trial.clock.advance(7)
      const claim = await store.claims.claim({ ...task, workerId: 'worker-1', ttl: LONG })
      ok(claim, 'claim of an available task gives a claim')
      const { token, claimedAt, expiresAt } = claim
      equal(claim, { ...task, workerId: 'worker-1', token, claimedAt, expiresAt }, 'the claim')
      ok(Number.isSafeInteger(token) && token > 0, 'the fencing token is a positive integer')
      ok(Number.isSafeInteger(claimedAt), 'claimedAt is an instant')
      if (!trial.clock.injected) return
      equal(claimedAt, trial.clock.now(), 'claimedAt is now')
      equal(expiresAt, trial.clock.now() + LONG, 'expiresAt is now + ttl')
    },
  }),

  rule('CLAIM-02', {
    title: 'claim of a task or a snapshot that is not there is null and creates nothing',
    clause: 2,
    needs: ['snapshots', 'claims'],
    bugs: ['workflow-core W33', 'sayiir: InMemory claims anything'],
    async check(store, trial) {
      const instanceId = trial.id()
      const nowhere = { ...taskOf({ instanceId, workflowId: 'workflow-1' }), workerId: 'worker-1' }
      const refused = await store.claims.claim({ ...nowhere, ttl: LONG })
      equal(refused, null, 'claim of a task of a snapshot that is not there')
      equal(await store.snapshots.load(keyOf(nowhere)), null, 'the refused claim made no snapshot')
      equal((await store.claims.findAvailable()).items, [], 'the refused claim made no task')

      const saved = await saveReady(store, trial, { instanceId })
      const unknown = { ...taskOf(saved, 'task-2'), workerId: 'worker-1', ttl: LONG }
      equal(await store.claims.claim(unknown), null, 'claim of a task that no snapshot names')

      const readyTasks = [{ taskId: 'task-1' }, { taskId: 'task-2' }]
      await store.snapshots.save({ ...saved, readyTasks })
      for (const { taskId } of readyTasks) {
        const request = { ...taskOf(saved, taskId), workerId: 'worker-2', ttl: LONG }
        ok(await store.claims.claim(request), `${taskId}, saved after the refused claim, is free`)
      }
    },
  }),

  rule('CLAIM-03', {
    title: 'claim of a task of a snapshot that does not run is null and creates nothing',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: find_available_tasks of paused and cancelled', 'workflow-core W3'],
    async check(store, trial) {
      const halted: readonly SnapshotStatus[] = ['paused', 'complete', 'failed', 'cancelled']
      for (const status of halted) {
        const saved = await saveReady(store, trial, { status })
        const request = { ...taskOf(saved), workerId: 'worker-1', ttl: LONG }
        equal(await store.claims.claim(request), null, `claim of a task of a ${status} snapshot`)
        await store.snapshots.save({ ...saved, status: 'running' })
        const later = await store.claims.claim({ ...request, workerId: 'worker-2' })
        ok(later, `a task of a snapshot that was ${status} and runs now can be claimed`)
      }
      const stopped = await saveReady(store, trial)
      await store.snapshots.save({ ...stopped, status: 'paused' })
      const request = { ...taskOf(stopped), workerId: 'worker-1', ttl: LONG }
      equal(await store.claims.claim(request), null, 'claim of a task of a snapshot paused since')
    },
  }),

  rule('CLAIM-04', {
    title: 'claim of a task that the snapshot has ready no more is null',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: Postgres and InMemory differ', 'Flow Orchestrator: NoReclaimOfTerminal'],
    async check(store, trial) {
      const saved = await saveReady(store, trial)
      await store.snapshots.save({ ...saved, readyTasks: [{ taskId: 'task-2' }] })
      const gone = { ...taskOf(saved), workerId: 'worker-1', ttl: LONG }
      equal(await store.claims.claim(gone), null, 'claim of a task that is no longer ready')
      const next = { ...taskOf(saved, 'task-2'), workerId: 'worker-1', ttl: LONG }
      ok(await store.claims.claim(next), 'the task that is ready instead can be claimed')
    },
  }),

  rule('CLAIM-05', {
    title: 'a held task cannot be claimed, not by another worker and not by its own',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['workflow-core W4', 'durabletask-go#59', 'sayiir: ON CONFLICT gives to the last'],
    async check(store, trial) {
      const task = taskOf(await saveReady(store, trial))
      const claim = await store.claims.claim({ ...task, workerId: 'worker-1', ttl: LONG })
      ok(claim, 'claim of an available task gives a claim')
      for (const workerId of ['worker-2', 'worker-1']) {
        const second = await store.claims.claim({ ...task, workerId, ttl: LONG })
        equal(second, null, `claim by ${workerId} of a task that worker-1 holds`)
      }
      equal(await store.claims.release(claim), true, 'the holder still holds it')
    },
  }),

  rule('CLAIM-06', {
    title: 'a claim can be taken from its expiry on, and not before',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['durabletask-go#136', 'Hangfire#2433', 'workflow-core: token expiry is ignored'],
    async check(store, trial) {
      const { clock } = trial
      const task = taskOf(await saveReady(store, trial))
      const ttl = clock.injected ? 1_999 : clock.ttl
      const first = await store.claims.claim({ ...task, workerId: 'worker-1', ttl })
      ok(first, 'claim of an available task gives a claim')
      const second = { ...task, workerId: 'worker-2', ttl: LONG }
      if (clock.injected) {
        await clock.advance(ttl - 1)
        equal(await store.claims.claim(second), null, 'claim 1 ms before the expiry')
        await clock.advance(1)
      } else {
        await clock.advance(ttl)
      }
      const taken = await store.claims.claim(second)
      ok(taken, 'claim of a task whose claim has expired gives a claim')
      equal(taken.workerId, 'worker-2', 'the new holder')
      equal(await store.claims.release(first), false, 'release by the worker whose claim expired')
    },
  }),

  rule('CLAIM-07', {
    title: 'a claim without a ttl never expires',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: claim without TTL', 'workflow-core W28: null is read as 0'],
    async check(store, trial) {
      const { clock } = trial
      const task = taskOf(await saveReady(store, trial))
      const claim = await store.claims.claim({ ...task, workerId: 'worker-1', ttl: null })
      ok(claim, 'claim of an available task gives a claim')
      equal(claim.expiresAt, null, 'the expiry of a claim without a ttl')
      await clock.advance(clock.injected ? 1_000 * 365 * 86_400_000 : clock.ttl)
      const other = await store.claims.claim({ ...task, workerId: 'worker-2', ttl: LONG })
      equal(other, null, 'claim, much later, of a task that is held without a ttl')
      equal((await store.claims.findAvailable()).items, [], 'available tasks, much later')
      equal(await store.claims.release(claim), true, 'the holder still holds it')
    },
  }),

  rule('CLAIM-08', {
    title: 'a lease of a few milliseconds ends after them, not at once and not at the next second',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: a TTL below a second is 0', 'sayiir: EXTRACT(EPOCH) rounds up', 'asynq#1071'],
    async check(store, trial) {
      const { clock } = trial
      const task = taskOf(await saveReady(store, trial))
      const first = await store.claims.claim({ ...task, workerId: 'worker-1', ttl: 30 })
      ok(first, 'claim of an available task gives a claim')
      const second = { ...task, workerId: 'worker-2', ttl: LONG }
      if (clock.injected) {
        equal(await store.claims.claim(second), null, 'claim within the 30 ms of a lease')
      }
      await clock.advance(31)
      ok(await store.claims.claim(second), 'claim after the 30 ms of a lease gives a claim')
    },
  }),

  rule('CLAIM-09', {
    title:
      'the fencing token grows with each claim of a task, across release, expiry, absence and delete',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir PR#152', 'Azure/durabletask#890', 'ahydrax/Hangfire.PostgreSql#26'],
    async check(store, trial) {
      const { clock } = trial
      const first = await saveReady(store, trial)
      const task = taskOf(first)
      const take = async (when: string, ttl = LONG): Promise<TaskClaim> => {
        const claim = await store.claims.claim({ ...task, workerId: 'worker-1', ttl })
        ok(claim, `the task can be claimed ${when}`)
        return claim
      }
      const grows = (before: TaskClaim, after: TaskClaim, when: string): void =>
        ok(after.token > before.token, `the token grows ${when}: ${before.token}, ${after.token}`)

      const one = await take('at first')
      await store.claims.release(one)
      const two = await take('after a release', clock.ttl)
      grows(one, two, 'across a release')
      await clock.advance(clock.ttl + 1)
      const three = await take('after an expiry')
      grows(two, three, 'across an expiry')
      await store.claims.release(three)
      const away = await store.snapshots.save({ ...first, readyTasks: [] })
      await store.snapshots.save({ ...away, readyTasks: first.readyTasks })
      const four = await take('after it was not ready for a while')
      grows(three, four, 'while the task is not ready')
      await store.snapshots.delete(keyOf(first))
      await clock.advance(clock.ttl)
      await saveReady(store, trial, { instanceId: first.instanceId })
      grows(four, await take('after a delete'), 'across a delete of the snapshot')
    },
  }),

  rule('CLAIM-10', {
    title: 'the tasks of a snapshot are held and released one by one',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir PR#138: release ignores task_id', 'sayiir: one claim per instance'],
    async check(store, trial) {
      const readyTasks = [{ taskId: 'task-1' }, { taskId: 'task-2' }]
      const saved = await saveReady(store, trial, {}, readyTasks)
      const [one, two] = [taskOf(saved, 'task-1'), taskOf(saved, 'task-2')]
      const held = await store.claims.claim({ ...one, workerId: 'worker-1', ttl: LONG })
      const other = await store.claims.claim({ ...two, workerId: 'worker-1', ttl: LONG })
      ok(held && other, 'a worker can hold two tasks of one snapshot')
      equal(await store.claims.release(held), true, 'release of the first task')
      const stolen = await store.claims.claim({ ...two, workerId: 'worker-2', ttl: LONG })
      equal(stolen, null, 'claim of the second task, after the release of the first')
      const again = await store.claims.claim({ ...one, workerId: 'worker-2', ttl: LONG })
      ok(again, 'the first task can be claimed after its release')
      ok(await store.claims.extend(other, LONG), 'the second task is still held')
    },
  }),

  rule('CLAIM-11', {
    title:
      'the key of a task is the triple (instanceId, workflowId, taskId), whatever the three hold',
    clause: 12,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: the key "{a}:{b}" is ambiguous', 'pg-boss PR#898'],
    async check(store, trial) {
      const tasks = confusablePairs.flatMap(([left, right]) => [
        { instanceId: 'i', workflowId: left, taskId: right },
        { instanceId: left, workflowId: right, taskId: 't' },
      ])
      const bySnapshot = Map.groupBy(tasks, (task) => JSON.stringify(keyOf(task)))
      for (const [first, ...others] of bySnapshot.values()) {
        if (first === undefined) continue
        const readyTasks = [first, ...others].map(({ taskId }) => ({ taskId }))
        await saveReady(store, trial, keyOf(first), readyTasks)
      }
      for (const task of tasks) {
        const name = JSON.stringify(Object.values(task))
        const claim = await store.claims.claim({ ...task, workerId: 'worker-1', ttl: LONG })
        ok(claim, `claim of the task ${name}, which nobody holds, gives a claim`)
        trial.count('tasks')
      }
    },
  }),
]
