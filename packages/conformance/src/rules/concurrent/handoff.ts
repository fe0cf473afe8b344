import type { Snapshot, TaskClaim } from '@holdfast/spec'
import fc from 'fast-check'
import { lease, type LeaseInput, type LeaseOutput } from '@holdfast/linearizability'
import { isPersistenceError } from '@holdfast/spec'
import type { Client } from '../../concurrent/clients.ts'
import { linearizable, observe } from '../../concurrent/observe.ts'
import { allDone, atWork, overlap, rounds } from '../../concurrent/race.ts'
import type { Span } from '../../concurrent/workers.ts'
import { Violation, equal, ok } from '../../expect.ts'
import { rule, type Rule } from '../../rule.ts'
import { LONG, keyOf, saveReady, taskOf } from '../ready.ts'

const TASKS = 12

/** Decision 10, for workers that look for work. */
export const handoff: readonly Rule[] = [
  rule('HANDOFF-01', {
    title:
      'claimNext hands each ready task to exactly one of several workers, and all of them in the end',
    clause: 10,
    level: 'concurrent',
    needs: ['snapshots', 'claims'],
    bugs: ['durabletask-go#59', 'hatchet PR#4454', 'Netflix/conductor#576', 'bull#91'],
    async check(_store, trial) {
      const clients = await trial.clients<'snapshots' | 'claims'>()
      await rounds(trial, clients, async (lineup) => {
        const tag = trial.id('tag')
        const ids = Array.from({ length: TASKS }, (_, index) => `task-${index + 1}`)
        const [first = clients[0]] = lineup
        if (first === undefined) return false
        await saveReady(
          first.store,
          trial,
          {},
          ids.map((taskId) => ({ taskId, tags: [tag] })),
        )
        const got: { readonly taskId: string; readonly client: string; readonly span: Span }[] = []
        await allDone(
          lineup.map(async (client) => {
            for (;;) {
              const request = { workerId: client.name, ttl: LONG, tags: [tag] }
              const next = await client.store.claims.claimNext(request)
              if (next === null) return
              got.push({ taskId: next.task.taskId, client: client.name, span: client.last })
            }
          }),
        )
        // Whoever came to nothing while others took may have left something.
        for (;;) {
          const request = { workerId: 'last', ttl: LONG, tags: [tag] }
          const next = await first.store.claims.claimNext(request)
          if (next === null) break
          got.push({ taskId: next.task.taskId, client: 'last', span: first.last })
        }
        for (const id of ids) {
          const holders = got.filter(({ taskId }) => taskId === id).map(({ client }) => client)
          ok(
            holders.length === 1,
            `${id} was handed to ${holders.length} workers (${holders.join(', ')}), not to one`,
          )
        }
        return got.some((one) =>
          got.some((other) => one.client !== other.client && overlap(one.span, other.span)),
        )
      })
    },
  }),

  rule('HANDOFF-02', {
    title:
      'workers that claim, save with their claim and let go run every task of an execution once, in order',
    clause: 10,
    level: 'concurrent',
    needs: ['snapshots', 'claims'],
    features: ['fencing'],
    bugs: ['microsoft/durabletask-mssql#214', 'bullmq#439', 'bull#91'],
    async check(store, trial) {
      const STEPS = 6
      const clients = await trial.clients<'snapshots' | 'claims'>()
      await rounds(
        trial,
        clients,
        async (lineup) => {
          const tag = trial.id('tag')
          const ready = (step: number) =>
            step < STEPS ? [{ taskId: `task-${step}`, tags: [tag], priority: 0 }] : []
          const first = await saveReady(store, trial, { state: [] }, ready(0))
          const spans: { readonly client: string; readonly span: Span }[] = []
          let left = STEPS
          await allDone(
            lineup.map(async (client) => {
              for (let tries = 0; left > 0 && tries < 200; tries += 1) {
                const request = { workerId: client.name, ttl: LONG, tags: [tag] }
                const next = await client.store.claims.claimNext(request)
                spans.push({ client: client.name, span: client.last })
                if (next === null) {
                  await new Promise((resolve) => setTimeout(resolve, 2))
                  continue
                }
                const { claim, task } = next
                const stored = await client.store.snapshots.load(keyOf(first))
                const done = (stored?.state ?? []) as readonly string[]
                const saved = await saveHeld(client, claim, {
                  ...(stored as Snapshot),
                  state: [...done, task.taskId],
                  readyTasks: ready(done.length + 1),
                })
                left = STEPS - (saved.state as readonly string[]).length
                equal(await client.store.claims.release(claim), true, 'release after the work')
              }
            }),
          )
          const end = await store.snapshots.load(keyOf(first))
          const expected = Array.from({ length: STEPS }, (_, step) => `task-${step}`)
          equal(end?.state, expected, 'what was run, in order')
          return spans.some((one) =>
            spans.some((other) => one.client !== other.client && overlap(one.span, other.span)),
          )
        },
        { share: 0.1, fewest: 5 },
      )
    },
  }),

  rule('HANDOFF-03', {
    title:
      'claim, extend, release and fenced save are linearizable, as a lease with tokens that grow',
    clause: 10,
    level: 'concurrent',
    needs: ['snapshots', 'claims'],
    features: ['fencing'],
    bugs: ['sayiir PR#152', 'Flow Orchestrator z1', 'dotnet/orleans#1217'],
    async check(store, trial) {
      const clients = await trial.clients<'snapshots' | 'claims'>()
      const step = fc.constantFrom('claim', 'claim', 'extend', 'release', 'release', 'use')
      await atWork(
        trial,
        clients,
        step,
        async (perform) => {
          const saved = await saveReady(store, trial)
          const task = taskOf(saved)
          const seen = observe<LeaseInput, LeaseOutput>()
          const last = new Map<string, TaskClaim>()
          await perform(async (client, op) => {
            const { claims, snapshots } = client.store
            const claim = last.get(client.name)
            if (op === 'claim' || claim === undefined) {
              return seen.note(client, { op: 'claim', ttl: null }, async () => {
                const got = await claims.claim({ ...task, workerId: client.name, ttl: LONG })
                if (got !== null) last.set(client.name, got)
                return got?.token ?? null
              })
            }
            const { token } = claim
            if (op === 'extend') {
              return seen.note(client, { op, token, ttl: null }, async () => {
                const extended = await claims.extend(claim, LONG)
                return extended !== null
              })
            }
            if (op === 'release') {
              return seen.note(client, { op, token }, async () => claims.release(claim))
            }
            return seen.note(client, { op: 'use', token }, async () => {
              try {
                // A version that is never there: what counts is which of the two refuses it.
                await snapshots.save({ ...saved, version: 999 }, { fence: claim })
                return true
              } catch (error) {
                if (isPersistenceError(error, 'CONFLICT')) return true
                if (isPersistenceError(error, 'CLAIM_LOST')) return false
                throw error
              }
            })
          })
          const refused = seen.operations.some(({ output }) => output === null || output === false)
          return linearizable(trial, lease(), seen, 'a lease on a task') && refused
        },
        { share: 0.3, fewest: 8 },
      )
    },
  }),
]

/** Saves with the claim that a worker was handed with a task. */
async function saveHeld(
  { name, store: { snapshots } }: Client<'snapshots'>,
  fence: TaskClaim,
  snapshot: Snapshot,
): Promise<Snapshot> {
  try {
    return await snapshots.save(snapshot, { fence })
  } catch (error) {
    if (!isPersistenceError(error, 'CLAIM_LOST')) throw error
    throw new Violation(`${name} was handed ${fence.taskId}, which it does not hold`, {
      cause: error,
    })
  }
}
