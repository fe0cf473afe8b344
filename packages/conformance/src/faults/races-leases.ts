import {
  isPersistenceError,
  type PersistenceProvider,
  type ScheduledCommand,
  type TaskClaim,
} from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { gap, longGap } from './gap.ts'
import { lastClaims, memo, snapshotKey, taskName, textOf, trackClaims } from './holds.ts'
import { isAvailable, readable } from './races-winners.ts'

/** Leases and queues that are right as long as nobody else is at work. */
export const raceLeaseFaults: readonly Fault[] = [
  fault('fence-remembered-by-its-process', {
    rule: 'LEASE-01',
    bug: 'sayiir PR#152: a worker trusts its own memory of a lease that another has taken over',
    says: /the save of a worker that was stopped: expected CLAIM_LOST, but it resolved/,
    wrap(provider, store) {
      const own = new Set<string>()
      const nameOf = (claim: TaskClaim): string => textOf([taskName(claim), `${claim.token}`])
      const tracked = override(trackClaims(provider, store), 'claims', (real) => ({
        async claim(request, options) {
          const claim = await real.claim(request, options)
          if (claim) own.add(nameOf(claim))
          return claim
        },
      }))
      return override(tracked, 'snapshots', (real) => ({
        async save(snapshot, options) {
          try {
            return await real.save(snapshot, options)
          } catch (error) {
            const fence = options?.fence
            if (!fence || !isPersistenceError(error, 'CLAIM_LOST') || !own.has(nameOf(fence)))
              throw error
            const last = lastClaims(store).get(taskName(fence))
            const stored = await real.load(snapshotKey(snapshot))
            const takenElsewhere = last && !last.released && !own.has(nameOf(last.claim))
            if (!takenElsewhere || stored?.version !== snapshot.version) throw error
            return real.save(snapshot)
          }
        },
      }))
    },
  }),

  fault('extend-check-then-set', {
    rule: 'LEASE-02',
    bug: 'sayiir: extend revives a claim that expired meanwhile',
    says: /one claim at its expiry has several holders/,
    wrap: (provider, store) =>
      override(trackClaims(provider, store), 'claims', (real) => ({
        async extend(claim, ttl, options) {
          const held = await isHeldBy(provider, store, claim)
          if (!held) return real.extend(claim, ttl, options)
          await gap()
          const extended = await real.extend(claim, ttl, options)
          const expiresAt = ttl === null ? null : claim.claimedAt + ttl
          const now = lastClaims(store).get(taskName(claim))?.claim
          // Gone is seen; that another took it is not.
          return extended ?? (now?.token === claim.token ? null : { ...claim, expiresAt })
        },
      })),
  }),

  fault('release-check-then-set', {
    rule: 'LEASE-03',
    bug: 'bull#1416: a lock is let go without a look at who owns it now',
    says: /who took the claim over holds it/,
    wrap: (provider, store) =>
      override(trackClaims(provider, store), 'claims', (real) => ({
        async release(claim, options) {
          const held = await isHeldBy(provider, store, claim)
          if (!held) return real.release(claim, options)
          await gap()
          if (await real.release(claim, options)) return true
          const now = lastClaims(store).get(taskName(claim))?.claim
          return now ? real.release(now) : false
        },
      })),
  }),

  fault('server-clock-of-the-client', {
    rule: 'LEASE-04',
    bug: 'temporal PR#7030 and its kind: a clock that is off decides',
    says: /whose clock is wrong, gets no claim that another holds/,
    wrap: (provider) => ({
      ...provider,
      capabilities: Object.freeze({ ...provider.capabilities, clock: 'server' as const }),
    }),
  }),

  fault('claim-next-check-then-set', {
    rule: 'HANDOFF-01',
    also: ['HANDOFF-02'],
    bug: 'hatchet PR#4454: the task is selected in one step and assigned in another',
    says: /was handed to \d workers/,
    wrap: (provider, store) =>
      override(trackClaims(provider, store), 'claims', (real) => ({
        async claimNext({ workerId, ttl, ...filter }, options) {
          const seen = await readable(async () => real.findAvailable({ ...filter, limit: 1 }))
          const [task] = seen?.items ?? []
          await gap()
          const next = await real.claimNext({ workerId, ttl, ...filter }, options)
          if (!task || (next && taskName(next.task) === taskName(task))) return next
          const held = lastClaims(store).get(taskName(task))?.claim
          if (!held) return next
          if (next) await real.release(next.claim)
          return { task, claim: { ...held, workerId } }
        },
      })),
  }),

  fault('claim-next-from-a-stale-list', {
    rule: 'HANDOFF-02',
    bug: 'microsoft/durabletask-mssql#214: what is done is handed out again',
    says: /was handed task-\d, which it does not hold/,
    wrap: (provider, store) =>
      override(trackClaims(provider, store), 'claims', (real) => ({
        async claimNext({ workerId, ttl, ...filter }, options) {
          const seen = await readable(async () => real.findAvailable({ ...filter, limit: 1 }))
          const [task] = seen?.items ?? []
          await longGap()
          const next = await real.claimNext({ workerId, ttl, ...filter }, options)
          const last = task && lastClaims(store).get(taskName(task))
          if (next || !task || !last?.released) return next
          return { task, claim: { ...last.claim, workerId } }
        },
      })),
  }),

  fault('tokens-of-a-counter-read-before', {
    rule: 'HANDOFF-03',
    bug: 'dotnet/orleans#1217 and its kind: a counter is read, and written later',
    says: /a lease on a task is not linearizable/,
    wrap(provider, store) {
      const counters = memo(store, 'counters', () => new Map<string, number>())
      const claims = memo(store, 'claims', () => new Map<string, TaskClaim>())
      const nameOf = (claim: TaskClaim): string =>
        textOf([taskName(claim), claim.workerId, `${claim.token}`])
      const realOf = (claim: TaskClaim): TaskClaim => claims.get(nameOf(claim)) ?? claim
      const tracked = override(provider, 'claims', (real) => ({
        async claim(request, options) {
          const name = taskName(request)
          const read = counters.get(name)
          await gap(8)
          const claim = await real.claim(request, options)
          // The first claim of a task, and all that are made alone, are numbered by the store.
          if (!claim) return null
          const alone = read === counters.get(name)
          const token = alone || read === undefined ? claim.token : read
          counters.set(name, Math.max(claim.token, counters.get(name) ?? 0))
          const told = { ...claim, token }
          claims.set(nameOf(told), claim)
          return told
        },
        async extend(claim, ttl, options) {
          const extended = await real.extend(realOf(claim), ttl, options)
          return extended && { ...extended, token: claim.token }
        },
        release: async (claim, options) => real.release(realOf(claim), options),
      }))
      return override(tracked, 'snapshots', (real) => ({
        async save(snapshot, options) {
          const fence = options?.fence
          return real.save(snapshot, fence ? { ...options, fence: realOf(fence) } : options)
        },
      }))
    },
  }),

  fault('command-handled-by-two', {
    rule: 'QUEUE-01',
    also: ['QUEUE-04', 'CMD-10'],
    bug: 'bull#308: a job that is under way is taken for stalled',
    says: /commands that two processors handled at a time/,
    wrap(provider, store) {
      const handled = underWay(store)
      return override(provider, 'commands', (real) => ({
        async process(query, handler, options) {
          if (typeof handler !== 'function') return real.process(query, handler, options)
          const report = await real.process(
            query,
            async (command, context) => {
              handled.set(nameOf(command), command)
              try {
                return await handler(command, context)
              } finally {
                handled.delete(nameOf(command))
              }
            },
            options,
          )
          if (report.processed > 0) return report
          const context = { signal: new AbortController().signal }
          for (const command of [...handled.values()]) await handler(command, context)
          return report
        },
      }))
    },
  }),

  fault('schedule-lost-at-the-end-of-the-handler', {
    rule: 'QUEUE-02',
    also: ['QUEUE-04'],
    bug: 'workflow-core W9: what is scheduled between the end of the action and the delete is lost',
    says: /is handled again/,
    wrap(provider, store) {
      const settling = underWay(store)
      return override(provider, 'commands', (real) => ({
        async schedule(command, options) {
          return settling.get(nameOf(command)) ?? real.schedule(command, options)
        },
        async process(query, handler, options) {
          if (typeof handler !== 'function') return real.process(query, handler, options)
          const andSettle: typeof handler = async (command, context) => {
            const result: unknown = await handler(command, context)
            settling.set(nameOf(command), command)
            await longGap()
            settling.delete(nameOf(command))
            return result
          }
          return real.process(query, andSettle, options)
        },
      }))
    },
  }),

  fault('schedule-read-then-write', {
    rule: 'QUEUE-03',
    also: ['LIFE-09'],
    bug: 'workflow-core W10: of two times the later write wins',
    says: /the time of a command that several schedule/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        async schedule(command, options) {
          const stored = async (): Promise<ScheduledCommand | undefined> =>
            (await real.list({ limit: 1000 })).items.find((one) => nameOf(one) === nameOf(command))
          const before = await stored()
          await gap()
          const now = await stored()
          const lost = !before && now && now.executeAt < command.executeAt
          // Nothing can be put later: it is taken out, and put in again.
          if (lost) await real.process({ asOf: now.executeAt, limit: 1 }, () => {})
          return real.schedule(command, options)
        },
      })),
  }),

  fault('command-handled-again-from-a-stale-list', {
    rule: 'QUEUE-04',
    also: ['QUEUE-01'],
    bug: 'Hangfire.PostgreSql#130: what another processor has done is done once more',
    says: /schedule and process is not linearizable/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        async process(query, handler, options) {
          const due = async (): Promise<readonly ScheduledCommand[]> => {
            const found = await readable(async () => real.list({ limit: 1000 }))
            return (found?.items ?? []).filter(({ executeAt }) => executeAt <= query.asOf)
          }
          const before = await due()
          await longGap()
          const now = new Set((await due()).map(nameOf))
          const report = await real.process(query, handler, options)
          const context = { signal: new AbortController().signal }
          for (const command of before)
            if (!now.has(nameOf(command))) await handler(command, context)
          return report
        },
      })),
  }),
]

function underWay(store: Map<string, unknown>): Map<string, ScheduledCommand> {
  return memo(store, 'commands under way', () => new Map<string, ScheduledCommand>())
}

function nameOf({ name, data }: ScheduledCommand): string {
  return textOf([name, data])
}

async function isHeldBy(
  provider: PersistenceProvider,
  store: Map<string, unknown>,
  claim: TaskClaim,
): Promise<boolean> {
  const last = lastClaims(store).get(taskName(claim))
  const same = last && !last.released && last.claim.token === claim.token
  return (
    same === true && last.claim.workerId === claim.workerId && !(await isAvailable(provider, claim))
  )
}
