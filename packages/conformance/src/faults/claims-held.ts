import { fault, override, type Fault } from './fault.ts'
import { memo, overrideClaims, taskName } from './holds.ts'

export const claimHeldFaults: readonly Fault[] = [
  fault('extend-adds', {
    rule: 'CLAIM-12',
    bug: 'sayiir: an additive extend drifts far ahead',
    says: /the expiry is now \+ ttl/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async extend(claim, ttl, options) {
          const left = claim.expiresAt === null ? 0 : claim.expiresAt - claim.claimedAt
          return real.extend(claim, ttl === null ? null : ttl + left, options)
        },
      })),
  }),

  fault('extend-only-says-so', {
    rule: 'CLAIM-13',
    bug: 'durabletask-go#137: a lock is not renewed',
    says: /after the first expiry of a claim that was extended/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async extend(claim, ttl, options) {
          const first = claim.expiresAt === null ? null : claim.expiresAt - claim.claimedAt
          if (ttl === null || first === null || ttl <= first)
            return real.extend(claim, ttl, options)
          const extended = await real.extend(claim, first, options)
          if (extended === null || extended.expiresAt === null) return extended
          return { ...extended, expiresAt: extended.expiresAt - first + ttl }
        },
      })),
  }),

  fault('extend-by-any-worker', {
    rule: 'CLAIM-14',
    bug: 'bull#1416: the owner of a lock is not checked',
    says: /extend by another worker/,
    wrap: (provider, store) =>
      overrideClaims(provider, store, (real, last) => ({
        async extend(claim, ttl, options) {
          const { workerId } = last.get(taskName(claim))?.claim ?? claim
          return real.extend({ ...claim, workerId }, ttl, options)
        },
      })),
  }),

  fault('extend-with-any-token', {
    rule: 'CLAIM-14',
    bug: 'sayiir: a claim is known by its worker alone',
    says: /extend with another token/,
    wrap: (provider, store) =>
      overrideClaims(provider, store, (real, last) => ({
        async extend(claim, ttl, options) {
          const known = last.get(taskName(claim))?.claim ?? claim
          const { token } = known.workerId === claim.workerId ? known : claim
          return real.extend({ ...claim, token }, ttl, options)
        },
      })),
  }),

  fault('extend-revives', {
    rule: 'CLAIM-15',
    bug: 'sayiir: extend revives an expired claim',
    says: /extend of a claim at its expiry/,
    wrap: (provider, store) =>
      overrideClaims(provider, store, (real, last) => ({
        async extend(claim, ttl, options) {
          const extended = await real.extend(claim, ttl, options)
          if (extended !== null || last.get(taskName(claim))?.claim.token !== claim.token)
            return extended
          const { instanceId, workflowId, taskId, workerId } = claim
          return real.claim({ instanceId, workflowId, taskId, workerId, ttl })
        },
      })),
  }),

  fault('release-by-any-worker', {
    rule: 'CLAIM-16',
    also: ['KEY-08'],
    bug: 'bull#1416: the owner of a lock is not checked',
    says: /release by another worker/,
    wrap: (provider, store) =>
      overrideClaims(provider, store, (real, last) => ({
        async release(claim, options) {
          const { workerId } = last.get(taskName(claim))?.claim ?? claim
          return real.release({ ...claim, workerId }, options)
        },
      })),
  }),

  fault('release-twice', {
    rule: 'CLAIM-17',
    bug: 'sayiir: stores differ on the release of what is not held',
    says: /release of a claim that was released/,
    wrap: (provider, store) =>
      override(provider, 'claims', (real) => {
        const released = memo(store, 'released', () => new Set<string>())
        return {
          async release(claim, options) {
            const name = `${taskName(claim)} ${claim.token}`
            if (await real.release(claim, options)) {
              released.add(name)
              return true
            }
            return released.has(name)
          },
        }
      }),
  }),
]
