import type { ExecutionPointer, NewWorkflow, PersistenceProvider } from '@holdfast/spec'
import { equal, ok } from '../expect.ts'
import {
  aPointer,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
  aCommand,
} from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import { nastyInstants, nested } from '../values.ts'
import { models, variantsOf } from './optional-members.ts'
import { mainPorts, portsOf } from './ports.ts'

const WORKFLOW_STATUSES = [
  'pending',
  'runnable',
  'suspended',
  'complete',
  'failed',
  'terminated',
] as const

const POINTER_STATUSES = [
  'legacy',
  'pending',
  'running',
  'complete',
  'sleeping',
  'waitingForEvent',
  'failed',
  'compensated',
  'cancelled',
  'pendingPredecessor',
] as const

/** Decision 13: what was stored is what is read, member by member. */
export const payloadMembers: readonly Rule[] = [
  rule('DATA-14', {
    title: 'absent, null, empty, 0 and false are five things in every member that may be absent',
    clause: 13,
    needs: [],
    bugs: ['workflow-core W28', 'spring-batch#2874', 'mastra PR#12575', 'workflow-core e781995b'],
    async check(store, trial) {
      for (const model of models) {
        if (!store.capabilities.repositories.includes(model.repository)) continue
        for (const members of variantsOf(model)) {
          const found = await model.roundTrip(store, trial.id(), members)
          ok(found, `a ${model.name} is there`)
          const read = new Map(Object.entries(found))
          for (const member of Object.keys(model.optional)) {
            const where = `${member} of a ${model.name}`
            if (member in members) {
              ok(read.has(member), `${where}, which is given, is there`)
              equal(read.get(member), members[member], where)
            } else {
              ok(!read.has(member), `${where}, which is not given, is absent`)
            }
          }
          trial.count('records')
        }
      }
    },
  }),

  rule('DATA-15', {
    title:
      'a workflow comes back with its statuses, its pointers in order, and their stacks in order',
    clause: 17,
    needs: ['workflows'],
    bugs: [
      'workflow-core 55db9285',
      'workflow-core #201',
      'workflow-core #262',
      'workflow-es: pointers',
    ],
    async check({ workflows }, trial) {
      const pointers: readonly ExecutionPointer[] = POINTER_STATUSES.map((status, index) =>
        aPointer({
          id: `pointer-${9 - index}`,
          status,
          active: index % 2 === 0,
          eventPublished: index % 3 === 0,
          retryCount: index === 9 ? 2 ** 53 - 1 : index,
          children: ['b', 'a', 'b'].slice(index % 4),
          scope: ['4', '3', '10', '1'].slice(index % 5),
        }),
      )
      for (const [index, status] of WORKFLOW_STATUSES.entries()) {
        const nextExecution = [null, 0, -1, 1, trial.clock.now(), 8.64e15][index] ?? null
        const wanted: NewWorkflow = {
          ...aWorkflow({ id: trial.id(), status, nextExecution, pointers }),
          createdAt: 1,
          updatedAt: 2,
        }
        const created = await workflows.create(wanted)
        equal(created, { ...wanted, version: 1 }, 'create returns what it was given')
        equal(await workflows.get(created.id), created, 'get returns what create returned')
        const turned = { ...created, pointers: pointers.toReversed() }
        const updated = await workflows.update(turned)
        const { version, updatedAt } = updated
        equal(updated, { ...turned, version, updatedAt }, 'update returns what it was given')
        equal(await workflows.get(created.id), updated, 'get returns what update returned')
      }
    },
  }),

  rule('DATA-16', {
    title: 'any instant of an ECMAScript date comes back to the millisecond',
    clause: 6,
    needs: [],
    bugs: ['workflow-core W44', 'workflow-core W19', 'temporal PR#3255', 'MLOS PR#775'],
    async check(store, trial) {
      for (const at of nastyInstants) {
        await instants(store, trial.id(), at)
        trial.count('instants')
      }
    },
  }),

  rule('DATA-17', {
    title: 'a payload may nest 512 levels deep',
    clause: 13,
    needs: [],
    bugs: ['stack overflow of recursive readers', 'Flow Orchestrator: FlatBuffers depth'],
    async check(store, trial) {
      const deep = [nested(512, (inner) => [inner]), nested(512, (inner) => ({ a: inner }))]
      for (const port of portsOf(store, mainPorts)) {
        for (const value of deep) {
          const id = trial.id()
          await port.write(store, id, value)
          equal((await port.read(store, id))?.value, value, `512 levels in ${port.name}`)
        }
      }
    },
  }),
]

/** An instant in every member that is one, of a record of every repository. */
async function instants(store: PersistenceProvider, id: string, at: number): Promise<void> {
  const { workflows, steps, events, subscriptions, commands, snapshots, errors } = store
  const same = (actual: unknown, where: string): void => equal(actual, at, where)
  const timestamp = at
  if (workflows) {
    const times = { sleepUntil: at, startTime: at, endTime: at }
    const error = { message: '', timestamp }
    const own = { nextExecution: at, startedAt: at, completedAt: at, createdAt: at, updatedAt: at }
    await workflows.create(aWorkflow({ id, ...own, error, pointers: [aPointer(times)] }))
    const found = await workflows.get(id)
    for (const member of keysOf(own)) same(found?.[member], `${member} of a workflow`)
    for (const member of keysOf(times)) same(found?.pointers[0]?.[member], `${member} of a pointer`)
    same(found?.error?.timestamp, 'the timestamp of the error of a workflow')
  }
  if (steps) {
    const key = { workflowId: id, stepId: id }
    const own = { startedAt: at, completedAt: at, createdAt: at, updatedAt: at }
    await steps.create(aStep({ ...key, ...own, error: { message: '', timestamp } }))
    const found = await steps.get(key)
    for (const member of keysOf(own)) same(found?.[member], `${member} of a step`)
    same(found?.error?.timestamp, 'the timestamp of the error of a step')
  }
  if (events) {
    await events.create(anEvent({ id, eventTime: at }))
    same((await events.get(id))?.eventTime, 'eventTime of an event')
  }
  if (subscriptions) {
    const held = { token: 'token-1', workerId: 'worker-1', tokenExpiry: at }
    await subscriptions.create(aSubscription({ id, subscribeAsOf: at, ...held }))
    const found = await subscriptions.get(id)
    same(found?.subscribeAsOf, 'subscribeAsOf of a subscription')
    same(found?.tokenExpiry, 'tokenExpiry of a subscription')
  }
  if (commands) {
    await commands.schedule(aCommand({ name: id, executeAt: at }))
    const { items } = await commands.list({ limit: 1000 })
    same(items.find(({ name }) => name === id)?.executeAt, 'executeAt of a command')
  }
  if (snapshots) {
    const key = { instanceId: id, workflowId: id }
    await snapshots.save(aSnapshot({ ...key, createdAt: at }))
    same((await snapshots.load(key))?.createdAt, 'createdAt of a snapshot')
  }
  if (errors) {
    await errors.append([anError({ workflowId: id, errorTime: at })])
    same((await errors.list({ workflowId: id })).items[0]?.errorTime, 'errorTime of an error')
  }
}

function keysOf<T extends object>(value: T): readonly (keyof T & string)[] {
  return Object.keys(value) as (keyof T & string)[]
}
