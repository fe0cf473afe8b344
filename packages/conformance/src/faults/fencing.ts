import {
  PersistenceError,
  isPersistenceError,
  type PersistenceProvider,
  type TaskClaim,
} from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import {
  lastClaims,
  snapshotKey,
  snapshotName,
  taskName,
  trackClaims,
  type LastClaim,
} from './holds.ts'

export const fencingFaults: readonly Fault[] = [
  fault('fenced-save-lets-go', {
    rule: 'FENCE-01',
    bug: 'Flow Orchestrator: a checkpoint that does not keep the lease',
    says: /the claim is held after the save that it fenced/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          const saved = await real.save(snapshot, options)
          const fence = options?.fence
          const stays = saved.readyTasks.some(({ taskId }) => taskId === fence?.taskId)
          if (fence && stays) await provider.claims?.release(fence)
          return saved
        },
      })),
  }),

  fault('fence-outlives-expiry', {
    rule: 'FENCE-02',
    bug: 'sayiir PR#152: a worker whose lease expired overwrites progress',
    says: /a save fenced by a claim at its expiry/,
    wrap: (provider, store) =>
      unfenced(
        provider,
        store,
        (fence, last) =>
          !last.released && last.claim.token === fence.token && sameWorker(fence, last),
      ),
  }),

  fault('fence-outlives-release', {
    rule: 'FENCE-03',
    bug: 'bull#1416: a write without a look at who owns the lock',
    says: /a save fenced by a claim that was released/,
    wrap: (provider, store) =>
      unfenced(provider, store, (fence, last) => last.released && last.claim.token === fence.token),
  }),

  fault('fence-sees-that-somebody-holds', {
    rule: 'FENCE-04',
    bug: 'Azure/durabletask#890: an old owner overwrites the history of the new one',
    says: /a save fenced by a claim that was taken over/,
    wrap: (provider, store) =>
      unfenced(provider, store, (fence, last) => !last.released && fence.token < last.claim.token),
  }),

  fault('fence-of-any-worker', {
    rule: 'FENCE-05',
    bug: 'bull#1416: the owner of a lock is not checked',
    says: /a save fenced by the claim of another worker/,
    wrap: (provider, store) =>
      unfenced(
        provider,
        store,
        (fence, last) =>
          !last.released && fence.token === last.claim.token && !sameWorker(fence, last),
      ),
  }),

  fault('version-before-fence', {
    rule: 'FENCE-06',
    bug: 'Azure/durabletask PR#1235: Conflict where callers handle another error',
    says: /expected CLAIM_LOST, got CONFLICT/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          const first = options?.fence !== undefined && options.requestId === undefined
          const stored = first ? await real.load(snapshotKey(snapshot)) : null
          if (stored && stored.version !== snapshot.version)
            throw new PersistenceError('CONFLICT', `The snapshot is at version ${stored.version}`)
          return real.save(snapshot, options)
        },
      })),
  }),

  fault('fence-in-place-of-the-version', {
    rule: 'FENCE-07',
    bug: 'dapr/components-contrib#1244: no ETag inside a transaction',
    says: /with a held claim and version 1 of a snapshot at 2: expected CONFLICT/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          try {
            return await real.save(snapshot, options)
          } catch (error) {
            if (!options?.fence || !isPersistenceError(error, 'CONFLICT')) throw error
            const { version } = (await real.load(snapshotKey(snapshot))) ?? snapshot
            return real.save({ ...snapshot, version }, options)
          }
        },
      })),
  }),

  fault('fence-of-any-snapshot', {
    rule: 'FENCE-08',
    bug: 'sayiir PR#138: a part of the key is ignored',
    says: /a save fenced by a claim on another snapshot/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          const { fence, ...rest } = options ?? {}
          const elsewhere = fence && snapshotName(fence) !== snapshotName(snapshot)
          return real.save(snapshot, elsewhere ? rest : options)
        },
      })),
  }),

  fault('claim-goes-with-its-task', {
    rule: 'FENCE-09',
    bug: 'sayiir: a claim that nobody can release',
    says: /the claim on the task that is done is held/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          const saved = await real.save(snapshot, options)
          const fence = options?.fence
          const stays = saved.readyTasks.some(({ taskId }) => taskId === fence?.taskId)
          if (fence && !stays) await provider.claims?.release(fence)
          return saved
        },
      })),
  }),
]

/** Saves without the fence when the claim is lost in this way, if the save would be fine otherwise. */
function unfenced(
  provider: PersistenceProvider,
  store: Map<string, unknown>,
  lostButTaken: (fence: TaskClaim, last: LastClaim) => boolean,
): PersistenceProvider {
  return override(trackClaims(provider, store), 'snapshots', (real) => ({
    async save(snapshot, options) {
      try {
        return await real.save(snapshot, options)
      } catch (error) {
        const fence = options?.fence
        if (!fence || !isPersistenceError(error, 'CLAIM_LOST')) throw error
        const last = lastClaims(store).get(taskName(fence))
        const stored = await real.load(snapshotKey(snapshot))
        if (!last || stored?.version !== snapshot.version || !lostButTaken(fence, last)) throw error
        return real.save(snapshot)
      }
    },
  }))
}

function sameWorker(fence: TaskClaim, { claim }: LastClaim): boolean {
  return fence.workerId === claim.workerId
}
