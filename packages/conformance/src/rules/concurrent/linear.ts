import fc from 'fast-check'
import { register, type RegisterInput, type RegisterOutput } from '@holdfast/linearizability'
import { isPersistenceError, type Snapshot, type StepExecution } from '@holdfast/spec'
import type { RepositoryName, WorkflowInstance } from '@holdfast/spec'
import { linearizable, observe } from '../../concurrent/observe.ts'
import { atWork } from '../../concurrent/race.ts'
import { aSnapshot, aStep, aSubscription, aWorkflow, anEvent } from '../../fixtures.ts'
import { rule, type Rule, type Store } from '../../rule.ts'
import { LONG, keyOf } from '../ready.ts'

/** A record with a version, and where the mark of its last writer is. */
interface Versioned<R> {
  readonly rule: string
  readonly repository: RepositoryName
  readonly what: string
  readonly bugs: readonly string[]
  make(store: Store, id: string): Promise<R>
  read(store: Store, record: R): Promise<R | null>
  write(store: Store, record: R, mark: string): Promise<R>
  markOf(record: R): unknown
}

const FIRST = 'first'

/** Decision 3, on whole histories: the store is one register with compare-and-set, whoever looks. */
export const linear: readonly Rule[] = [
  versioned<WorkflowInstance>({
    rule: 'LINEAR-01',
    repository: 'workflows',
    what: 'update and get of a workflow',
    bugs: ['langchain-ai/langgraph#8796', 'agentfield PR#953', 'workflow-core W46'],
    make: ({ workflows }, id) => workflows.create(aWorkflow({ id, data: FIRST })),
    read: ({ workflows }, { id }) => workflows.get(id),
    write: ({ workflows }, record, mark) => workflows.update({ ...record, data: mark }),
    markOf: ({ data }) => data,
  }),
  versioned<StepExecution>({
    rule: 'LINEAR-02',
    repository: 'steps',
    what: 'update and get of a step',
    bugs: ['mastra PR#17982', 'vercel/workflow PR#2714'],
    make: ({ steps }, id) => steps.create(aStep({ workflowId: id, output: FIRST })),
    read: ({ steps }, { workflowId, stepId }) => steps.get({ workflowId, stepId }),
    write: ({ steps }, record, mark) => steps.update({ ...record, output: mark }),
    markOf: ({ output }) => output,
  }),
  versioned<Snapshot>({
    rule: 'LINEAR-03',
    repository: 'snapshots',
    what: 'save and load of a snapshot',
    bugs: ['dapr/components-contrib#994', 'Azure/durabletask PR#363'],
    make: ({ snapshots }, id) => snapshots.save(aSnapshot({ instanceId: id, state: FIRST })),
    read: ({ snapshots }, record) => snapshots.load(keyOf(record)),
    write: ({ snapshots }, record, mark) => snapshots.save({ ...record, state: mark }),
    markOf: ({ state }) => state,
  }),

  rule('LINEAR-04', {
    title: 'set, get and delete of the state are linearizable, each key for itself',
    clause: 17,
    level: 'concurrent',
    needs: ['state'],
    bugs: ['mastra PR#12575', 'agentfield PR#953'],
    async check(_store, trial) {
      const clients = await trial.clients<'state'>()
      const step = fc.record({
        op: fc.constantFrom('set', 'get', 'delete'),
        key: fc.constantFrom('a', 'b'),
      })
      await atWork(trial, clients, step, async (perform) => {
        const workflowId = trial.id('workflow')
        const seen = observe<RegisterInput<string>, RegisterOutput<string>>()
        let writes = 0
        await perform(async (client, { op, key }) => {
          const { state } = client.store
          if (op === 'get') {
            return seen.note(client, { op: 'read', key }, async () => {
              const entry = await state.get({ workflowId, key })
              return (entry?.value ?? null) as string | null
            })
          }
          if (op === 'delete') {
            return seen.note(client, { op: 'write', key, value: null as never }, async () => {
              await state.delete({ workflowId, key })
              return null
            })
          }
          writes += 1
          const value = `${client.name} ${writes}`
          return seen.note(client, { op: 'write', key, value }, async () => {
            await state.set({ workflowId, key, value })
            return null
          })
        })
        return linearizable(trial, register<string>(), seen, 'set, get and delete of the state')
      })
    },
  }),

  rule('LINEAR-05', {
    title: 'saveOutput and loadOutput of a step are linearizable',
    clause: 17,
    level: 'concurrent',
    needs: ['steps'],
    bugs: ['sayiir: save_task_result (P45)', 'mastra PR#17982'],
    async check(_store, trial) {
      const clients = await trial.clients<'steps'>()
      await atWork(trial, clients, fc.constantFrom('save', 'load'), async (perform) => {
        const key = { workflowId: trial.id('workflow'), stepId: 'step-1' }
        const seen = observe<RegisterInput<string>, RegisterOutput<string>>()
        let writes = 0
        await perform(async (client, op) => {
          const { steps } = client.store
          if (op === 'load') {
            return seen.note(client, { op: 'read' }, async () => {
              const found = await steps.loadOutput(key)
              return (found?.output ?? null) as string | null
            })
          }
          writes += 1
          const value = `${client.name} ${writes}`
          return seen.note(client, { op: 'write', value }, async () => {
            await steps.saveOutput({ ...key, output: value })
            return null
          })
        })
        return linearizable(trial, register<string>(), seen, 'saveOutput and loadOutput')
      })
    },
  }),

  rule('LINEAR-06', {
    title:
      'markProcessed, markUnprocessed and get of an event are linearizable: the last call wins',
    clause: 9,
    level: 'concurrent',
    needs: ['events'],
    bugs: ['workflow-core W25', 'workflow-core W29'],
    async check(store, trial) {
      const clients = await trial.clients<'events'>()
      const step = fc.constantFrom('processed', 'unprocessed', 'get', 'get', 'get')
      await atWork(trial, clients, step, async (perform) => {
        const { id } = await store.events.create(anEvent())
        const seen = observe<RegisterInput<boolean>, RegisterOutput<boolean>>()
        await perform(async (client, op) => {
          const { events } = client.store
          if (op === 'get') {
            return seen.note(client, { op: 'read' }, async () => {
              const event = await events.get(id)
              return event?.processed ?? null
            })
          }
          const value = op === 'processed'
          return seen.note(client, { op: 'write', value }, async () => {
            await (value ? events.markProcessed(id) : events.markUnprocessed(id))
            return null
          })
        })
        return linearizable(trial, register({ initial: false }), seen, 'the mark of an event')
      })
    },
  }),

  rule('LINEAR-07', {
    title: 'setToken, clearToken and get of a subscription are linearizable',
    clause: 10,
    level: 'concurrent',
    needs: ['subscriptions'],
    bugs: ['workflow-core W4', 'workflow-core W24'],
    async check(store, trial) {
      const clients = await trial.clients<'subscriptions'>()
      const step = fc.constantFrom('set', 'clear', 'get')
      await atWork(trial, clients, step, async (perform) => {
        const { id } = await store.subscriptions.create(aSubscription())
        const seen = observe<RegisterInput<string>, RegisterOutput<string>>()
        const held = new Map<string, string>()
        let tokens = 0
        await perform(async (client, op) => {
          const { subscriptions } = client.store
          if (op === 'get') {
            return seen.note(client, { op: 'read' }, async () => {
              const found = await subscriptions.get(id)
              return found?.token ?? null
            })
          }
          // Who holds no token tries to clear the last one that it held: another may hold the subscription by now.
          const last = held.get(client.name)
          if (op === 'clear' && last !== undefined) {
            return seen.note(client, { op: 'cas', from: last, to: null as never }, async () =>
              subscriptions.clearToken(id, last),
            )
          }
          tokens += 1
          const token = `${client.name} ${tokens}`
          return seen.note(client, { op: 'cas', from: null, to: token }, async () => {
            const done = await subscriptions.setToken(id, {
              token,
              workerId: client.name,
              ttl: LONG,
            })
            if (done) held.set(client.name, token)
            return done
          })
        })
        return linearizable(trial, register<string>(), seen, 'the token of a subscription')
      })
    },
  }),
]

function versioned<R>(options: Versioned<R>): Rule {
  const { repository, what, bugs, make, read, write, markOf } = options
  return rule(options.rule, {
    title: `${what} are linearizable, as compare-and-set and read of a register`,
    clause: 3,
    level: 'concurrent',
    needs: [repository],
    bugs,
    async check(store, trial) {
      const clients = await trial.clients()
      await atWork(trial, clients, fc.constantFrom('read', 'write'), async (perform) => {
        const record = await make(store, trial.id('record'))
        const seen = observe<RegisterInput<unknown>, RegisterOutput<unknown>>()
        const latest = new Map<string, R>()
        let writes = 0
        await perform(async (client, op) => {
          const known = latest.get(client.name) ?? record
          if (op === 'read') {
            return seen.note(client, { op: 'read' }, async () => {
              const found = await read(client.store, known)
              if (found !== null) latest.set(client.name, found)
              return found === null ? null : markOf(found)
            })
          }
          writes += 1
          const to = `${client.name} ${writes}`
          return seen.note(client, { op: 'cas', from: markOf(known), to }, async () => {
            try {
              latest.set(client.name, await write(client.store, known, to))
              return true
            } catch (error) {
              if (isPersistenceError(error, 'CONFLICT')) return false
              throw error
            }
          })
        })
        const conflicts = seen.operations.some(({ output }) => output === false)
        return linearizable(trial, register<unknown>({ initial: FIRST }), seen, what) && conflicts
      })
    },
  })
}
