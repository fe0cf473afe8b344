import type { StepKey } from '@holdfast/spec'
import { contested, expiries, oneWinner, race, rounds } from '../../concurrent/race.ts'
import { equal, ok } from '../../expect.ts'
import { aSnapshot, aStep, aSubscription, aWorkflow } from '../../fixtures.ts'
import { rule, type Rule } from '../../rule.ts'
import { LONG, keyOf, saveReady, taskOf } from '../ready.ts'

/** Decisions 3 and 10: of any number of clients one wins, and the others are told. */
export const winners: readonly Rule[] = [
  rule('RACE-01', {
    title: 'of several clients that claim one task at once exactly one gets it',
    clause: 10,
    level: 'concurrent',
    needs: ['snapshots', 'claims'],
    bugs: ['workflow-core W4', 'durabletask-go#59', 'hatchet PR#4454'],
    async check(store, trial) {
      const clients = await trial.clients<'claims'>()
      await rounds(trial, clients, async (lineup) => {
        const task = taskOf(await saveReady(store, trial))
        const attempts = await race(lineup, async (client) =>
          client.store.claims.claim({ ...task, workerId: client.name, ttl: LONG }),
        )
        const { winner, ...all } = oneWinner(attempts, { value: null }, 'a claim on one task')
        ok(
          winner && (await store.claims.extend(winner, LONG)),
          'who won the task holds it when the race is over',
        )
        return contested(all)
      })
    },
  }),

  rule('RACE-02', {
    title:
      'of several clients that take over an expired claim exactly one gets it, with a higher token',
    clause: 10,
    level: 'concurrent',
    needs: ['snapshots', 'claims'],
    bugs: ['ahydrax/Hangfire.PostgreSql#26', 'sayiir PR#152'],
    async check(store, trial) {
      const clients = await trial.clients<'claims'>()
      await rounds(
        trial,
        clients,
        async (lineup) => {
          const task = taskOf(await saveReady(store, trial))
          const old = await store.claims.claim({ ...task, workerId: 'old', ttl: trial.clock.ttl })
          ok(old, 'claim of an available task gives a claim')
          await trial.clock.advance(trial.clock.ttl + 1)
          const attempts = await race(lineup, async (client) =>
            client.store.claims.claim({ ...task, workerId: client.name, ttl: LONG }),
          )
          const { winner, ...all } = oneWinner(attempts, { value: null }, 'a claim that expired')
          ok(winner && winner.token > old.token, 'the token grows when a claim is taken over')
          equal(await store.claims.release(old), false, 'release by the old holder')
          return contested(all)
        },
        expiries(trial),
      )
    },
  }),

  rule('RACE-03', {
    title: 'of several clients that update one version of a workflow exactly one succeeds',
    clause: 3,
    level: 'concurrent',
    needs: ['workflows'],
    bugs: ['workflow-core W46', 'langchain-ai/langgraph#8796', 'agentfield PR#953'],
    async check(store, trial) {
      const clients = await trial.clients<'workflows'>()
      await rounds(trial, clients, async (lineup) => {
        const workflow = await store.workflows.create(aWorkflow())
        const attempts = await race(lineup, async (client) =>
          client.store.workflows.update({ ...workflow, data: client.name }),
        )
        const what = 'an update of one version of a workflow'
        const { winner, ...all } = oneWinner(attempts, { code: 'CONFLICT' }, what)
        equal(winner.version, 2, 'the version after one update')
        equal(await store.workflows.get(workflow.id), winner, 'what the winner wrote is stored')
        return contested(all)
      })
    },
  }),

  rule('RACE-04', {
    title: 'of several clients that update one version of a step exactly one succeeds',
    clause: 3,
    level: 'concurrent',
    needs: ['steps'],
    bugs: ['agentfield PR#953', 'langchain-ai/langgraph#8796'],
    async check(store, trial) {
      const clients = await trial.clients<'steps'>()
      await rounds(trial, clients, async (lineup) => {
        const step = await store.steps.create(aStep({ workflowId: trial.id() }))
        const attempts = await race(lineup, async (client) =>
          client.store.steps.update({ ...step, output: client.name }),
        )
        const what = 'an update of one version of a step'
        const { winner, ...all } = oneWinner(attempts, { code: 'CONFLICT' }, what)
        equal(winner.version, 2, 'the version after one update')
        equal(await store.steps.get(stepKey(step)), winner, 'what the winner wrote is stored')
        return contested(all)
      })
    },
  }),

  rule('RACE-05', {
    title: 'of several clients that save over one version of a snapshot exactly one succeeds',
    clause: 3,
    level: 'concurrent',
    needs: ['snapshots'],
    bugs: ['Azure/durabletask#890', 'Azure/durabletask PR#363', 'dapr/components-contrib#1244'],
    async check(store, trial) {
      const clients = await trial.clients<'snapshots'>()
      await rounds(trial, clients, async (lineup) => {
        const saved = await store.snapshots.save(aSnapshot({ instanceId: trial.id() }))
        const attempts = await race(lineup, async (client) =>
          client.store.snapshots.save({ ...saved, state: client.name }),
        )
        const what = 'a save over one version of a snapshot'
        const { winner, ...all } = oneWinner(attempts, { code: 'CONFLICT' }, what)
        equal(winner.version, 2, 'the version after one save')
        equal(await store.snapshots.load(keyOf(saved)), winner, 'what the winner saved is stored')
        return contested(all)
      })
    },
  }),

  rule('RACE-06', {
    title: 'of several clients that save a snapshot for the first time exactly one succeeds',
    clause: 3,
    level: 'concurrent',
    needs: ['snapshots'],
    bugs: ['SERVER-14322', 'dapr/components-contrib#994'],
    async check(store, trial) {
      const clients = await trial.clients<'snapshots'>()
      await rounds(trial, clients, async (lineup) => {
        const first = aSnapshot({ instanceId: trial.id() })
        const attempts = await race(lineup, async (client) =>
          client.store.snapshots.save({ ...first, state: client.name }),
        )
        const what = 'the first save of a snapshot'
        const { winner, ...all } = oneWinner(attempts, { code: 'CONFLICT' }, what)
        equal(winner.version, 1, 'the version after the first save')
        equal(await store.snapshots.load(keyOf(first)), winner, 'what the winner saved is stored')
        return contested(all)
      })
    },
  }),

  rule('RACE-07', {
    title: 'of several clients that set a token on an open subscription exactly one holds it',
    clause: 10,
    level: 'concurrent',
    needs: ['subscriptions'],
    bugs: ['workflow-core W4', 'workflow-core W24', 'vercel/workflow#4173'],
    async check(store, trial) {
      const clients = await trial.clients<'subscriptions'>()
      await rounds(trial, clients, async (lineup) => {
        const { id } = await store.subscriptions.create(aSubscription())
        const attempts = await race(lineup, async ({ name, store: { subscriptions } }) =>
          subscriptions.setToken(id, { token: name, workerId: name, ttl: LONG }),
        )
        const what = 'a token on an open subscription'
        const all = oneWinner(attempts, { value: false }, what)
        const stored = await store.subscriptions.get(id)
        equal(stored?.token, all.winners[0]?.client.name, 'the token that is stored')
        return contested(all)
      })
    },
  }),

  rule('RACE-08', {
    title: 'of several clients that take over an expired token exactly one holds it',
    clause: 10,
    level: 'concurrent',
    needs: ['subscriptions'],
    bugs: ['workflow-core W24', 'Hangfire#2433'],
    async check(store, trial) {
      const clients = await trial.clients<'subscriptions'>()
      await rounds(
        trial,
        clients,
        async (lineup) => {
          const { id } = await store.subscriptions.create(aSubscription())
          const { ttl } = trial.clock
          await store.subscriptions.setToken(id, { token: 'old', workerId: 'old', ttl })
          await trial.clock.advance(ttl + 1)
          const attempts = await race(lineup, async ({ name, store: { subscriptions } }) =>
            subscriptions.setToken(id, { token: name, workerId: name, ttl: LONG }),
          )
          const all = oneWinner(attempts, { value: false }, 'a token that expired')
          const stored = await store.subscriptions.get(id)
          equal(stored?.token, all.winners[0]?.client.name, 'the token that is stored')
          equal(await store.subscriptions.clearToken(id, 'old'), false, 'clear by the old holder')
          return contested(all)
        },
        expiries(trial),
      )
    },
  }),
]

function stepKey({ workflowId, stepId }: StepKey): StepKey {
  return { workflowId, stepId }
}
