import { equal, ok } from '../expect.ts'
import { rule, type Rule } from '../rule.ts'
import { LONG, saveReady, taskOf } from './ready.ts'

/** Decision 10: what a holder may do with a claim, and nobody else. */
export const claimsHeld: readonly Rule[] = [
  rule('CLAIM-12', {
    title: 'extend holds a claim until now + ttl, whatever was left of it',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: extend adds to the expiry, so that it drifts', 'durabletask-go#137'],
    async check(store, trial) {
      const { clock } = trial
      const task = taskOf(await saveReady(store, trial))
      const claim = await store.claims.claim({ ...task, workerId: 'worker-1', ttl: LONG })
      ok(claim, 'claim of an available task gives a claim')
      for (const round of [1, 2]) {
        await clock.advance(1)
        const extended = await store.claims.extend(claim, 2 * LONG)
        ok(extended, 'extend of a held claim gives a claim')
        const { expiresAt } = extended
        equal(extended, { ...claim, expiresAt }, 'extend changes the expiry only')
        if (clock.injected)
          equal(expiresAt, clock.now() + 2 * LONG, `the expiry is now + ttl (${round})`)
        ok(
          expiresAt !== null && expiresAt < claim.claimedAt + 3 * LONG,
          `the expiry is now + ttl, not more (${round})`,
        )
      }
      const endless = await store.claims.extend(claim, null)
      equal(endless?.expiresAt, null, 'the expiry of a claim that is extended without a ttl')
      ok(await store.claims.extend(claim, clock.ttl), 'extend of a held claim to a shorter ttl')
      await clock.advance(clock.ttl + 1)
      const next = await store.claims.claim({ ...task, workerId: 'worker-2', ttl: LONG })
      ok(next, 'a task can be claimed when the shorter ttl is over')
    },
  }),

  rule('CLAIM-13', {
    title: 'an extended claim is held until its new expiry',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['durabletask-go#137', 'Hangfire.PostgreSql#130'],
    async check(store, trial) {
      const { clock } = trial
      const task = taskOf(await saveReady(store, trial))
      const ttl = clock.injected ? clock.ttl : LONG
      const claim = await store.claims.claim({ ...task, workerId: 'worker-1', ttl })
      ok(claim, 'claim of an available task gives a claim')
      if (clock.injected) await clock.advance(ttl - 1)
      ok(await store.claims.extend(claim, LONG), 'extend of a claim before its expiry')
      await clock.advance(clock.ttl)
      const other = await store.claims.claim({ ...task, workerId: 'worker-2', ttl: LONG })
      equal(other, null, 'claim of a task after the first expiry of a claim that was extended')
      equal(await store.claims.release(claim), true, 'the holder still holds it')
    },
  }),

  rule('CLAIM-14', {
    title: 'extend by another worker, or with another token, is null and changes nothing',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['bull#1416', 'sayiir: extend_task_claim_wrong_worker'],
    async check(store, trial) {
      const { clock } = trial
      const task = taskOf(await saveReady(store, trial))
      const claim = await store.claims.claim({ ...task, workerId: 'worker-1', ttl: clock.ttl })
      ok(claim, 'claim of an available task gives a claim')
      const foreign = { ...claim, workerId: 'worker-2' }
      equal(await store.claims.extend(foreign, LONG), null, 'extend by another worker')
      const newer = { ...claim, token: claim.token + 1 }
      equal(await store.claims.extend(newer, LONG), null, 'extend with another token')
      await clock.advance(clock.ttl + 1)
      const next = await store.claims.claim({ ...task, workerId: 'worker-3', ttl: LONG })
      ok(next, 'the refused extends did not prolong the claim')
    },
  }),

  rule('CLAIM-15', {
    title:
      'extend of a claim that expired, was released or was taken over is null, and revives nothing',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: extend revives an expired claim', 'Hangfire#2433'],
    async check(store, trial) {
      const { clock } = trial
      const task = taskOf(await saveReady(store, trial))
      const expired = await store.claims.claim({ ...task, workerId: 'worker-1', ttl: clock.ttl })
      ok(expired, 'claim of an available task gives a claim')
      await clock.advance(clock.ttl)
      equal(await store.claims.extend(expired, LONG), null, 'extend of a claim at its expiry')
      await clock.advance(1)
      const second = await store.claims.claim({ ...task, workerId: 'worker-2', ttl: LONG })
      ok(second, 'a task whose claim expired can be claimed after the refused extend')
      equal(await store.claims.extend(expired, null), null, 'extend of a claim that was taken over')
      equal(await store.claims.release(second), true, 'the new holder holds it')
      equal(await store.claims.extend(second, LONG), null, 'extend of a claim that was released')
      const { items } = await store.claims.findAvailable()
      equal(items.length, 1, 'available tasks after the refused extend of a released claim')
    },
  }),

  rule('CLAIM-16', {
    title: 'release by another worker, or with another token, is false and changes nothing',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: [
      'bull#1416',
      'sayiir: release_task_claim_wrong_worker',
      'workflow-core: clear by anybody',
    ],
    async check(store, trial) {
      const task = taskOf(await saveReady(store, trial))
      const claim = await store.claims.claim({ ...task, workerId: 'worker-1', ttl: LONG })
      ok(claim, 'claim of an available task gives a claim')
      const foreign = { ...claim, workerId: 'worker-2' }
      equal(await store.claims.release(foreign), false, 'release by another worker')
      const newer = { ...claim, token: claim.token + 1 }
      equal(await store.claims.release(newer), false, 'release with another token')
      const other = await store.claims.claim({ ...task, workerId: 'worker-2', ttl: LONG })
      equal(other, null, 'claim after the refused releases')
      ok(await store.claims.extend(claim, LONG), 'the holder still holds it')
    },
  }),

  rule('CLAIM-17', {
    title: 'a released task can be claimed at once, and a released claim is over',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['workflow-core W38', 'sayiir: release_task_claim_not_found'],
    async check(store, trial) {
      const task = taskOf(await saveReady(store, trial))
      const claim = await store.claims.claim({ ...task, workerId: 'worker-1', ttl: LONG })
      ok(claim, 'claim of an available task gives a claim')
      equal(await store.claims.release(claim), true, 'release of a held claim')
      equal(await store.claims.release(claim), false, 'release of a claim that was released')
      const next = await store.claims.claim({ ...task, workerId: 'worker-2', ttl: LONG })
      ok(next, 'a task that was released can be claimed')
      equal(await store.claims.release(claim), false, 'release by the holder before')
      equal(await store.claims.release(next), true, 'the new holder still holds it')
    },
  }),
]
