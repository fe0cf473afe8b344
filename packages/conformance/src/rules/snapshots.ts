import type { NewSnapshot } from '@holdfast/spec'
import { equal, ok, rejects } from '../expect.ts'
import { aSnapshot } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import { confusablePairs } from './keys.ts'
import { keyOf } from './ready.ts'

/** Decisions 3 and 5: a snapshot is saved as a whole, by the writer that saw the last one. */
export const snapshots: readonly Rule[] = [
  rule('SNAP-01', {
    title: 'a first save names version 0 and gives version 1, and each further save one more',
    clause: 3,
    needs: ['snapshots'],
    bugs: ['sayiir PR#138', 'WorkflowForge: no compare-and-set'],
    async check({ snapshots: store }, trial) {
      const first = await store.save(aSnapshot({ instanceId: trial.id() }))
      equal(first.version, 1, 'the version after the first save')
      const second = await store.save({ ...first, state: { step: 2 } })
      equal(second.version, 2, 'the version after the second save')
      equal(await store.load(keyOf(first)), second, 'load gives what the second save returned')
    },
  }),

  rule('SNAP-02', {
    title: 'a save that names another version than the stored one is CONFLICT and changes nothing',
    clause: 3,
    needs: ['snapshots'],
    bugs: ['Azure/durabletask#890', 'dapr/components-contrib#994', 'WorkflowForge: no CAS'],
    async check({ snapshots: store }, trial) {
      const first = await store.save(aSnapshot({ instanceId: trial.id() }))
      const second = await store.save({ ...first, state: { step: 2 } })
      const readyTasks = [{ taskId: 'task-9' }]
      const stale: NewSnapshot = { ...first, status: 'failed', state: 'lost', readyTasks }
      await rejects(store.save(stale), 'CONFLICT', 'a save with version 1 of a snapshot at 2')
      const ahead = store.save({ ...stale, version: second.version + 1 })
      await rejects(ahead, 'CONFLICT', 'a save with a version that is still to come')
      equal(await store.load(keyOf(first)), second, 'the refused saves changed nothing')
    },
  }),

  rule('SNAP-03', {
    title: 'a first save of a snapshot that is there is CONFLICT and changes nothing',
    clause: 3,
    needs: ['snapshots'],
    bugs: ['dapr/components-contrib#1010', 'sayiir #110'],
    async check({ snapshots: store }, trial) {
      const saved = await store.save(aSnapshot({ instanceId: trial.id() }))
      const again = aSnapshot({ instanceId: saved.instanceId, state: 'another' })
      await rejects(store.save(again), 'CONFLICT', 'a save with version 0 of a snapshot at 1')
      equal(await store.load(keyOf(saved)), saved, 'the refused save changed nothing')
    },
  }),

  rule('SNAP-04', {
    title:
      'a save that names a version of a snapshot that is gone is NOT_FOUND and creates nothing',
    clause: 3,
    needs: ['snapshots'],
    bugs: ['workflow-core W35', 'sayiir: resurrected snapshots'],
    async check({ snapshots: store }, trial) {
      const saved = await store.save(aSnapshot({ instanceId: trial.id() }))
      await store.delete(keyOf(saved))
      const late = store.save({ ...saved, state: 'late' })
      await rejects(late, 'NOT_FOUND', 'a save with version 1 of a snapshot that was deleted')
      equal(await store.load(keyOf(saved)), null, 'the refused save stored nothing')
    },
  }),

  rule('SNAP-05', {
    title: 'a save replaces the whole snapshot: what it leaves out is gone',
    clause: 5,
    needs: ['snapshots'],
    bugs: ['workflow-core W6', 'Gorkflow 0e43951', 'mastra PR#12575'],
    async check({ snapshots: store }, trial) {
      const full = aSnapshot({
        instanceId: trial.id(),
        state: { a: 1, nested: { b: 2, c: 3 } },
        metadata: { owner: 'x', more: 1 },
        readyTasks: [
          { taskId: 'task-1', input: { a: 1 }, tags: ['gpu'], priority: 3 },
          { taskId: 'task-2' },
        ],
      })
      await store.save(full)
      const { metadata: _, ...rest } = full
      const partial: NewSnapshot = {
        ...rest,
        state: { nested: { c: 3 } },
        readyTasks: [{ taskId: 'task-1' }],
        version: 1,
      }
      await store.save(partial)
      const loaded = await store.load(keyOf(full))
      equal(loaded?.state, partial.state, 'members of the state that the second save left out')
      ok(loaded && !('metadata' in loaded), 'metadata that the second save left out is gone')
      const bare = [{ taskId: 'task-1', tags: [], priority: 0 }]
      equal(loaded.readyTasks, bare, 'ready tasks that the second save left out, or left bare')
    },
  }),

  rule('SNAP-06', {
    title: 'the key of a snapshot is the pair (instanceId, workflowId), whatever the two hold',
    clause: 12,
    needs: ['snapshots'],
    bugs: ['pg-boss PR#898', 'workflow-core W21', 'workflow-core W45'],
    async check({ snapshots: store }, trial) {
      for (const pair of confusablePairs) {
        const [instanceId, workflowId] = pair
        await store.save(aSnapshot({ instanceId, workflowId, state: pair }))
        trial.count('pairs')
      }
      for (const pair of confusablePairs) {
        const [instanceId, workflowId] = pair
        const loaded = await store.load({ instanceId, workflowId })
        equal(loaded?.state, pair, `the snapshot of the key ${JSON.stringify(pair)}`)
      }
    },
  }),

  rule('SNAP-07', {
    title: 'createdAt never changes, and updatedAt never goes back',
    clause: 6,
    needs: ['snapshots'],
    bugs: ['mastra PR#18004', 'Gorkflow LibSQL UpdatedAt', 'temporal PR#7030'],
    async check({ snapshots: store }, trial) {
      const { clock } = trial
      const createdAt = clock.now() - 1_000
      const first = await store.save(aSnapshot({ instanceId: trial.id(), createdAt }))
      equal(first.createdAt, createdAt, 'createdAt of the first save is kept')
      await clock.advance(5)
      const second = await store.save({ ...first, createdAt: createdAt + 1, updatedAt: 1 })
      equal(second.createdAt, createdAt, 'createdAt after a second save that names another one')
      ok(second.updatedAt >= first.updatedAt, 'updatedAt does not go back')
      if (!clock.injected) return
      equal(second.updatedAt, clock.now(), 'updatedAt is the time of the second save')
      await clock.advance(-60_000)
      const third = await store.save(second)
      ok(third.updatedAt >= second.updatedAt, 'updatedAt does not go back when the clock does')
      equal(await store.load(keyOf(third)), third, 'load gives the stamps that save returned')
    },
  }),
]
