import {
  isPersistenceError,
  type PersistenceProvider,
  type TaskClaim,
  type TaskKey,
} from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { gap } from './gap.ts'
import { lastClaims, snapshotKey, taskName, trackClaims } from './holds.ts'

/** Check first, act later: right for one client, wrong for two. */
export const raceWinnerFaults: readonly Fault[] = [
  fault('claim-check-then-set', {
    rule: 'RACE-01',
    also: ['HANDOFF-03'],
    bug: 'workflow-core W4: a claim that another worker holds is given again',
    says: /a claim on one task: \d of \d clients won/,
    wrap: (provider, store) => ghostClaims(provider, store, (known) => !known),
  }),

  fault('takeover-check-then-set', {
    rule: 'RACE-02',
    also: ['LEASE-01', 'LEASE-02', 'LEASE-03', 'HANDOFF-02', 'HANDOFF-03'],
    bug: 'ahydrax/Hangfire.PostgreSql#26: an expired claim goes to several workers',
    says: /a claim that expired: \d of \d clients won/,
    wrap: (provider, store) => ghostClaims(provider, store, (known) => known),
  }),

  fault('workflow-version-check-then-set', {
    rule: 'RACE-03',
    also: ['LINEAR-01', 'ATOMIC-03'],
    bug: 'agentfield PR#953: read, modify, write without a lock',
    says: /an update of one version of a workflow: \d of \d clients won/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          const seen = await readable(async () => real.get(workflow.id))
          if (seen?.version !== workflow.version) return real.update(workflow, options)
          await gap()
          const { version } = (await real.get(workflow.id)) ?? workflow
          return real.update({ ...workflow, version }, options)
        },
      })),
  }),

  fault('step-version-check-then-set', {
    rule: 'RACE-04',
    also: ['LINEAR-02'],
    bug: 'Gorkflow: a step is read, merged, and written',
    says: /an update of one version of a step: \d of \d clients won/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async update(step, options) {
          const { workflowId, stepId } = step
          const seen = await readable(async () => real.get({ workflowId, stepId }))
          if (seen?.version !== step.version) return real.update(step, options)
          await gap()
          const { version } = (await real.get({ workflowId, stepId })) ?? step
          return real.update({ ...step, version }, options)
        },
      })),
  }),

  fault('snapshot-version-check-then-set', {
    rule: 'RACE-05',
    also: ['LINEAR-03', 'LIFE-09'],
    bug: 'Azure/durabletask#890: two owners overwrite one history',
    says: /a save over one version of a snapshot: \d of \d clients won/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          const seen = await readable(async () => real.load(snapshotKey(snapshot)))
          if (!seen || seen.version !== snapshot.version) return real.save(snapshot, options)
          await gap()
          const { version } = (await real.load(snapshotKey(snapshot))) ?? snapshot
          return real.save({ ...snapshot, version }, options)
        },
      })),
  }),

  fault('first-save-check-then-set', {
    rule: 'RACE-06',
    also: ['LIFE-09'],
    bug: 'dapr/components-contrib#994: no check where no version is given',
    says: /the first save of a snapshot: \d of \d clients won/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          const seen = await readable(async () => real.load(snapshotKey(snapshot)))
          if (seen || snapshot.version !== 0) return real.save(snapshot, options)
          await gap()
          const { version } =
            (await readable(async () => real.load(snapshotKey(snapshot)))) ?? snapshot
          return real.save({ ...snapshot, version }, options)
        },
      })),
  }),

  fault('token-check-then-set', {
    rule: 'RACE-07',
    also: ['LINEAR-07'],
    bug: 'workflow-core W24: two workers set a token, and both are told that they hold it',
    says: /a token on an open subscription: \d of \d clients won/,
    wrap: (provider) => overwrittenTokens(provider, (token) => token === null),
  }),

  fault('token-takeover-check-then-set', {
    rule: 'RACE-08',
    also: ['LINEAR-07'],
    bug: 'workflow-core W24, when the token of another worker has expired',
    says: /a token that expired: \d of \d clients won/,
    wrap: (provider) => overwrittenTokens(provider, (token) => token !== null),
  }),
]

/** Gives a claim to all who saw that a task is available. `wanted` chooses tasks by whether they were claimed before. */
function ghostClaims(
  provider: PersistenceProvider,
  store: Map<string, unknown>,
  wanted: (known: boolean) => boolean,
): PersistenceProvider {
  const last = lastClaims(store)
  return override(trackClaims(provider, store), 'claims', (real) => ({
    async claim(request, options) {
      const known = last.has(taskName(request))
      const free = wanted(known) && (await isAvailable(provider, request))
      if (!free) return real.claim(request, options)
      await gap()
      const claim = await real.claim(request, options)
      if (claim) return claim
      const { workerId, ttl, instanceId, workflowId, taskId } = request
      const held = last.get(taskName(request))?.claim
      if (!held) return null
      const { claimedAt, token } = held
      const expiresAt = ttl === null ? null : claimedAt + ttl
      return {
        instanceId,
        workflowId,
        taskId,
        workerId,
        token,
        claimedAt,
        expiresAt,
      } satisfies TaskClaim
    },
  }))
}

export async function isAvailable(provider: PersistenceProvider, task: TaskKey): Promise<boolean> {
  const found = await readable(async () => provider.claims?.findAvailable({ limit: 1000 }))
  return found?.items.some((one) => taskName(one) === taskName(task)) ?? false
}

function overwrittenTokens(
  provider: PersistenceProvider,
  wanted: (token: string | null) => boolean,
): PersistenceProvider {
  return override(provider, 'subscriptions', (real) => ({
    async setToken(id, request, options) {
      const seen = await readable(async () => real.get(id))
      if (!seen || !wanted(seen.token)) return real.setToken(id, request, options)
      await gap()
      if (await real.setToken(id, request, options)) return true
      const now = await real.get(id)
      // What was seen is still what is thought to be there.
      if (!now?.token || now.token === seen.token) return false
      await real.clearToken(id, now.token)
      return real.setToken(id, request)
    },
  }))
}

/** What a look gives; `undefined` where the real provider refuses the arguments, which is then its to say. */
export async function readable<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look()
  } catch (error) {
    if (isPersistenceError(error)) return undefined
    throw error
  }
}
