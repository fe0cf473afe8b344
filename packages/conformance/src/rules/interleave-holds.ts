import { EPOCH } from '../clock.ts'
import { Inconclusive } from '../expect.ts'
import { aCommand, aSnapshot, aSubscription } from '../fixtures.ts'
import { LONG, keyOf, saveReady, taskOf } from './ready.ts'
import { both, type Pair } from './interleave-pair.ts'

/** What is held, fenced, or handed out: tokens, commands, snapshots, claims. */
export const holdPairs: readonly Pair[] = [
  {
    rule: 'INTER-11',
    title: 'of two subscriptions.create with one id one succeeds',
    clause: 1,
    needs: ['subscriptions'],
    bugs: ['workflow-core#935'],
    async prepare(_, trial) {
      const id = trial.id()
      return {
        ...both(
          (data) =>
            async ({ subscriptions }, options) =>
              subscriptions.create(aSubscription({ id, data }), options),
        ),
        look: async ({ subscriptions }) => subscriptions.get(id),
      }
    },
  },
  {
    rule: 'INTER-12',
    title: 'of two subscriptions.setToken on an open subscription one succeeds',
    clause: 10,
    needs: ['subscriptions'],
    bugs: ['workflow-core W24', 'durabletask-go#59'],
    async prepare({ subscriptions: direct }, trial) {
      const { id } = await direct.create(aSubscription({ id: trial.id() }))
      return {
        ...both(
          (mark) =>
            async ({ subscriptions }, options) =>
              subscriptions.setToken(id, { token: mark, workerId: mark, ttl: LONG }, options),
        ),
        look: async ({ subscriptions }) => subscriptions.get(id),
      }
    },
  },
  {
    rule: 'INTER-13',
    title: 'a subscription that subscriptions.terminate takes is not brought back by setToken',
    clause: 2,
    needs: ['subscriptions'],
    bugs: ['workflow-core W4'],
    async prepare({ subscriptions: direct }, trial) {
      const { id } = await direct.create(aSubscription({ id: trial.id() }))
      return {
        a: async ({ subscriptions }, options) =>
          subscriptions.setToken(id, { token: 'a', workerId: 'a', ttl: LONG }, options),
        b: async ({ subscriptions }, options) => subscriptions.terminate(id, options),
        look: async ({ subscriptions }) => subscriptions.get(id),
      }
    },
  },
  {
    rule: 'INTER-14',
    title: 'of two subscriptions.clearToken with one token one is told that it cleared it',
    clause: 10,
    needs: ['subscriptions'],
    bugs: ['workflow-core W24'],
    async prepare({ subscriptions: direct }, trial) {
      const { id } = await direct.create(aSubscription({ id: trial.id() }))
      await direct.setToken(id, { token: 'a', workerId: 'a', ttl: LONG })
      return {
        ...both(
          () =>
            async ({ subscriptions }, options) =>
              subscriptions.clearToken(id, 'a', options),
        ),
        look: async ({ subscriptions }) => subscriptions.get(id),
      }
    },
  },
  {
    rule: 'INTER-15',
    title: 'commands.schedule while commands.process is at it loses no command',
    clause: 11,
    needs: ['commands'],
    bugs: ['workflow-core W18', 'workflow-core#1003'],
    async prepare({ commands: direct }, trial) {
      const command = aCommand({ name: trial.id(), executeAt: EPOCH })
      await direct.schedule(command)
      let handled = 0
      return {
        async a(store, options) {
          // A trip of its own, so that what was handled before the call is known.
          await store.ping()
          const before = handled
          await store.commands.schedule(command, options)
          return before
        },
        async b({ commands }) {
          await commands.process({ asOf: EPOCH }, () => void (handled += 1))
          return handled
        },
        async look({ commands }) {
          const { items } = await commands.list()
          const found = items.filter(({ name }) => name === command.name)
          // The next round begins without it.
          await commands.process({ asOf: EPOCH }, () => undefined)
          return found.length
        },
      }
    },
    judge: ([before, handled, left]) => left === 1 || Number(handled) > Number(before),
  },
  {
    rule: 'INTER-16',
    title: 'of two first snapshots.save one succeeds',
    clause: 3,
    needs: ['snapshots'],
    bugs: ['dapr#994', 'langgraph#7201'],
    async prepare(_, trial) {
      const key = { instanceId: trial.id(), workflowId: 'workflow-1' }
      return {
        ...both(
          (state) =>
            async ({ snapshots }, options) =>
              snapshots.save(aSnapshot({ ...key, state }), options),
        ),
        look: async ({ snapshots }) => snapshots.load(key),
      }
    },
  },
  {
    rule: 'INTER-17',
    title: 'of two snapshots.save with one version one succeeds',
    clause: 3,
    needs: ['snapshots'],
    bugs: ['dapr#994', 'durabletask PR#363'],
    async prepare({ snapshots: direct }, trial) {
      const snapshot = await direct.save(aSnapshot({ instanceId: trial.id() }))
      return {
        ...both(
          (state) =>
            async ({ snapshots }, options) =>
              snapshots.save({ ...snapshot, state }, options),
        ),
        look: async ({ snapshots }) => snapshots.load(keyOf(snapshot)),
      }
    },
  },
  {
    rule: 'INTER-18',
    title: 'a fenced snapshots.save writes nothing after claims.release of its claim',
    clause: 10,
    needs: ['snapshots', 'claims'],
    features: ['fencing'],
    bugs: ['sayiir PR#152', 'durabletask#890'],
    async prepare(store, trial) {
      const snapshot = await saveReady(store, trial)
      const hold = { workerId: 'worker-1', ttl: LONG }
      const claim = await store.claims.claim({ ...taskOf(snapshot), ...hold })
      if (claim === null) throw new Inconclusive('A ready task could not be claimed')
      return {
        a: async ({ snapshots }, options) =>
          snapshots.save({ ...snapshot, state: 'a' }, { ...options, fence: claim }),
        // What is there when the claim is gone is there to stay.
        b: async ({ claims, snapshots }, options) => [
          await claims.release(claim, options),
          await snapshots.load(keyOf(snapshot)),
        ],
        look: async ({ snapshots }) => snapshots.load(keyOf(snapshot)),
      }
    },
  },
  {
    rule: 'INTER-19',
    title: 'of two claims.claim of one task one succeeds',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['Hangfire.PostgreSql#130', 'Conductor#576'],
    async prepare(store, trial) {
      const task = taskOf(
        await saveReady(store, trial, {}, [{ taskId: 'task-1', tags: ['claim'] }]),
      )
      return {
        ...both(
          (workerId) =>
            async ({ claims }, options) =>
              claims.claim({ ...task, workerId, ttl: LONG }, options),
        ),
        look: async ({ claims }) => (await claims.findAvailable({ tags: ['claim'] })).items,
      }
    },
  },
  {
    rule: 'INTER-20',
    title: 'two claims.claimNext take two tasks',
    clause: 10,
    needs: ['snapshots', 'claims'],
    bugs: ['hatchet PR#4454', 'Conductor#576'],
    async prepare(store, trial) {
      const tags = [trial.id('tag')]
      const tasks = ['task-1', 'task-2'].map((taskId) => ({ taskId, tags }))
      await saveReady(store, trial, {}, tasks)
      return {
        ...both(
          (workerId) =>
            async ({ claims }, options) =>
              claims.claimNext({ workerId, ttl: LONG, tags }, options),
        ),
        look: async ({ claims }) => (await claims.findAvailable({ tags })).items,
      }
    },
  },
]
