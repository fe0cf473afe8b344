import type { ClaimRepository, ClaimedTask, Snapshot, TaskClaim } from '@holdfast/spec'
import { Inconclusive, equal } from '../expect.ts'
import type { Store } from '../rule.ts'
import type { Trial } from '../trial.ts'
import { LONG, keyOf, saveReady, taskOf } from './ready.ts'
import type { Write } from './retry-writes.ts'

const hold = { workerId: 'worker-1', ttl: LONG }

/** A running snapshot whose tasks no filter but its own finds. */
async function tagged(
  store: Store,
  trial: Trial,
  taskIds: readonly string[] = ['task-1'],
): Promise<{ readonly snapshot: Snapshot; readonly tags: readonly string[] }> {
  const tags = [trial.id('tag')]
  const tasks = taskIds.map((taskId) => ({ taskId, tags }))
  return { snapshot: await saveReady(store, trial, {}, tasks), tags }
}

async function claimed(
  store: Store,
  trial: Trial,
): Promise<Awaited<ReturnType<typeof tagged>> & { readonly claim: TaskClaim }> {
  const ready = await tagged(store, trial)
  const claim = await store.claims.claim({ ...taskOf(ready.snapshot), ...hold })
  if (claim === null) throw new Inconclusive('A ready task could not be claimed')
  return { ...ready, claim }
}

/** A claim that can be let go of is the one that the store has. */
async function held(claims: ClaimRepository, claim: TaskClaim, what: string): Promise<void> {
  equal(await claims.release(claim), true, `whether the claim of ${what}, is held`)
}

async function available(store: Store, tags: readonly string[]): Promise<readonly unknown[]> {
  return (await store.claims.findAvailable({ tags })).items
}

/** Claims, and what a claim fences. */
export const claimWrites: readonly Write[] = [
  {
    rule: 'RETRY-24',
    method: 'snapshots.save, fenced',
    needs: ['snapshots', 'claims'],
    features: ['fencing'],
    bugs: ['sayiir PR#152', 'durabletask#890'],
    async prepare(store, trial) {
      const { snapshot, claim } = await claimed(store, trial)
      return {
        call: async ({ snapshots }, options) =>
          snapshots.save({ ...snapshot, state: 'next' }, { ...options, fence: claim }),
        look: async ({ snapshots }) => snapshots.load(keyOf(snapshot)),
      }
    },
  },
  {
    rule: 'RETRY-25',
    method: 'claims.claim',
    needs: ['snapshots', 'claims'],
    bugs: ['Hangfire.PostgreSql#130', 'sayiir claim_task live claim even own'],
    async prepare(store, trial) {
      const { snapshot, tags } = await tagged(store, trial)
      return {
        call: async ({ claims }, options) =>
          claims.claim({ ...taskOf(snapshot), ...hold }, options),
        look: async (reader) => available(reader, tags),
        confirm: async ({ claims }, claim, what) => held(claims, claim as TaskClaim, what),
      }
    },
  },
  {
    rule: 'RETRY-26',
    method: 'claims.extend',
    needs: ['snapshots', 'claims'],
    bugs: ['durabletask-go#59'],
    async prepare(store, trial) {
      const { claim, tags } = await claimed(store, trial)
      return {
        call: async ({ claims }, options) => claims.extend(claim, 2 * LONG, options),
        look: async (reader) => available(reader, tags),
      }
    },
  },
  {
    rule: 'RETRY-27',
    method: 'claims.release',
    needs: ['snapshots', 'claims'],
    bugs: ['Hangfire.PostgreSql#130'],
    gone: false,
    async prepare(store, trial) {
      const { claim, tags } = await claimed(store, trial)
      return {
        call: async ({ claims }, options) => claims.release(claim, options),
        look: async (reader) => available(reader, tags),
      }
    },
  },
  {
    rule: 'RETRY-28',
    method: 'claims.claimNext',
    needs: ['snapshots', 'claims'],
    bugs: ['hatchet PR#4454', 'Conductor#576', 'vercel/workflow#85'],
    async prepare(store, trial) {
      const { tags } = await tagged(store, trial, ['task-1', 'task-2', 'task-3'])
      return {
        call: async ({ claims }, options) => claims.claimNext({ ...hold, tags }, options),
        look: async (reader) => available(reader, tags),
        confirm: async ({ claims }, taken, what) =>
          held(claims, (taken as ClaimedTask).claim, what),
      }
    },
  },
]
