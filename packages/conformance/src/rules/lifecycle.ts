import { isDeepStrictEqual } from 'node:util'
import type { PersistenceProvider, RepositoryName } from '@holdfast/spec'
import { equal, ok, rejects, show } from '../expect.ts'
import { aSnapshot } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import type { Trial } from '../trial.ts'
import { everyCall } from './calls.ts'
import { isThere, samplesOf, type Sample } from './samples.ts'

/** Namespaces that a careless store takes for one. */
const alikeSuffixes = ['x', 'X', 'x ', "x'", 'x"', 'x%', '\u00e9', 'e\u0301'] as const

/** The shape of a provider, and decisions 13 and 17: what holds for it as a whole, from open to close. */
export const lifecycle: readonly Rule[] = [
  rule('LIFE-01', {
    title: 'ensureStore keeps the records of a store that is there already',
    clause: 17,
    needs: [],
    bugs: ['workflow-core W18', 'workflow-core PR#1287', 'Gorkflow abc1e64'],
    async check(store, trial) {
      const samples = samplesOf(store, trial.id(), 'a')
      for (const sample of samples) await sample.write(store)
      const before = await readAll(samples, store)
      await store.ensureStore()
      equal(await readAll(samples, store), before, 'ensureStore again kept every record')
      await (await trial.reopen()).ensureStore()
      equal(await readAll(samples, store), before, 'ensureStore by another kept every record')
    },
  }),

  rule('LIFE-02', {
    title: 'ensureStore succeeds for each of several providers that call it at once',
    clause: 17,
    needs: [],
    bugs: ['workflow-core PR#1418', 'mastra#16782', 'sayiir migration 008'],
    async check(_, trial) {
      const providers = [await trial.bare('-race'), await trial.bare('-race')]
      await Promise.all(providers.map(async (provider) => provider.ensureStore()))
      await Promise.all(providers.map(async (provider) => provider.ensureStore()))
      const [one, other] = providers as [PersistenceProvider, PersistenceProvider]
      for (const sample of samplesOf(one, trial.id(), 'a')) {
        await sample.write(one)
        ok(await isThere(sample, other), `${sample.repository}: the prepared store works`)
      }
    },
  }),

  rule('LIFE-03', {
    title: 'ping resolves while the store answers',
    clause: 17,
    needs: [],
    bugs: ['workflow-core: NotImplementedException (P44)'],
    async check(store) {
      await store.ping()
      await store.ping()
    },
  }),

  rule('LIFE-04', {
    title: 'what one provider wrote another one on the same namespace reads, at once',
    clause: 17,
    needs: [],
    bugs: ['workflow-core W41', 'workflow-core W8', 'flow-orchestrator 0.7.4'],
    async check(store, trial) {
      const other = await trial.reopen()
      for (const sample of samplesOf(store, trial.id(), 'a')) {
        // Read first, so that a cache of what is missing shows.
        equal(await sample.read(other), sample.absent, `${sample.repository}: nothing there yet`)
        await sample.write(store)
        const own = await sample.read(store)
        ok(!isDeepStrictEqual(own, sample.absent), `${sample.repository}: its writer reads it`)
        equal(await sample.read(other), own, `${sample.repository}: another provider reads it`)
      }
    },
  }),

  rule('LIFE-05', {
    title: 'stores on different namespaces do not see each other',
    clause: 17,
    needs: [],
    bugs: ['workflow-es module globals', 'workflow-core W18', 'WorkflowForge shared key'],
    async check(store, trial) {
      const other = await trial.fresh()
      const id = trial.id()
      await judgeApart([store, other], id)
      await judgeClaims(store, other, trial)
    },
  }),

  rule('LIFE-06', {
    title:
      'namespaces that differ in case, a trailing blank, a quote or a normal form are different',
    clause: 12,
    needs: [],
    bugs: [
      'unkey#4091',
      'airflow PR#18072',
      'Avernet PR#789',
      'flow-orchestrator: case-insensitive file names',
    ],
    async check(_, trial) {
      const stores: PersistenceProvider[] = []
      for (const suffix of alikeSuffixes) stores.push(await trial.fresh(suffix))
      // Eight stores: a few repositories will do.
      await judgeApart(stores, trial.id(), 3)
    },
  }),

  rule('LIFE-07', {
    title: 'disposing of a provider twice resolves',
    clause: 17,
    needs: [],
    bugs: ['pg: "Called end on pool more than once"'],
    async check(_, trial) {
      const provider = await trial.reopen()
      await Promise.all([provider[Symbol.asyncDispose](), provider[Symbol.asyncDispose]()])
      await provider[Symbol.asyncDispose]()
    },
  }),

  rule('LIFE-08', {
    title: 'after its disposal every method of a provider rejects with CLOSED',
    clause: 15,
    needs: [],
    bugs: ['pg: "Cannot use a pool after calling end on the pool"'],
    async check(store, trial) {
      const provider = await trial.reopen()
      await provider[Symbol.asyncDispose]()
      const id = trial.id()
      for (const [method, call] of everyCall(provider, id)) {
        await rejects(call(), 'CLOSED', `${method} after the disposal`)
      }
      for (const sample of samplesOf(store, id, 'a')) {
        ok(!(await isThere(sample, store)), `${sample.repository}: a refused call wrote nothing`)
      }
    },
  }),

  rule('LIFE-09', {
    title: 'disposal waits for the calls under way, and they succeed',
    clause: 17,
    needs: [],
    bugs: ['workflow-es: terminateSubscription not awaited', 'workflow-core W41'],
    async check(store, trial) {
      const provider = await trial.reopen()
      const samples = samplesOf(store, trial.id(), 'a')
      const writes = Promise.allSettled(samples.map(async (sample) => sample.write(provider)))
      await provider[Symbol.asyncDispose]()
      for (const sample of samples) {
        ok(
          await isThere(sample, store),
          `${sample.repository}: a write that began before the disposal is stored after it`,
        )
      }
      const failed = (await writes).flatMap((write) =>
        write.status === 'rejected' ? show(write.reason) : [],
      )
      equal(failed, [], 'no call that was under way failed')
    },
  }),

  rule('LIFE-10', {
    title: 'the capabilities of a provider are frozen and stay the same',
    clause: 17,
    needs: [],
    bugs: ['dapr#169', 'sayiir unfenced default (P44)'],
    async check(store, trial) {
      const { capabilities } = store
      const before = { ...capabilities, repositories: [...capabilities.repositories] }
      Reflect.set(capabilities, 'maxPayloadBytes', 1)
      Reflect.set(capabilities, 'other', true)
      Reflect.set(capabilities.repositories, 0, 'other')
      equal(capabilities, before, 'the capabilities cannot be changed')
      for (const sample of samplesOf(store, trial.id(), 'a')) await sample.write(store)
      equal(store.capabilities, before, 'the capabilities are the same after use')
    },
  }),

  rule('LIFE-11', {
    title: 'disposing of one provider leaves the others on its store working',
    clause: 17,
    needs: [],
    bugs: ['workflow-es module globals', 'workflow-core W18'],
    async check(store, trial) {
      const one = await trial.reopen()
      const elsewhere = await trial.fresh()
      await one.ping()
      await one[Symbol.asyncDispose]()
      for (const other of [store, elsewhere, await trial.reopen()]) {
        await other.ping()
        for (const sample of samplesOf(other, trial.id(), 'a')) {
          await sample.write(other)
          ok(await isThere(sample, other), `${sample.repository}: another provider goes on working`)
        }
      }
    },
  }),
]

async function readAll(
  samples: readonly Sample[],
  store: PersistenceProvider,
): Promise<readonly unknown[]> {
  const found: unknown[] = []
  for (const sample of samples) found.push(await sample.read(store))
  return found
}

/** The same keys in each store, one after the other: nobody sees, replaces or deletes what another one wrote. */
async function judgeApart(
  stores: readonly PersistenceProvider[],
  id: string,
  most = Infinity,
): Promise<void> {
  const written: { readonly samples: readonly Sample[]; readonly found: readonly unknown[] }[] = []
  for (const [index, store] of stores.entries()) {
    const samples = samplesOf(store, id, `mark-${index}`).slice(0, most)
    for (const sample of samples) {
      const { repository } = sample
      equal(await sample.read(store), sample.absent, `${repository}: nothing of another namespace`)
      await sample.write(store)
    }
    written.push({ samples, found: await readAll(samples, store) })
  }
  for (const [index, { samples, found }] of written.entries()) {
    const store = stores[index] as PersistenceProvider
    equal(await readAll(samples, store), found, 'writes to another namespace changed nothing here')
    await deleteAll(store, id)
  }
}

/** Deletes what has a delete. The stores that come after must still have theirs. */
async function deleteAll(store: PersistenceProvider, id: string): Promise<void> {
  await store.snapshots?.delete({ instanceId: id, workflowId: id })
  await store.workflows?.delete(id)
}

async function judgeClaims(
  store: PersistenceProvider,
  other: PersistenceProvider,
  trial: Trial,
): Promise<void> {
  if (!hasAll(store, ['snapshots', 'claims'])) return
  const key = { instanceId: trial.id(), workflowId: 'workflow-1' }
  const task = { ...key, taskId: 'task-1' }
  const snapshot = aSnapshot({ ...key, readyTasks: [{ taskId: 'task-1' }] })
  await store.snapshots?.save(snapshot)
  const hold = { workerId: 'worker-1', ttl: null }
  equal((await other.claims?.findAvailable())?.items, [], 'claims: no task of another namespace')
  equal(await other.claims?.claim({ ...task, ...hold }), null, 'claims: nothing to claim there')
  await other.snapshots?.save(snapshot)
  ok(await store.claims?.claim({ ...task, ...hold }), 'claims: the task here can be claimed')
  const claimed = await other.claims?.claim({ ...task, ...hold, workerId: 'worker-2' })
  ok(claimed, 'claims: a claim in another namespace is none here')
}

function hasAll(store: PersistenceProvider, names: readonly RepositoryName[]): boolean {
  return names.every((name) => store.capabilities.repositories.includes(name))
}
