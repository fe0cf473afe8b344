import type { Subscription, TokenRequest } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { equal, ok } from '../expect.ts'
import { aSubscription } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import type { Trial } from '../trial.ts'
import { LONG } from './ready.ts'

const CENTURY = 36_525 * 24 * 3_600_000

/** Decision 10: one worker at a time holds a subscription, for as long as it said. */
export const tokens: readonly Rule[] = [
  rule('TOKEN-01', {
    title: 'subscriptions.setToken holds an open subscription, and refuses whoever comes second',
    clause: 10,
    needs: ['subscriptions'],
    bugs: ['workflow-core W4', 'workflow-core W24', 'workflow-core W40', 'vercel/workflow#4173'],
    async check({ subscriptions }, trial) {
      const created = await subscriptions.create(aSubscription({ data: { amount: 1 } }))
      const neighbour = await subscriptions.create(aSubscription())
      const { token, workerId, ttl } = aHold(trial)
      const { id } = created
      equal(await subscriptions.setToken(id, { token, workerId, ttl }), true, 'the first takes it')
      const held = await subscriptions.get(id)
      const tokenExpiry = held?.tokenExpiry
      equal(held, { ...created, token, workerId, tokenExpiry }, 'the subscription and its holder')
      ok(typeof tokenExpiry === 'number', 'the token expires some time')
      equal(await subscriptions.setToken(id, aHold(trial)), false, 'the second is refused')
      equal(await subscriptions.get(id), held, 'the refused one changed nothing')
      equal(await subscriptions.get(neighbour.id), neighbour, 'the one beside it stays open')
    },
  }),

  rule('TOKEN-02', {
    title: 'a token keeps its subscription until it expires, and not a moment longer',
    clause: 10,
    needs: ['subscriptions'],
    bugs: ['workflow-core ExternalTokenExpiry ignored', 'durabletask-go#136', 'sayiir 1-s TTL'],
    async check({ subscriptions }, trial) {
      const { clock } = trial
      const { id } = await subscriptions.create(aSubscription())
      const first = aHold(trial, { ttl: clock.ttl })
      const second = aHold(trial, { ttl: clock.ttl })
      equal(await subscriptions.setToken(id, first), true, 'the first takes it')
      if (clock.injected) {
        await clock.advance(clock.ttl - 1)
        equal(await subscriptions.setToken(id, second), false, 'it is held 1 ms before the expiry')
        await clock.advance(1)
      } else {
        await clock.advance(clock.ttl)
      }
      equal(await subscriptions.setToken(id, second), true, 'it is open at the expiry')
      const { token, workerId } = second
      equal(holderOf(await subscriptions.get(id)), { token, workerId }, 'who took it then')
    },
  }),

  rule('TOKEN-03', {
    title: 'a token with a ttl of null never expires',
    clause: 10,
    needs: ['subscriptions'],
    bugs: ['workflow-core W28', 'sayiir claim_task no TTL'],
    async check({ subscriptions }, trial) {
      const { clock } = trial
      const { id } = await subscriptions.create(aSubscription())
      const hold = aHold(trial, { ttl: null })
      equal(await subscriptions.setToken(id, hold), true, 'the first takes it')
      equal((await subscriptions.get(id))?.tokenExpiry, null, 'the expiry of a token that has none')
      await clock.advance(clock.injected ? CENTURY : clock.ttl)
      equal(await subscriptions.setToken(id, aHold(trial)), false, 'it is still held long after')
      equal(await subscriptions.clearToken(id, hold.token), true, 'its token opens it')
    },
  }),

  rule('TOKEN-04', {
    title: 'the same token and worker again hold on from now, not from the expiry',
    clause: 10,
    needs: ['subscriptions'],
    bugs: ['sayiir extend_task_claim additive', 'durabletask-go#137', 'Hangfire#2433'],
    async check({ subscriptions }, trial) {
      const { clock } = trial
      const { id } = await subscriptions.create(aSubscription())
      const hold = aHold(trial, { ttl: LONG })
      const renew = async (ttl: number | null): Promise<number | null | undefined> => {
        const again = await subscriptions.setToken(id, { ...hold, ttl })
        equal(again, true, 'the same token and worker again')
        return (await subscriptions.get(id))?.tokenExpiry
      }
      const first = (await renew(LONG)) ?? 0
      await clock.advance(100)
      const second = (await renew(LONG)) ?? 0
      ok(second > first, 'the renewed token expires later than before')
      ok(second - first < LONG / 2, 'the renewed token expires one ttl from now, not two')
      const shorter = (await renew(LONG / 2)) ?? 0
      ok(shorter < second, 'a shorter ttl brings the expiry forward')
      if (clock.injected) {
        equal(second, clock.now() + LONG, 'the expiry of the renewed token')
        equal(shorter, clock.now() + LONG / 2, 'the expiry after the shorter ttl')
      }
      equal(await renew(null), null, 'the expiry after a ttl of null')
    },
  }),

  rule('TOKEN-05', {
    title: 'the token of another worker, or another token of the same, is another hold',
    clause: 10,
    needs: ['subscriptions'],
    bugs: ['workflow-core W4', 'vercel/workflow#4173', 'sayiir claim_task already claimed'],
    async check({ subscriptions }, trial) {
      const { id } = await subscriptions.create(aSubscription())
      const hold = aHold(trial)
      await subscriptions.setToken(id, hold)
      const held = await subscriptions.get(id)
      const stranger = { ...hold, workerId: trial.id('worker') }
      equal(await subscriptions.setToken(id, stranger), false, 'the same token of another worker')
      const anew = { ...hold, token: trial.id('token') }
      equal(await subscriptions.setToken(id, anew), false, 'another token of the same worker')
      equal(await subscriptions.get(id), held, 'the hold is as before')
    },
  }),

  rule('TOKEN-06', {
    title: 'subscriptions.clearToken opens for its own token only, and says whether it did',
    clause: 10,
    needs: ['subscriptions'],
    bugs: ['workflow-core ClearSubscriptionToken', 'bull#1416'],
    async check({ subscriptions }, trial) {
      const created = await subscriptions.create(aSubscription())
      const { id } = created
      const hold = aHold(trial)
      equal(await subscriptions.clearToken(id, hold.token), false, 'clearing what is open')
      await subscriptions.setToken(id, hold)
      const held = await subscriptions.get(id)
      equal(await subscriptions.clearToken(id, trial.id()), false, 'clearing by another token')
      equal(await subscriptions.get(id), held, 'clearing by another token changed nothing')
      equal(await subscriptions.clearToken(id, hold.token), true, 'clearing by the token')
      equal(await subscriptions.get(id), created, 'the cleared subscription is as when created')
      equal(await subscriptions.clearToken(id, hold.token), false, 'clearing it twice')
      equal(await subscriptions.setToken(id, aHold(trial)), true, 'another takes it then')
    },
  }),

  rule('TOKEN-07', {
    title: 'who held a subscription before can neither clear nor renew it when another holds it',
    clause: 10,
    needs: ['subscriptions'],
    bugs: ['bull#1416', 'sayiir extend revives expired', 'ahydrax/Hangfire.PostgreSql#26'],
    async check({ subscriptions }, trial) {
      const { clock } = trial
      const { id } = await subscriptions.create(aSubscription())
      const before = aHold(trial, { ttl: clock.ttl })
      await subscriptions.setToken(id, before)
      await clock.advance(clock.ttl + 1)
      equal(await subscriptions.setToken(id, aHold(trial)), true, 'another takes it when expired')
      const held = await subscriptions.get(id)
      equal(await subscriptions.clearToken(id, before.token), false, 'the old token clears')
      equal(await subscriptions.setToken(id, before), false, 'the old token renews')
      equal(await subscriptions.get(id), held, 'the old token changed nothing')
    },
  }),

  rule('TOKEN-08', {
    title:
      'subscriptions.setToken on a terminated subscription is false and does not bring it back',
    clause: 10,
    needs: ['subscriptions'],
    bugs: ['workflow-core W33', 'workflow-core W35'],
    async check({ subscriptions }, trial) {
      const { id, eventName, eventKey } = await subscriptions.create(aSubscription())
      const hold = aHold(trial)
      await subscriptions.setToken(id, hold)
      await subscriptions.terminate(id)
      equal(await subscriptions.setToken(id, hold), false, 'a token on a terminated subscription')
      equal(await subscriptions.clearToken(id, hold.token), false, 'clearing a terminated one')
      equal(await subscriptions.get(id), null, 'the terminated subscription stays away')
      const { items } = await subscriptions.find({ eventName, eventKey, asOf: EPOCH + 10 })
      equal(items, [], 'no terminated subscription is found')
    },
  }),

  rule('TOKEN-09', {
    title: 'of many workers that ask one after the other exactly the first gets the subscription',
    clause: 10,
    needs: ['subscriptions'],
    bugs: ['workflow-core#935', 'vercel/workflow#4173', 'durabletask-go#59', 'Conductor#576'],
    async check({ subscriptions }, trial) {
      const { id } = await subscriptions.create(aSubscription())
      for (const count of [12, 24]) {
        const winners = []
        const workers = Array.from({ length: count }, () => aHold(trial))
        for (const worker of workers)
          if (await subscriptions.setToken(id, worker)) winners.push(worker.token)
        const [first] = workers
        equal(winners, [first?.token], `the winners among ${count} workers`)
        const { token, workerId } = first ?? aHold(trial)
        equal(holderOf(await subscriptions.get(id)), { token, workerId }, 'who holds it')
        await subscriptions.clearToken(id, token)
      }
    },
  }),
]

function aHold(trial: Trial, members: Partial<TokenRequest> = {}): TokenRequest {
  return { token: trial.id('token'), workerId: trial.id('worker'), ttl: LONG, ...members }
}

function holderOf(
  subscription: Subscription | null,
): Pick<Subscription, 'token' | 'workerId'> | null {
  return subscription && { token: subscription.token, workerId: subscription.workerId }
}
