import type { Snapshot, TaskClaim } from '@holdfast/spec'
import { equal, ok, rejects } from '../expect.ts'
import { rule, type Rule, type Store } from '../rule.ts'
import type { Trial } from '../trial.ts'
import { LONG, keyOf, saveReady, taskOf } from './ready.ts'

type Stores = Store<'snapshots' | 'claims'>

/** Decision 10: a worker that lost its claim writes nothing more. */
export const fencing: readonly Rule[] = [
  rule('FENCE-01', {
    title: 'a save fenced by a held claim is stored, and the claim stays held',
    clause: 10,
    needs: ['snapshots', 'claims'],
    features: ['fencing'],
    bugs: ['sayiir PR#152', 'Flow Orchestrator: RenewOnCheckpoint'],
    async check(store, trial) {
      const { saved, claim } = await held(store, trial)
      const second = await store.snapshots.save({ ...saved, state: 'two' }, { fence: claim })
      equal(second.state, 'two', 'the state after a fenced save')
      const extended = await store.claims.extend(claim, LONG)
      ok(extended, 'the claim is held after the save that it fenced')
      const third = await store.snapshots.save({ ...second, state: 'three' }, { fence: extended })
      equal(
        await store.snapshots.load(keyOf(saved)),
        third,
        'load gives what the fenced save returned',
      )
      const again = await store.snapshots.save({ ...third, state: 'four' }, { fence: claim })
      equal(again.state, 'four', 'the state after a save fenced by the claim as it was before')
    },
  }),

  rule('FENCE-02', {
    title: 'a save fenced by an expired claim is CLAIM_LOST and writes nothing',
    clause: 10,
    needs: ['snapshots', 'claims'],
    features: ['fencing'],
    bugs: ['sayiir PR#152', 'Azure/durabletask#890', 'ahydrax/Hangfire.PostgreSql#26'],
    async check(store, trial) {
      const { saved, claim } = await held(store, trial, trial.clock.ttl)
      await trial.clock.advance(trial.clock.ttl)
      await refuses(store, saved, claim, 'a save fenced by a claim at its expiry')
    },
  }),

  rule('FENCE-03', {
    title: 'a save fenced by a released claim is CLAIM_LOST and writes nothing',
    clause: 10,
    needs: ['snapshots', 'claims'],
    features: ['fencing'],
    bugs: ['sayiir PR#152', 'bull#1416'],
    async check(store, trial) {
      const { saved, claim } = await held(store, trial)
      await store.claims.release(claim)
      await refuses(store, saved, claim, 'a save fenced by a claim that was released')
    },
  }),

  rule('FENCE-04', {
    title:
      'the save of a worker whose claim was taken over is CLAIM_LOST, and the work of the new holder stays',
    clause: 10,
    needs: ['snapshots', 'claims'],
    features: ['fencing'],
    bugs: ['sayiir PR#152', 'Azure/durabletask#890', 'Flow Orchestrator z1'],
    async check(store, trial) {
      const { clock } = trial
      const { saved, claim } = await held(store, trial, clock.ttl)
      await clock.advance(clock.ttl + 1)
      const request = { ...taskOf(saved), workerId: 'worker-2', ttl: LONG }
      const taken = await store.claims.claim(request)
      ok(taken, 'a task whose claim expired can be claimed')
      await refuses(store, saved, claim, 'a save fenced by a claim that was taken over')
      const work = await store.snapshots.save({ ...saved, state: 'new' }, { fence: taken })
      await refuses(store, work, claim, 'a late save fenced by a claim that was taken over')
      await store.claims.release(taken)
      const back = await store.claims.claim({ ...request, workerId: 'worker-1' })
      ok(back && back.token > claim.token, 'the first worker can claim the task anew')
      await refuses(store, work, claim, 'a save fenced by an older claim of the same worker')
    },
  }),

  rule('FENCE-05', {
    title: 'a save fenced by a claim of which the worker or the token is another is CLAIM_LOST',
    clause: 10,
    needs: ['snapshots', 'claims'],
    features: ['fencing'],
    bugs: ['Flow Orchestrator: StaleTokenRejected', 'bull#1416'],
    async check(store, trial) {
      const { saved, claim } = await held(store, trial)
      const foreign = { ...claim, workerId: 'worker-2' }
      await refuses(store, saved, foreign, 'a save fenced by the claim of another worker')
      const newer = { ...claim, token: claim.token + 1 }
      await refuses(store, saved, newer, 'a save fenced by a token that was never given')
      const elsewhere = { ...claim, taskId: 'task-2' }
      await refuses(store, saved, elsewhere, 'a save fenced by a claim on a task that nobody holds')
    },
  }),

  rule('FENCE-06', {
    title: 'a lost claim is CLAIM_LOST whatever the version, also when the snapshot is gone',
    clause: 10,
    needs: ['snapshots', 'claims'],
    features: ['fencing'],
    bugs: ['Azure/durabletask PR#1235', 'workflow-core W35'],
    async check(store, trial) {
      const { saved, claim } = await held(store, trial)
      await store.claims.release(claim)
      const work = await store.snapshots.save({ ...saved, state: 'new' })
      const versions = { stale: 1, 'a first one': 0, 'a future one': 9 }
      for (const [name, version] of Object.entries(versions)) {
        const save = store.snapshots.save({ ...work, version }, { fence: claim })
        await rejects(save, 'CLAIM_LOST', `a save with a lost claim, whose version is ${name}`)
      }
      equal(await store.snapshots.load(keyOf(saved)), work, 'the refused saves changed nothing')
      await store.snapshots.delete(keyOf(saved))
      const anew = store.snapshots.save({ ...work, version: 0 }, { fence: claim })
      await rejects(anew, 'CLAIM_LOST', 'a save with a lost claim on a snapshot that is gone')
      equal(await store.snapshots.load(keyOf(saved)), null, 'the refused save created nothing')
    },
  }),

  rule('FENCE-07', {
    title: 'a stale version is CONFLICT although the claim is held, and the claim stays held',
    clause: 3,
    needs: ['snapshots', 'claims'],
    features: ['fencing'],
    bugs: ['Azure/durabletask PR#1235', 'dapr/components-contrib#1244'],
    async check(store, trial) {
      const { saved, claim } = await held(store, trial)
      const work = await store.snapshots.save({ ...saved, state: 'new' })
      const late = store.snapshots.save({ ...saved, state: 'late' }, { fence: claim })
      await rejects(late, 'CONFLICT', 'a save with a held claim and version 1 of a snapshot at 2')
      equal(await store.snapshots.load(keyOf(saved)), work, 'the refused save changed nothing')
      equal(await store.claims.release(claim), true, 'the claim is still held')
    },
  }),

  rule('FENCE-08', {
    title: 'a fence on a task of another snapshot is INVALID_VALUE and writes nothing',
    clause: 10,
    needs: ['snapshots', 'claims'],
    features: ['fencing'],
    bugs: ['sayiir PR#138: release ignores task_id'],
    async check(store, trial) {
      const { claim } = await held(store, trial)
      const same = await saveReady(store, trial, {
        instanceId: claim.instanceId,
        workflowId: 'w-2',
      })
      for (const saved of [await saveReady(store, trial), same]) {
        const save = store.snapshots.save({ ...saved, state: 'new' }, { fence: claim })
        await rejects(save, 'INVALID_VALUE', 'a save fenced by a claim on another snapshot')
        equal(await store.snapshots.load(keyOf(saved)), saved, 'the refused save changed nothing')
      }
    },
  }),

  rule('FENCE-09', {
    title:
      'a fenced save that takes its task off the ready ones leaves a claim that can be released',
    clause: 10,
    needs: ['snapshots', 'claims'],
    features: ['fencing'],
    bugs: ['sayiir: orphaned claims', 'Flow Orchestrator: Renew_And_Release'],
    async check(store, trial) {
      const { saved, claim } = await held(store, trial)
      const readyTasks = [{ taskId: 'task-2' }]
      const done = await store.snapshots.save({ ...saved, readyTasks }, { fence: claim })
      ok(await store.claims.extend(claim, LONG), 'the claim on the task that is done is held')
      const { items } = await store.claims.findAvailable()
      equal(
        items.map(({ taskId }) => taskId),
        ['task-2'],
        'the tasks that are available now',
      )
      await store.snapshots.save({ ...done, status: 'complete', readyTasks: [] }, { fence: claim })
      equal(
        await store.claims.release(claim),
        true,
        'release of the claim on the task that is done',
      )
    },
  }),
]

/** A running snapshot whose `task-1` worker-1 holds. */
async function held(
  store: Stores,
  trial: Trial,
  ttl: number = LONG,
): Promise<{ readonly saved: Snapshot; readonly claim: TaskClaim }> {
  const saved = await saveReady(store, trial)
  const claim = await store.claims.claim({ ...taskOf(saved), workerId: 'worker-1', ttl })
  ok(claim, 'claim of an available task gives a claim')
  return { saved, claim }
}

/** The save is `CLAIM_LOST`; snapshot and ready tasks stay as they are. */
async function refuses(
  { snapshots, claims }: Stores,
  stored: Snapshot,
  fence: TaskClaim,
  what: string,
): Promise<void> {
  const before = (await claims.findAvailable()).items
  const readyTasks = [{ taskId: 'task-of-a-zombie' }]
  const save = snapshots.save({ ...stored, state: 'of a zombie', readyTasks }, { fence })
  await rejects(save, 'CLAIM_LOST', what)
  equal(await snapshots.load(keyOf(stored)), stored, `${what} changed nothing`)
  equal((await claims.findAvailable()).items, before, `the available tasks after ${what}`)
}
