import {
  compareText,
  type Snapshot,
  type SnapshotKey,
  type SnapshotStatus,
  type SnapshotSummary,
} from '@holdfast/spec'
import { equal, ok } from '../expect.ts'
import { aSnapshot } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import { LONG, keyOf, saveReady, taskOf } from './ready.ts'

const STATUSES: readonly SnapshotStatus[] = ['running', 'paused', 'complete', 'failed', 'cancelled']

/** Snapshots read together, deleted, and read back member by member. */
export const snapshotsList: readonly Rule[] = [
  rule('SNAP-08', {
    title:
      'list gives each snapshot without state, metadata and tasks, by (instanceId, workflowId)',
    clause: 8,
    needs: ['snapshots'],
    bugs: ['langgraph-redis PR#107', 'Flow Orchestrator: unordered ListWorkflows'],
    async check({ snapshots }) {
      const saved: Snapshot[] = []
      for (const instanceId of [
        'b',
        'a',
        '\u{1f600}',
        '\uffff',
        'B',
        'a ',
        'ab',
        '\u00e9',
        '10',
        '9',
      ]) {
        for (const workflowId of ['2', '10']) {
          const metadata = { a: 1 }
          saved.push(await snapshots.save(aSnapshot({ instanceId, workflowId, metadata })))
        }
      }
      const expected = saved.sort(byKey).map(summaryOf)
      const { items, cursor, corrupt } = await snapshots.list({ limit: 1000 })
      equal(items.map(nameOf), expected.map(nameOf), 'the order of list is that of code points')
      equal(items, expected, 'list gives summaries')
      equal([cursor, corrupt], [null, []], 'the one page is the last, and nothing is corrupt')
    },
  }),

  rule('SNAP-09', {
    title: 'list with a status gives the snapshots that have it now',
    clause: 8,
    needs: ['snapshots'],
    bugs: ['langgraphjs#1591', 'langgraphjs#2504', 'Gorkflow LibSQL: stale filter columns'],
    async check({ snapshots }, trial) {
      const moved = new Map<SnapshotStatus, string[]>(STATUSES.map((status) => [status, []]))
      for (const [index, status] of STATUSES.entries()) {
        const kept = await snapshots.save(aSnapshot({ instanceId: trial.id(), status }))
        const first = await snapshots.save(aSnapshot({ instanceId: trial.id(), status }))
        const next = STATUSES[(index + 1) % STATUSES.length] ?? status
        await snapshots.save({ ...first, status: next })
        moved.get(status)?.push(kept.instanceId)
        moved.get(next)?.push(first.instanceId)
      }
      for (const [status, ids] of moved) {
        const { items } = await snapshots.list({ status })
        const found = items.map(({ instanceId }) => instanceId)
        equal(found, ids.sort(compareText), `the snapshots that list with status ${status} finds`)
        ok(
          items.every((item) => item.status === status),
          `each summary that is listed says ${status}`,
        )
      }
    },
  }),

  rule('SNAP-10', {
    title: 'delete removes the snapshot, and no other one',
    clause: 2,
    needs: ['snapshots'],
    bugs: ['workflow-core W38', 'WorkflowForge: delete of a concurrent run'],
    async check({ snapshots }, trial) {
      const instanceId = trial.id()
      const key = { instanceId, workflowId: 'one' }
      await snapshots.save(aSnapshot({ ...key, status: 'complete' }))
      const sameInstance = await snapshots.save(aSnapshot({ instanceId, workflowId: 'two' }))
      const sameWorkflow = await snapshots.save(aSnapshot({ ...key, instanceId: trial.id() }))
      equal(await snapshots.delete(key), true, 'delete of a snapshot says that it was there')
      equal(await snapshots.load(key), null, 'load of a deleted snapshot')
      const { items } = await snapshots.list()
      equal(
        items.map(nameOf),
        [sameInstance, sameWorkflow].sort(byKey).map(nameOf),
        'the snapshots that are listed after the delete of another',
      )
      equal(await snapshots.delete(key), false, 'a second delete says that there was nothing')
    },
  }),

  rule('SNAP-11', {
    title: 'delete takes the claims on the tasks along',
    clause: 5,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: delete_snapshot leaves claims', 'workflow-core #100'],
    async check(store, trial) {
      const { snapshots, claims } = store
      const saved = await saveReady(store, trial)
      const held = await claims.claim({ ...taskOf(saved), workerId: 'worker-1', ttl: LONG })
      ok(held, 'a ready task can be claimed')
      await snapshots.delete(keyOf(saved))
      equal(await claims.extend(held, LONG), null, 'extend of a claim on a deleted snapshot')
      equal(await claims.release(held), false, 'release of a claim on a deleted snapshot')
      equal((await claims.findAvailable()).items, [], 'tasks of a deleted snapshot')
      await saveReady(store, trial, { instanceId: saved.instanceId })
      const next = await claims.claim({ ...taskOf(saved), workerId: 'worker-2', ttl: LONG })
      ok(next, 'a task of a snapshot that was deleted and saved anew can be claimed')
    },
  }),

  rule('SNAP-12', {
    title: 'every member comes back, and save returns what load returns',
    clause: 17,
    needs: ['snapshots'],
    bugs: ['sayiir: completed_at', 'workflow-core 55db9285', 'mastra PR#12575'],
    async check({ snapshots }, trial) {
      const full = {
        ...aSnapshot({ instanceId: trial.id(), workflowId: trial.id(), definitionHash: '' }),
        state: [null, { a: '' }],
        metadata: { traceparent: '00-1', attempts: [0] },
        readyTasks: [
          { taskId: 'z', input: null, tags: ['b', 'a', 'b'], priority: 2 ** 31 - 1 },
          { taskId: 'a', tags: [], priority: -(2 ** 31) + 1 },
          { taskId: 'm', input: { a: [] }, tags: ['a'], priority: 0 },
        ],
        createdAt: trial.clock.now() - 86_400_000,
      }
      const empty = aSnapshot({ instanceId: trial.id(), metadata: {}, state: null })
      const bare = aSnapshot({ instanceId: trial.id(), state: false })
      const others = STATUSES.map((status) => aSnapshot({ instanceId: trial.id(), status }))
      for (const wanted of [full, empty, bare, ...others]) {
        const saved = await snapshots.save(wanted)
        const { updatedAt, createdAt } = saved
        equal(
          saved,
          { createdAt, ...wanted, updatedAt, version: 1 },
          'save returns what it was given',
        )
        equal(await snapshots.load(keyOf(wanted)), saved, 'load returns what save returned')
      }
    },
  }),
]

function byKey(a: SnapshotKey, b: SnapshotKey): number {
  return compareText(a.instanceId, b.instanceId) || compareText(a.workflowId, b.workflowId)
}

function nameOf({ instanceId, workflowId }: SnapshotKey): string {
  return `${instanceId}, ${workflowId}`
}

function summaryOf({
  state: _,
  metadata: __,
  readyTasks: ___,
  ...rest
}: Snapshot): SnapshotSummary {
  return rest
}
