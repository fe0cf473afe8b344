import type { ClaimRequest, TaskClaim } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { firstJoined, memo, overrideClaims, snapshotKey, snapshotName, taskName } from './holds.ts'

export const claimFaults: readonly Fault[] = [
  fault('claimed-at-a-whole-second', {
    rule: 'CLAIM-01',
    bug: 'sayiir: claims count in seconds',
    says: /claimedAt is now/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => {
        const inSeconds = (claim: TaskClaim): TaskClaim => ({
          ...claim,
          claimedAt: Math.floor(claim.claimedAt / 1000) * 1000,
        })
        return {
          async claim(request, options) {
            const claim = await real.claim(request, options)
            return claim && inSeconds(claim)
          },
          async extend(claim, ttl, options) {
            const extended = await real.extend(claim, ttl, options)
            return extended && inSeconds(extended)
          },
        }
      }),
  }),

  fault('claim-of-nothing', {
    rule: 'CLAIM-02',
    also: ['LIFE-05', 'MISSING-11'],
    bug: 'sayiir: the InMemoryBackend claims anything, workflow-core W33',
    says: /claim of a task of a snapshot that is not there/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async claim(request, options) {
          const claim = await real.claim(request, options)
          const snapshot = await provider.snapshots?.load(snapshotKey(request))
          return claim ?? (snapshot === null ? ghost(request) : null)
        },
      })),
  }),

  fault('claim-in-a-halted-snapshot', {
    rule: 'CLAIM-03',
    bug: 'workflow-core W3: what is suspended or terminated is handed out',
    says: /claim of a task of a paused snapshot/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async claim(request, options) {
          const claim = await real.claim(request, options)
          const snapshot = await provider.snapshots?.load(snapshotKey(request))
          const halted = snapshot && snapshot.status !== 'running'
          return claim ?? (halted ? ghost(request) : null)
        },
      })),
  }),

  fault('claim-of-what-is-done', {
    rule: 'CLAIM-04',
    bug: 'Flow Orchestrator: reclaim of what is over',
    says: /claim of a task that is no longer ready/,
    wrap(provider, store) {
      const once = memo(store, 'ready once', () => new Set<string>())
      const saving = override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          const saved = await real.save(snapshot, options)
          for (const { taskId } of saved.readyTasks) once.add(taskName({ ...saved, taskId }))
          return saved
        },
      }))
      return override(saving, 'claims', (real) => ({
        async claim(request, options) {
          const claim = await real.claim(request, options)
          const snapshot = await provider.snapshots?.load(snapshotKey(request))
          const done =
            snapshot?.status === 'running' &&
            once.has(taskName(request)) &&
            snapshot.readyTasks.every(({ taskId }) => taskId !== request.taskId)
          return claim ?? (done ? ghost(request) : null)
        },
      }))
    },
  }),

  fault('claim-is-re-entrant', {
    rule: 'CLAIM-05',
    also: ['REQ-13'],
    bug: 'workflow-core W4: a second claim is granted',
    says: /claim by worker-1 of a task that worker-1 holds/,
    wrap: (provider, store) =>
      overrideClaims(provider, store, (real, last) => ({
        async claim(request, options) {
          const claim = await real.claim(request, options)
          const known = last.get(taskName(request))
          const own = known?.released === false && known.claim.workerId === request.workerId
          return claim ?? (own ? known.claim : null)
        },
      })),
  }),

  fault('claim-not-at-the-expiry', {
    rule: 'CLAIM-06',
    bug: 'workflow-core: `<` here and `<=` there',
    says: /claim of a task whose claim has expired/,
    wrap: (provider, store) =>
      overrideClaims(provider, store, (real, last) => ({
        async claim(request, options) {
          const known = last.get(taskName(request))
          const claim = await real.claim(request, options)
          if (claim === null || known?.released !== false) return claim
          if (known.claim.expiresAt !== claim.claimedAt) return claim
          await real.release(claim)
          return null
        },
      })),
  }),

  fault('endless-claim-ends-in-a-day', {
    rule: 'CLAIM-07',
    bug: 'workflow-core W28: null is stored as a number',
    says: /claim, much later, of a task that is held without a ttl/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async claim(request, options) {
          const { ttl } = request
          const claim = await real.claim(
            { ...request, ttl: ttl === null ? 86_400_000 : ttl },
            options,
          )
          return claim && ttl === null ? { ...claim, expiresAt: null } : claim
        },
      })),
  }),

  fault('lease-below-a-second-is-a-second', {
    rule: 'CLAIM-08',
    bug: 'sayiir: EXTRACT(EPOCH) rounds up',
    says: /claim after the 30 ms of a lease/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async claim(request, options) {
          const { ttl } = request
          const isShort = Number.isInteger(ttl) && ttl !== null && ttl > 0 && ttl < 1000
          return real.claim(isShort ? { ...request, ttl: 1000 } : request, options)
        },
      })),
  }),

  fault('lease-below-a-second-is-over', {
    rule: 'CLAIM-08',
    bug: 'sayiir: a TTL below a second is truncated to 0',
    says: /claim within the 30 ms of a lease/,
    wrap: (provider, store) =>
      overrideClaims(provider, store, (real, last) => ({
        async claim(request, options) {
          const known = last.get(taskName(request))
          const claim = await real.claim(request, options)
          if (claim !== null || known === undefined || known.released) return claim
          const { claimedAt, expiresAt } = known.claim
          if (expiresAt === null || expiresAt - claimedAt >= 1000) return null
          await real.release(known.claim)
          return real.claim(request, options)
        },
      })),
  }),

  fault('token-begins-anew-after-a-delete', {
    rule: 'CLAIM-09',
    bug: 'sayiir PR#152: the token lives in the row that a delete takes away',
    says: /the token grows across a delete of the snapshot/,
    wrap(provider, store) {
      // What is subtracted from the tokens of a snapshot; `null` until the first claim after its delete.
      const bases = memo(store, 'bases', () => new Map<string, number | null>())
      const toShown = (claim: TaskClaim): TaskClaim => {
        if (bases.get(snapshotName(claim)) === null) bases.set(snapshotName(claim), claim.token - 1)
        return { ...claim, token: claim.token - (bases.get(snapshotName(claim)) ?? 0) }
      }
      const toReal = (claim: TaskClaim): TaskClaim => ({
        ...claim,
        token: claim.token + (bases.get(snapshotName(claim)) ?? 0),
      })
      const deleting = override(provider, 'snapshots', (real) => ({
        async delete(key, options) {
          bases.set(snapshotName(key), null)
          return real.delete(key, options)
        },
      }))
      return override(deleting, 'claims', (real) => ({
        async claim(request, options) {
          const claim = await real.claim(request, options)
          return claim && toShown(claim)
        },
        async extend(claim, ttl, options) {
          const extended = await real.extend(toReal(claim), ttl, options)
          return extended && toShown(extended)
        },
        release: async (claim, options) => real.release(toReal(claim), options),
      }))
    },
  }),

  fault('release-of-one-task-releases-all', {
    rule: 'CLAIM-10',
    bug: 'sayiir PR#138: release ignores task_id',
    says: /claim of the second task, after the release of the first/,
    wrap: (provider, store) =>
      overrideClaims(provider, store, (real, last) => ({
        async release(claim, options) {
          const done = await real.release(claim, options)
          for (const { claim: other } of last.values()) {
            const sibling =
              other.instanceId === claim.instanceId &&
              other.workflowId === claim.workflowId &&
              other.workerId === claim.workerId
            if (done && sibling) await real.release(other)
          }
          return done
        },
      })),
  }),

  fault('task-key-joined', {
    rule: 'CLAIM-11',
    bug: 'sayiir: the key "{instance}:{task}" is ambiguous',
    says: /which nobody holds, gives a claim/,
    wrap: (provider, store) =>
      override(provider, 'claims', (real) => ({
        async claim(request, options) {
          const { instanceId, workflowId, taskId } = request
          const key = { instanceId, workflowId, taskId }
          const parts = [instanceId, workflowId, taskId]
          const first = firstJoined(store, 'tasks', parts, key)
          return real.claim({ ...request, ...first }, options)
        },
      })),
  }),
]

/** A claim that no store made. */
function ghost(request: ClaimRequest): TaskClaim {
  const { ttl: _, ...rest } = request
  return { ...rest, token: 1, claimedAt: 0, expiresAt: null }
}
