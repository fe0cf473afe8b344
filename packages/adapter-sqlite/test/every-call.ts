import type { TaskClaim } from '@holdfast/spec'
import { NOW, aSnapshot, aSubscription, aWorkflow, type Whole } from './support.ts'

export interface NamedCall {
  readonly method: string
  readonly run: () => Promise<unknown>
}

/** One call of every method, in an order in which each finds what it needs. */
export function everyCall(store: Whole): readonly NamedCall[] {
  const { workflows, steps, state, events, subscriptions, commands, snapshots, claims, errors } =
    store
  const claimed: TaskClaim[] = []
  const claimOf = (): TaskClaim => claimed[0] ?? raise('nothing was claimed')
  const topic = { eventName: 'paid', eventKey: 'order-1', asOf: NOW }
  const step = { workflowId: 'w', stepId: 's' }
  const entry = { workflowId: 'w', key: 'k' }
  const snapshot = { instanceId: 'i', workflowId: 'w' }
  const calls: Record<string, () => Promise<unknown>> = {
    ping: () => store.ping(),
    'workflows.create': () => workflows.create(aWorkflow({ id: 'w' })),
    'workflows.get': () => workflows.get('w'),
    'workflows.getMany': () => workflows.getMany(['w', 'x']),
    'workflows.getRunnable': () => workflows.getRunnable({ asOf: NOW }),
    'workflows.list': () => workflows.list(),
    'workflows.update': () => workflows.update({ ...aWorkflow(), id: 'w', version: 1 }),
    'workflows.update with subscriptions': () =>
      workflows.update(
        { ...aWorkflow(), id: 'w', version: 2 },
        {
          subscriptions: [
            aSubscription({ id: 'a' }),
            aSubscription({ id: 'b', token: 't', workerId: 'u' }),
          ],
        },
      ),
    'steps.create': () =>
      steps.create({ ...step, executionIndex: 0, status: 'pending', attempt: 0 }),
    'steps.get': () => steps.get(step),
    'steps.update': () =>
      steps.update({ ...step, executionIndex: 0, status: 'running', attempt: 0, version: 1 }),
    'steps.list': () => steps.list({ workflowId: 'w' }),
    'steps.saveOutput': () => steps.saveOutput({ ...step, output: 1 }),
    'steps.loadOutput': () => steps.loadOutput(step),
    'state.set': () => state.set({ ...entry, value: 1 }),
    'state.get': () => state.get(entry),
    'state.getAll': () => state.getAll('w'),
    'state.delete': () => state.delete(entry),
    'events.create': () =>
      events.create({ id: 'e', eventName: 'paid', eventKey: 'order-1', eventTime: NOW }),
    'events.get': () => events.get('e'),
    'events.getRunnable': () => events.getRunnable({ asOf: NOW }),
    'events.find': () => events.find(topic),
    'events.markProcessed': () => events.markProcessed('e'),
    'events.markUnprocessed': () => events.markUnprocessed('e'),
    'events.purge': () => events.purge({ olderThan: NOW }),
    'subscriptions.create': () => subscriptions.create(aSubscription({ id: 'c' })),
    'subscriptions.get': () => subscriptions.get('c'),
    'subscriptions.find': () => subscriptions.find(topic),
    'subscriptions.findFirstOpen': () => subscriptions.findFirstOpen(topic),
    'subscriptions.setToken': () =>
      subscriptions.setToken('c', { token: 't', workerId: 'u', ttl: 1000 }),
    'subscriptions.clearToken': () => subscriptions.clearToken('c', 't'),
    'subscriptions.terminate': () => subscriptions.terminate('c'),
    'commands.schedule': () => commands.schedule({ name: 'n', data: 'd', executeAt: NOW }),
    'commands.list': () => commands.list(),
    'commands.process, one': () =>
      commands.process({ asOf: NOW, limit: 1 }, () => {
        throw new Error('Not done')
      }),
    'commands.process, one done': () => commands.process({ asOf: NOW, limit: 1 }, () => undefined),
    'snapshots.save, first': () => snapshots.save(aSnapshot()),
    'snapshots.load': () => snapshots.load(snapshot),
    'snapshots.list': () => snapshots.list(),
    'claims.findAvailable': () => claims.findAvailable(),
    'claims.claim': async () => {
      const claim = await claims.claim({ ...snapshot, taskId: 't', workerId: 'u', ttl: 1000 })
      if (claim) claimed.push(claim)
    },
    'claims.extend': () => claims.extend(claimOf(), 1000),
    'snapshots.save, fenced': () => snapshots.save(aSnapshot({ version: 1 }), { fence: claimOf() }),
    'claims.release': () => claims.release(claimOf()),
    'claims.claimNext': () => claims.claimNext({ workerId: 'u', ttl: 1000 }),
    'snapshots.delete': () => snapshots.delete(snapshot),
    'errors.append': () =>
      errors.append([{ id: 'x', workflowId: 'w', errorTime: NOW, message: 'It broke' }]),
    'errors.list': () => errors.list({ workflowId: 'w' }),
    'workflows.delete': () => workflows.delete('w'),
    'workflows.purge': () => workflows.purge({ status: 'complete', olderThan: NOW }),
  }
  return Object.entries(calls).map(([method, run]) => ({ method, run }))
}

function raise(message: string): never {
  throw new Error(message)
}
