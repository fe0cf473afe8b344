import type { PersistenceProvider } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import {
  aCommand,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from '../fixtures.ts'
import type { Trial } from '../trial.ts'

/** Takes note of what a method returned. */
export type Look = (method: string, result: unknown) => void

/** Reads in every way, each result through `look`, and then changes, in every way, what was read. */
export async function lookThenWrite(
  store: PersistenceProvider,
  trial: Trial,
  look: Look,
): Promise<void> {
  await lookAtWorkflows(store, look)
  await lookAtSteps(store, trial, look)
  await lookAtEvents(store, trial, look)
  await lookAtSnapshots(store, trial, look)
  const { commands, errors } = store
  if (commands) {
    await commands.schedule(aCommand({ name: trial.id() }))
    look('commands.list', await commands.list())
    await commands.schedule(aCommand({ name: trial.id() }))
    await commands.process({ asOf: EPOCH, limit: 1 }, () => undefined)
  }
  if (errors) {
    const workflowId = trial.id()
    await errors.append([anError({ workflowId })])
    look('errors.list', await errors.list({ workflowId }))
    await errors.append([anError({ workflowId })])
  }
}

async function lookAtWorkflows({ workflows }: PersistenceProvider, look: Look): Promise<void> {
  if (workflows === undefined) return
  const created = await workflows.create(aWorkflow({ data: { a: [1] } }))
  look('workflows.create', created)
  const { id } = created
  look('workflows.get', await workflows.get(id))
  look('workflows.getMany', await workflows.getMany([id]))
  look('workflows.list', await workflows.list())
  look('workflows.getRunnable', await workflows.getRunnable({ asOf: EPOCH }))
  const updated = await workflows.update({ ...created, status: 'failed', data: { a: [2] } })
  look('workflows.update', updated)
  await workflows.create(aWorkflow())
  await workflows.update({ ...updated, data: null })
  await workflows.delete(id)
}

async function lookAtSteps(
  { steps, state }: PersistenceProvider,
  trial: Trial,
  look: Look,
): Promise<void> {
  const workflowId = trial.id()
  if (steps) {
    const key = { workflowId, stepId: 'step-1' }
    const created = await steps.create(aStep(key))
    await steps.saveOutput({ ...key, output: [1] })
    look('steps.create', created)
    look('steps.get', await steps.get(key))
    look('steps.list', await steps.list({ workflowId }))
    look('steps.loadOutput', await steps.loadOutput(key))
    look('steps.update', await steps.update({ ...created, status: 'running' }))
    await steps.update({ ...created, status: 'failed', version: 2 })
    await steps.create(aStep({ workflowId, stepId: 'step-2' }))
    await steps.saveOutput({ ...key, output: [2] })
  }
  if (state) {
    const key = { workflowId, key: 'a' }
    await state.set({ ...key, value: [1] })
    look('state.get', await state.get(key))
    look('state.getAll', await state.getAll(workflowId))
    await state.set({ ...key, value: [2] })
    await state.set({ ...key, key: 'b', value: [2] })
    await state.delete(key)
  }
}

async function lookAtEvents(
  { events, subscriptions }: PersistenceProvider,
  trial: Trial,
  look: Look,
): Promise<void> {
  const topic = { eventName: trial.id(), eventKey: 'a' }
  const asOf = EPOCH
  if (events) {
    const created = await events.create(anEvent(topic))
    look('events.create', created)
    look('events.get', await events.get(created.id))
    look('events.find', await events.find({ ...topic, asOf }))
    look('events.getRunnable', await events.getRunnable({ asOf }))
    await events.create(anEvent(topic))
    await events.markProcessed(created.id)
    await events.purge({ olderThan: EPOCH + 1 })
  }
  if (subscriptions) {
    const created = await subscriptions.create(aSubscription(topic))
    look('subscriptions.create', created)
    look('subscriptions.get', await subscriptions.get(created.id))
    look('subscriptions.find', await subscriptions.find({ ...topic, asOf }))
    look('subscriptions.findFirstOpen', await subscriptions.findFirstOpen({ ...topic, asOf }))
    await subscriptions.create(aSubscription(topic))
    await subscriptions.setToken(created.id, { token: 'token', workerId: 'worker-1', ttl: null })
    await subscriptions.terminate(created.id)
  }
}

async function lookAtSnapshots(
  { snapshots, claims }: PersistenceProvider,
  trial: Trial,
  look: Look,
): Promise<void> {
  if (snapshots === undefined) return
  const key = { instanceId: trial.id(), workflowId: 'workflow-1' }
  const readyTasks = [{ taskId: 'task-1', tags: ['a'] }, { taskId: 'task-2' }]
  const saved = await snapshots.save(aSnapshot({ ...key, readyTasks }))
  look('snapshots.save', saved)
  look('snapshots.load', await snapshots.load(key))
  look('snapshots.list', await snapshots.list())
  if (claims) {
    look('claims.findAvailable', await claims.findAvailable())
    const hold = { workerId: 'worker-1', ttl: null }
    const claim = await claims.claim({ ...key, taskId: 'task-1', ...hold })
    look('claims.claim', claim)
    const claimed = await claims.claimNext(hold)
    look('claims.claimNext', claimed)
    if (claim !== null) look('claims.extend', await claims.extend(claim, 1000))
    if (claimed !== null) await claims.release(claimed.claim)
  }
  await snapshots.save({ ...saved, status: 'paused', readyTasks: [] })
  await snapshots.delete(key)
}
