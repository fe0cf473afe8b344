import fc from 'fast-check'
import { register, type RegisterInput, type RegisterOutput } from '@holdfast/linearizability'
import type { RepositoryName, TaskClaim } from '@holdfast/spec'
import { EPOCH } from '../../clock.ts'
import { linearizable, observe } from '../../concurrent/observe.ts'
import { allDone, contend } from '../../concurrent/race.ts'
import { aSnapshot, aSubscription, aWorkflow, anEvent } from '../../fixtures.ts'
import { rule, type Rule, type Store } from '../../rule.ts'
import { LONG, keyOf, taskOf } from '../ready.ts'

/** Something that is one way or the other, and the ways of looking at it. */
interface Switch {
  /** On at first. Each call turns it, and resolves when it is turned. */
  turn(store: Store, on: boolean): Promise<unknown>
  readonly looks: readonly ((store: Store) => Promise<boolean>)[]
}

interface Visible {
  readonly rule: string
  readonly title: string
  readonly needs: readonly RepositoryName[]
  readonly bugs: readonly string[]
  make(store: Store, id: string): Promise<Switch>
}

const switches: readonly Visible[] = [
  {
    rule: 'VISIBLE-01',
    title: 'get, getRunnable and list of workflows agree while they are updated, for any client',
    needs: ['workflows'],
    bugs: ['workflow-core W20', 'temporal#5643', 'Gorkflow: columns of UpdateRun (P22)'],
    async make({ workflows }, id) {
      let current = await workflows.create(aWorkflow({ id, definitionId: id }))
      return {
        async turn(store, on) {
          const status = on ? 'runnable' : 'suspended'
          current = await store.workflows.update({ ...current, status })
        },
        looks: [
          async (store) => (await store.workflows.get(id))?.status === 'runnable',
          async (store) =>
            (await store.workflows.getRunnable({ asOf: EPOCH, limit: 1000 })).items.includes(id),
          async (store) =>
            (await store.workflows.list({ definitionId: id, status: 'runnable' })).items.length > 0,
        ],
      }
    },
  },
  {
    rule: 'VISIBLE-02',
    title: 'get and findFirstOpen of subscriptions agree while tokens are set and cleared',
    needs: ['subscriptions'],
    bugs: ['workflow-core W30', 'workflow-core W39'],
    async make({ subscriptions }, id) {
      const { eventName } = await subscriptions.create(aSubscription({ id, eventKey: id }))
      const query = { eventName, eventKey: id, asOf: EPOCH }
      return {
        turn: async (store, on) =>
          on
            ? store.subscriptions.clearToken(id, 'token')
            : store.subscriptions.setToken(id, { token: 'token', workerId: 'worker', ttl: LONG }),
        looks: [
          async (store) => (await store.subscriptions.get(id))?.token === null,
          async (store) => (await store.subscriptions.findFirstOpen(query)) !== null,
        ],
      }
    },
  },
  {
    rule: 'VISIBLE-03',
    title: 'get, find and getRunnable of events agree while they are marked',
    needs: ['events'],
    bugs: ['workflow-core W25', 'workflow-core W29'],
    async make({ events }, id) {
      await events.create(anEvent({ id, eventKey: id }))
      const query = { eventName: 'paid', eventKey: id, asOf: EPOCH }
      return {
        turn: async (store, on) =>
          on ? store.events.markUnprocessed(id) : store.events.markProcessed(id),
        looks: [
          async (store) => (await store.events.get(id))?.processed === false,
          async (store) =>
            (await store.events.getRunnable({ asOf: EPOCH, limit: 1000 })).items.includes(id),
          async (store) => (await store.events.find(query)).items[0]?.processed === false,
        ],
      }
    },
  },
  {
    rule: 'VISIBLE-04',
    title: 'load and list of snapshots agree while they are saved',
    needs: ['snapshots'],
    bugs: ['workflow-core W20', 'langgraphjs#1591'],
    async make({ snapshots }, id) {
      let current = await snapshots.save(aSnapshot({ instanceId: id }))
      const key = keyOf(current)
      return {
        async turn(store, on) {
          const status = on ? 'running' : 'paused'
          current = await store.snapshots.save({ ...current, status })
        },
        looks: [
          async (store) => (await store.snapshots.load(key))?.status === 'running',
          async (store) =>
            (await store.snapshots.list({ status: 'running', limit: 1000 })).items.some(
              ({ instanceId }) => instanceId === id,
            ),
        ],
      }
    },
  },
  {
    rule: 'VISIBLE-05',
    title: 'findAvailable shows a task exactly while it is ready and nobody holds it',
    needs: ['snapshots', 'claims'],
    bugs: ['workflow-core W20', 'workflow-core W25'],
    async make({ snapshots }, id) {
      const readyTasks = [{ taskId: 'task-1' }]
      const task = taskOf(await snapshots.save(aSnapshot({ instanceId: id, readyTasks })))
      let claim: TaskClaim | null = null
      return {
        async turn({ claims }, on) {
          if (on && claim) await claims.release(claim)
          else claim = await claims.claim({ ...task, workerId: 'worker', ttl: LONG })
        },
        looks: [
          async ({ claims }) =>
            (await claims.findAvailable({ limit: 1000 })).items.some(
              ({ instanceId }) => instanceId === id,
            ),
        ],
      }
    },
  },
]

/** Decision 5: a record, and what finds it, never disagree for a reader, whoever it is. */
export const visible: readonly Rule[] = switches.map(({ rule: id, title, needs, bugs, make }) =>
  rule(id, {
    title,
    clause: 5,
    level: 'concurrent',
    needs,
    bugs,
    async check(store, trial) {
      const clients = await trial.clients()
      const [writer, ...readers] = clients
      if (writer === undefined) return
      await contend(trial, fc.integer({ min: 2, max: 6 }), async (turns) => {
        const { turn, looks } = await make(store, trial.id('switch'))
        const seen = observe<RegisterInput<boolean>, RegisterOutput<boolean>>()
        let turning = true
        const turner = async (): Promise<void> => {
          for (let index = 0; index < turns; index += 1) {
            const on = index % 2 === 1
            await seen.note(writer, { op: 'write', value: on }, async () => {
              await turn(writer.store, on)
              return null
            })
          }
          turning = false
        }
        const looker = async (index: number): Promise<void> => {
          const reader = readers[index]
          if (reader === undefined) return
          for (let count = index; turning && count < 200; count += 1) {
            const look = looks[count % looks.length] ?? looks[0]
            await seen.note(reader, { op: 'read' }, async () => look?.(reader.store) ?? null)
          }
        }
        await allDone([turner(), ...readers.map(async (_, index) => looker(index))])
        return linearizable(trial, register({ initial: true }), seen, title)
      })
    },
  }),
)
