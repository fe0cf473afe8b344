import { compareText, type StateKey } from '@holdfast/spec'
import { equal } from '../expect.ts'
import { rule, type Rule } from '../rule.ts'
import { confusablePairs } from './keys.ts'

/** The named values of a workflow. */
export const state: readonly Rule[] = [
  rule('STATE-01', {
    title: 'set stores or replaces a value, and the last one is read',
    clause: 17,
    needs: ['state'],
    bugs: ['Gorkflow Postgres: foreign key error', 'mastra PR#12575', 'sayiir: silent no-op'],
    async check({ state: store }, trial) {
      const key = { workflowId: trial.id(), key: 'count' }
      equal(await store.get(key), null, 'a value that was never set')
      for (const value of [{ a: 1, b: 2 }, { b: 3 }, [1], 'text', 0, false]) {
        await store.set({ ...key, value })
        equal(await store.get(key), { ...key, value }, 'the value that was set last')
      }
      equal(await store.getAll(key.workflowId), [{ ...key, value: false }], 'all values')
    },
  }),

  rule('STATE-02', {
    title: 'a value of null is a value',
    clause: 13,
    needs: ['state'],
    bugs: ['Gorkflow: nil and empty bytes', 'spring-batch#2874', 'langgraph-redis PR#186'],
    async check({ state: store }, trial) {
      const workflowId = trial.id()
      const entry = { workflowId, key: 'nothing', value: null }
      await store.set(entry)
      equal(await store.get(entryKey(entry)), entry, 'a value of null')
      equal(await store.getAll(workflowId), [entry], 'all values, of which one is null')
      equal(await store.get({ workflowId, key: 'absent' }), null, 'no value')
      equal(await store.delete(entryKey(entry)), true, 'delete of a value of null')
      equal(await store.getAll(workflowId), [], 'all values after the delete')
    },
  }),

  rule('STATE-03', {
    title: 'delete takes one value away, says whether it was there, and set brings it back',
    clause: 2,
    needs: ['state'],
    bugs: ['workflow-core W38', 'Gorkflow: DeleteState is silent'],
    async check({ state: store }, trial) {
      const workflowId = trial.id()
      const gone = { workflowId, key: 'gone' }
      const kept = { workflowId, key: 'kept' }
      await store.set({ ...gone, value: 1 })
      await store.set({ ...kept, value: 2 })
      equal(await store.delete(gone), true, 'delete of a value says that it was there')
      equal(await store.get(gone), null, 'the value after its delete')
      equal(await store.getAll(workflowId), [{ ...kept, value: 2 }], 'all values after the delete')
      equal(await store.delete(gone), false, 'a second delete says that there was nothing')
      await store.set({ ...gone, value: 3 })
      equal(await store.get(gone), { ...gone, value: 3 }, 'a value that was set after its delete')
    },
  }),

  rule('STATE-04', {
    title: 'getAll gives every value of a workflow, by key in code point order',
    clause: 8,
    needs: ['state'],
    bugs: ['media-insights-on-aws#607', 'workflow-core #1002', 'langgraph-redis PR#107'],
    async check({ state: store }, trial) {
      const workflowId = trial.id()
      equal(await store.getAll(workflowId), [], 'all values of a workflow without any')
      const keys = [
        'b',
        'B',
        'a',
        'a ',
        'ab',
        '\u{1f600}',
        '\uffff',
        '\u00e9',
        'e\u0301',
        '9',
        '10',
        '_',
      ]
      // More than one page of any store that reads pages.
      const many = Array.from({ length: 110 }, (_, index) => `key-${index}`)
      const entries = [...keys, ...many].map((key, value) => ({ workflowId, key, value }))
      for (const entry of entries) await store.set(entry)
      const expected = entries.sort((a, b) => compareText(a.key, b.key))
      const all = await store.getAll(workflowId)
      equal(
        all.map(({ key }) => key),
        expected.map(({ key }) => key),
        'the keys of getAll',
      )
      equal(all, expected, 'the entries of getAll')
    },
  }),

  rule('STATE-05', {
    title: 'any identifier is a key, the names of Object.prototype too',
    clause: 12,
    needs: ['state'],
    bugs: ['prototype pollution through __proto__', 'Flow Orchestrator M1'],
    async check({ state: store }, trial) {
      const workflowId = trial.id()
      const keys = [
        'constructor',
        '__proto__',
        'hasOwnProperty',
        'prototype',
        'toString',
        'valueOf',
      ]
      for (const key of keys) {
        equal(await store.get({ workflowId, key }), null, `the value of ${key} before it is set`)
      }
      for (const key of keys) await store.set({ workflowId, key, value: { of: key } })
      for (const key of keys) {
        const entry = { workflowId, key, value: { of: key } }
        equal(await store.get({ workflowId, key }), entry, `the value of ${key}`)
      }
      const all = await store.getAll(workflowId)
      equal(
        all.map(({ key }) => key),
        keys.sort(compareText),
        'the keys of getAll',
      )
    },
  }),

  rule('STATE-06', {
    title: 'the key of a value is the pair (workflowId, key): workflows share nothing',
    clause: 12,
    needs: ['state'],
    bugs: ['workflow-core W21', 'pg-boss PR#898', 'workflow-es: module globals'],
    async check({ state: store }, trial) {
      const keyOf = ([workflowId, key]: readonly [string, string]): StateKey => ({
        workflowId,
        key,
      })
      for (const pair of confusablePairs) await store.set({ ...keyOf(pair), value: pair })
      for (const pair of confusablePairs) {
        const entry = await store.get(keyOf(pair))
        equal(entry?.value, pair, `the value of the key ${JSON.stringify(pair)}`)
        trial.count('pairs')
      }
      const workflows = new Set(confusablePairs.map(([workflowId]) => workflowId))
      for (const workflowId of workflows) {
        const expected = confusablePairs
          .filter(([owner]) => owner === workflowId)
          .map((pair) => ({ ...keyOf(pair), value: pair }))
          .sort((a, b) => compareText(a.key, b.key))
        const all = await store.getAll(workflowId)
        equal(all, expected, `all values of the workflow ${JSON.stringify(workflowId)}`)
      }
    },
  }),
]

function entryKey({ workflowId, key }: StateKey): StateKey {
  return { workflowId, key }
}
