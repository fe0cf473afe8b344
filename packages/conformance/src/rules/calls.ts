import { MAX_INSTANT, type PersistenceProvider } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import {
  aClaim,
  aCommand,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from '../fixtures.ts'

export type NamedCall = readonly [method: string, call: () => Promise<unknown>]

/** A call of every method that a provider has, with arguments inside the value domain. `id` is one that is free. */
export function everyCall(provider: PersistenceProvider, id: string): readonly NamedCall[] {
  const { workflows, steps, state, events, subscriptions, commands, snapshots, claims, errors } =
    provider
  const step = { workflowId: id, stepId: id }
  const entry = { workflowId: id, key: id }
  const snapshot = { instanceId: id, workflowId: id }
  const claim = aClaim(snapshot)
  const topic = { eventName: id, eventKey: id, asOf: EPOCH }
  const hold = { workerId: 'worker-1', ttl: 1000 }
  const calls: NamedCall[] = [
    ['ensureStore', () => provider.ensureStore()],
    ['ping', () => provider.ping()],
  ]
  if (workflows) {
    calls.push(
      ['workflows.create', () => workflows.create(aWorkflow({ id }))],
      ['workflows.get', () => workflows.get(id)],
      ['workflows.getMany', () => workflows.getMany([id])],
      ['workflows.update', () => workflows.update({ ...aWorkflow(), id, version: 1 })],
      ['workflows.delete', () => workflows.delete(id)],
      ['workflows.getRunnable', () => workflows.getRunnable({ asOf: EPOCH })],
      ['workflows.list', () => workflows.list()],
      ['workflows.purge', () => workflows.purge({ status: 'complete', olderThan: -MAX_INSTANT })],
    )
  }
  if (steps) {
    calls.push(
      ['steps.create', () => steps.create(aStep(step))],
      ['steps.get', () => steps.get(step)],
      ['steps.update', () => steps.update({ ...aStep(step), version: 1 })],
      ['steps.list', () => steps.list({ workflowId: id })],
      ['steps.saveOutput', () => steps.saveOutput({ ...step, output: 1 })],
      ['steps.loadOutput', () => steps.loadOutput(step)],
    )
  }
  if (state) {
    calls.push(
      ['state.set', () => state.set({ ...entry, value: 1 })],
      ['state.get', () => state.get(entry)],
      ['state.delete', () => state.delete(entry)],
      ['state.getAll', () => state.getAll(id)],
    )
  }
  if (events) {
    calls.push(
      ['events.create', () => events.create(anEvent({ id }))],
      ['events.get', () => events.get(id)],
      ['events.getRunnable', () => events.getRunnable({ asOf: EPOCH })],
      ['events.find', () => events.find(topic)],
      ['events.markProcessed', () => events.markProcessed(id)],
      ['events.markUnprocessed', () => events.markUnprocessed(id)],
      ['events.purge', () => events.purge({ olderThan: -MAX_INSTANT })],
    )
  }
  if (subscriptions) {
    calls.push(
      ['subscriptions.create', () => subscriptions.create(aSubscription({ id }))],
      ['subscriptions.get', () => subscriptions.get(id)],
      ['subscriptions.find', () => subscriptions.find(topic)],
      ['subscriptions.findFirstOpen', () => subscriptions.findFirstOpen(topic)],
      ['subscriptions.terminate', () => subscriptions.terminate(id)],
      ['subscriptions.setToken', () => subscriptions.setToken(id, { token: id, ...hold })],
      ['subscriptions.clearToken', () => subscriptions.clearToken(id, id)],
    )
  }
  if (commands) {
    calls.push(
      ['commands.schedule', () => commands.schedule(aCommand({ name: id }))],
      ['commands.process', () => commands.process({ asOf: -MAX_INSTANT }, () => undefined)],
      ['commands.list', () => commands.list()],
    )
  }
  if (snapshots) {
    calls.push(
      ['snapshots.save', () => snapshots.save(aSnapshot(snapshot))],
      ['snapshots.load', () => snapshots.load(snapshot)],
      ['snapshots.delete', () => snapshots.delete(snapshot)],
      ['snapshots.list', () => snapshots.list()],
    )
  }
  if (claims) {
    calls.push(
      ['claims.claim', () => claims.claim({ ...snapshot, taskId: 'task-1', ...hold })],
      ['claims.extend', () => claims.extend(claim, 1000)],
      ['claims.release', () => claims.release(claim)],
      ['claims.findAvailable', () => claims.findAvailable()],
      ['claims.claimNext', () => claims.claimNext(hold)],
    )
  }
  if (errors) {
    calls.push(
      ['errors.append', () => errors.append([anError({ id })])],
      ['errors.list', () => errors.list({ workflowId: id })],
    )
  }
  return calls
}
