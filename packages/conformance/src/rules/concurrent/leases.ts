import type { Snapshot, TaskClaim } from '@holdfast/spec'
import type { Client } from '../../concurrent/clients.ts'
import {
  allDone,
  contest,
  contested,
  expiries,
  oneWinner,
  overlap,
  race,
  rounds,
  type Attempt,
} from '../../concurrent/race.ts'
import { equal, ok, rejects } from '../../expect.ts'
import { rule, type Rule, type Store } from '../../rule.ts'
import type { Trial } from '../../trial.ts'
import { LONG, keyOf, saveReady, taskOf } from '../ready.ts'

/** Decision 10: who lost a claim without knowing it does no harm. */
export const leases: readonly Rule[] = [
  rule('LEASE-01', {
    title:
      'a worker that is stopped past its lease, while another takes its task, writes nothing when it goes on',
    clause: 10,
    level: 'concurrent',
    needs: ['snapshots', 'claims'],
    features: ['fencing'],
    bugs: ['sayiir PR#152', 'Azure/durabletask#890', 'Flow Orchestrator z1'],
    async check(store, trial) {
      const clients = await trial.clients<'snapshots' | 'claims'>()
      await rounds(
        trial,
        clients,
        async ([zombie, ...lineup]) => {
          if (zombie === undefined) return false
          const others = clients.filter(({ host }) => host !== zombie.host)
          const { saved, claim } = await held(store, trial, [zombie])
          zombie.stop()
          const late = zombie.store.snapshots.save({ ...saved, state: 'zombie' }, { fence: claim })
          const refused = rejects(late, 'CLAIM_LOST', 'the save of a worker that was stopped')
          // Awaited below; until then its worker is stopped.
          refused.catch(() => {})
          await trial.clock.advance(trial.clock.ttl + 1)
          const attempts = await raceForTask(others, saved)
          const { winner } = oneWinner(attempts, { value: null }, 'the task of a stopped worker')
          ok(winner, 'somebody takes over the task of a stopped worker')
          zombie.resume()
          // Sometimes it comes first.
          if (lineup.length % 2 === 0) await refused
          const work = store.snapshots.save({ ...saved, state: 'new' }, { fence: winner })
          const [done] = await allDone([work, refused])
          equal(await store.snapshots.load(keyOf(saved)), done, 'the work of the new holder stays')
          equal(await zombie.store.claims.extend(claim, LONG), null, 'extend by the old holder')
          equal(await zombie.store.claims.release(claim), false, 'release by the old holder')
          ok(await store.claims.extend(winner, LONG), 'the new holder still holds the task')
          return true
        },
        expiries(trial),
      )
    },
  }),

  rule('LEASE-02', {
    title:
      'of a worker that extends its claim while it expires and those who take it over at most one holds it',
    clause: 10,
    level: 'concurrent',
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: extend revives an expired claim', 'durabletask-go#137'],
    async check(store, trial) {
      const clients = await trial.clients<'claims'>()
      await rounds(
        trial,
        clients,
        async (lineup) => {
          const { saved, claim } = await held(store, trial, lineup)
          const attempts = await atExpiry(trial, lineup, saved, async (owner) =>
            owner.store.claims.extend(claim, LONG),
          )
          const all = contest(attempts.flat(), { value: null }, 'a claim at its expiry')
          const names = all.winners.map(({ client }) => client.name).join(' and ')
          ok(all.winners.length < 2, `one claim at its expiry has several holders: ${names}`)
          const [winner] = all.winners
          if (winner?.value) {
            ok(
              await store.claims.extend(winner.value, LONG),
              'who won the claim at its expiry holds it when the race is over',
            )
          }
          return contested(all)
        },
        expiries(trial),
      )
    },
  }),

  rule('LEASE-03', {
    title:
      'a worker that releases its claim while it expires does not release the claim of who takes it over',
    clause: 10,
    level: 'concurrent',
    needs: ['snapshots', 'claims'],
    bugs: ['bull#1416', 'sayiir: wrong-worker kind (P36)'],
    async check(store, trial) {
      const clients = await trial.clients<'claims'>()
      await rounds(
        trial,
        clients,
        async (lineup) => {
          const { saved, claim } = await held(store, trial, lineup)
          const [[release], claimed] = await atExpiry(trial, lineup, saved, async (owner) =>
            owner.store.claims.release(claim),
          )
          const { winners } = contest(claimed, { value: null }, 'a claim that is let go')
          ok(winners.length < 2, 'a claim that is let go has at most one new holder')
          const [winner] = winners
          if (!winner?.value) return false
          ok(
            await store.claims.extend(winner.value, LONG),
            'who took the claim over holds it after the old holder released its own',
          )
          return release !== undefined && overlap(release.span, winner.span)
        },
        expiries(trial),
      )
    },
  }),

  rule('LEASE-04', {
    title:
      'a worker whose clock is wrong neither takes a live claim nor loses one early, where the server tells the time',
    clause: 6,
    level: 'concurrent',
    needs: ['snapshots', 'claims'],
    features: ['serverClock'],
    bugs: ['temporal PR#7030'],
    async check(store, trial) {
      const skew = (host: number): number => (host % 2 === 0 ? 2 : -2) * LONG
      const clients = await trial.clients<'claims'>({ skew })
      await rounds(
        trial,
        clients,
        async () => {
          // One whose clock is ahead, and one whose clock is behind.
          for (const owner of clients.slice(0, 2)) {
            const { saved, claim } = await held(store, trial, [owner], LONG)
            const others = clients.filter(({ name }) => name !== owner.name)
            for (const { client, value, error } of await raceForTask(others, saved)) {
              ok(
                value === null && error === undefined,
                `${client.name}, whose clock is wrong, gets no claim that another holds`,
              )
            }
            ok(
              await owner.store.claims.extend(claim, LONG),
              'a holder whose clock is wrong extends its claim',
            )
          }
          return true
        },
        { share: 0.05, fewest: 5 },
      )
    },
  }),
]

/** A running snapshot whose task the first of the lineup holds for the clock's `ttl`. */
async function held(
  store: Store<'snapshots'>,
  trial: Trial,
  [owner]: readonly Client<'claims'>[],
  ttl: number = trial.clock.ttl,
): Promise<{ readonly saved: Snapshot; readonly claim: TaskClaim }> {
  const saved = await saveReady(store, trial)
  const claim = await owner?.store.claims.claim({ ...taskOf(saved), workerId: owner.name, ttl })
  ok(claim, 'claim of an available task gives a claim')
  return { saved, claim }
}

/**
 * The old holder acts while its claim expires, among others who ask for the task again and again until somebody has it:
 * a store that answers faster than a client can be told to begin is met in no other way. Every time somebody asked is
 * an attempt.
 */
async function atExpiry<T>(
  { clock }: Trial,
  [owner, ...others]: readonly Client<'claims'>[],
  saved: Snapshot,
  act: (owner: Client<'claims'>) => Promise<T>,
): Promise<[acted: readonly Attempt<T>[], claimed: readonly Attempt<TaskClaim | null>[]]> {
  // A clock of its own goes on by itself: we wait until the claim is about to expire, or just has.
  if (!clock.injected) await clock.advance(clock.ttl - 60 + 5 * others.length)
  let over = false
  const claimed: Attempt<TaskClaim | null>[] = []
  const acting = race(owner ? [owner] : [], act)
  const asking = others.map(async (client) => {
    for (let last = over; ; last = over) {
      const attempts = await raceForTask([client], saved)
      claimed.push(...attempts)
      if (attempts.some(({ value }) => value !== null)) over = true
      if (over && last) return
    }
  })
  // Sometimes it gets as far as the store in time.
  if (others.length % 2 === 0) await new Promise((resolve) => setImmediate(resolve))
  await clock.advance(clock.ttl + 1)
  over = true
  const [acted] = await allDone([acting, ...asking])
  return [acted, claimed]
}

async function raceForTask(
  clients: readonly Client<'claims'>[],
  saved: Snapshot,
): Promise<readonly Attempt<TaskClaim | null>[]> {
  return race(clients, async (client) =>
    client.store.claims.claim({ ...taskOf(saved), workerId: client.name, ttl: LONG }),
  )
}
