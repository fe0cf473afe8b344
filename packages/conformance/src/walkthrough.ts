import { isPersistenceError, type ErrorCode, type Snapshot, type TaskClaim } from '@holdfast/spec'
import { EPOCH } from './clock.ts'
import {
  aCommand,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from './fixtures.ts'
import type { Store } from './rule.ts'

/** A call, and what it is a call of: a method, or a way that a method can go. */
export interface Step {
  readonly name: string
  run(): Promise<unknown>
}

const NEVER = null

/**
 * A call of every method, and of the ways that methods can go, in an order in which each finds what it needs; for an
 * author's own tests of what a call costs, with a driver that counts. `store` is empty, and was prepared.
 */
export function walkthrough(store: Store): readonly Step[] {
  const { workflows, steps, state, events, subscriptions, commands, snapshots, claims, errors } =
    store
  const topic = { eventName: 'paid', eventKey: 'order-1', asOf: EPOCH }
  const workflow = { ...aWorkflow(), id: 'workflow-1' }
  const step = { workflowId: 'workflow-1', stepId: 'step-1' }
  const entry = { workflowId: 'workflow-1', key: 'key-1' }
  const key = { instanceId: 'instance-1', workflowId: 'workflow-1' }
  const task = { ...key, taskId: 'task-1', workerId: 'worker-1', ttl: NEVER }
  const readyTasks = [{ taskId: 'task-1' }, { taskId: 'task-2' }]
  let saved: Snapshot | undefined
  let held: TaskClaim | null = null
  const next = (): Snapshot => saved ?? missing('snapshot')
  const claim = (): TaskClaim => held ?? missing('claim')

  const calls: Record<string, () => Promise<unknown>> = {
    ping: () => store.ping(),
    'ensureStore of a store that is there': () => store.ensureStore(),

    'workflows.create': () => workflows.create(workflow),
    'workflows.create that conflicts': () => fails('CONFLICT', workflows.create(workflow)),
    'workflows.get': () => workflows.get('workflow-1'),
    'workflows.getMany': () => workflows.getMany(['workflow-1', 'workflow-2']),
    'workflows.getRunnable': () => workflows.getRunnable({ asOf: EPOCH }),
    'workflows.list': () => workflows.list({ status: 'runnable' }),
    'workflows.update': () => workflows.update({ ...workflow, version: 1 }, { requestId: 'r' }),
    'workflows.update that is repeated': () =>
      workflows.update({ ...workflow, version: 1 }, { requestId: 'r' }),
    'workflows.update that conflicts': () =>
      fails('CONFLICT', workflows.update({ ...workflow, version: 1 })),
    'workflows.update of what is not there': () =>
      fails('NOT_FOUND', workflows.update({ ...workflow, id: 'workflow-2', version: 1 })),
    'workflows.update with subscriptions': () =>
      workflows.update(
        { ...workflow, version: 2 },
        { subscriptions: ['a', 'b', 'c'].map((id) => aSubscription({ id })) },
      ),

    'steps.create': () => steps.create(aStep(step)),
    'steps.get': () => steps.get(step),
    'steps.update': () => steps.update({ ...aStep(step), version: 1 }),
    'steps.list': () => steps.list({ workflowId: 'workflow-1' }),
    'steps.saveOutput': () => steps.saveOutput({ ...step, output: 1 }),
    'steps.loadOutput': () => steps.loadOutput(step),

    'state.set': () => state.set({ ...entry, value: 1 }),
    'state.get': () => state.get(entry),
    'state.getAll': () => state.getAll('workflow-1'),
    'state.delete': () => state.delete(entry),

    'events.create': () => events.create(anEvent({ id: 'event-1' })),
    'events.get': () => events.get('event-1'),
    'events.getRunnable': () => events.getRunnable({ asOf: EPOCH }),
    'events.find': () => events.find(topic),
    'events.markProcessed': () => events.markProcessed('event-1'),
    'events.markUnprocessed': () => events.markUnprocessed('event-1'),
    'events.purge': () => events.purge({ olderThan: EPOCH + 1 }),

    'subscriptions.create': () => subscriptions.create(aSubscription({ id: 'd' })),
    'subscriptions.get': () => subscriptions.get('d'),
    'subscriptions.find': () => subscriptions.find(topic),
    'subscriptions.findFirstOpen': () => subscriptions.findFirstOpen(topic),
    'subscriptions.setToken': () =>
      subscriptions.setToken('d', { token: 'token-1', workerId: 'worker-1', ttl: NEVER }),
    'subscriptions.clearToken': () => subscriptions.clearToken('d', 'token-1'),
    'subscriptions.terminate': () => subscriptions.terminate('d'),

    'commands.schedule': () => commands.schedule(aCommand()),
    'commands.list': () => commands.list(),
    'commands.process of a handler that fails': () =>
      commands.process({ asOf: EPOCH, limit: 1 }, () => {
        throw new Error('Not done')
      }),
    'commands.process': () => commands.process({ asOf: EPOCH, limit: 1 }, () => undefined),
    'commands.process of nothing': () => commands.process({ asOf: EPOCH }, () => undefined),

    'snapshots.save, first': async () => {
      saved = await snapshots.save(aSnapshot({ ...key, readyTasks }))
    },
    'snapshots.save, next': async () => {
      saved = await snapshots.save(next())
    },
    'snapshots.load': () => snapshots.load(key),
    'snapshots.list': () => snapshots.list({ status: 'running' }),
    'claims.findAvailable': () => claims.findAvailable(),
    'claims.claim': async () => {
      held = await claims.claim(task)
    },
    'claims.claim that is refused': () => claims.claim({ ...task, workerId: 'worker-2' }),
    'claims.extend': () => claims.extend(claim(), NEVER),
    'snapshots.save, fenced': async () => {
      saved = await snapshots.save(next(), { fence: claim() })
    },
    'claims.release': () => claims.release(claim()),
    'snapshots.save, fenced by a claim that is lost': () =>
      fails('CLAIM_LOST', snapshots.save(next(), { fence: claim() })),
    'claims.claimNext': () => claims.claimNext({ workerId: 'worker-1', ttl: NEVER }),
    'claims.claimNext, the last': () => claims.claimNext({ workerId: 'worker-1', ttl: NEVER }),
    'claims.claimNext of nothing': () => claims.claimNext({ workerId: 'worker-1', ttl: NEVER }),
    'snapshots.delete': () => snapshots.delete(key),

    'errors.append': () => errors.append([anError(), anError(), anError()]),
    'errors.list': () => errors.list({ workflowId: 'workflow-1' }),

    'workflows.delete': () => workflows.delete('workflow-1'),
    'workflows.purge': () => workflows.purge({ status: 'complete', olderThan: EPOCH }),
  }
  return Object.entries(calls).map(([name, run]) => ({ name, run }))
}

async function fails(code: ErrorCode, call: Promise<unknown>): Promise<void> {
  const error = await call.catch((thrown: unknown) => thrown)
  if (!isPersistenceError(error, code)) throw new Error(`Not ${code}`, { cause: error })
}

function missing(what: string): never {
  throw new Error(`The ${what} that an earlier call made is not there`)
}
