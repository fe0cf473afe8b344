import { MAX_INSTANT, type PersistenceProvider } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import {
  aCommand,
  aPointer,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from '../fixtures.ts'
import type { Trial } from '../trial.ts'

/** Takes note of an argument on its way to a method, and passes it on. */
export type Give = <T>(method: string, argument: T) => T

/** Calls every method that takes an object, each argument through `give`. */
export async function callWithArguments(
  store: PersistenceProvider,
  trial: Trial,
  give: Give,
): Promise<void> {
  await callWorkflows(store, trial, give)
  await callSteps(store, trial, give)
  await callEvents(store, trial, give)
  await callSnapshots(store, trial, give)
  const { commands, errors } = store
  if (commands) {
    await commands.schedule(give('commands.schedule', aCommand({ name: trial.id() })))
    await commands.list(give('commands.list', { limit: 1 }))
    await commands.process(give('commands.process', { asOf: -MAX_INSTANT }), () => undefined)
  }
  if (errors) {
    const workflowId = trial.id()
    const batch = [anError({ workflowId, details: { a: [1] } }), anError({ workflowId })]
    await errors.append(give('errors.append', batch))
    await errors.list(give('errors.list', { workflowId }))
  }
}

async function callWorkflows(
  { workflows, capabilities }: PersistenceProvider,
  trial: Trial,
  give: Give,
): Promise<void> {
  if (workflows === undefined) return
  const workflow = aWorkflow({ data: { a: [1] }, pointers: [aPointer({ outcome: { a: 1 } })] })
  await workflows.create(give('workflows.create', workflow))
  const named = { ...aWorkflow(), id: trial.id(), createdAt: EPOCH, updatedAt: EPOCH }
  const created = await workflows.create(give('workflows.create', named))
  const change = { ...structuredClone(created), status: 'suspended' } as const
  const options = capabilities.atomicSubscriptions
    ? { subscriptions: [aSubscription({ workflowId: created.id, data: { a: [1] } })] }
    : {}
  await workflows.update(
    give('workflows.update', change),
    give('workflows.update (options)', options),
  )
  await workflows.getMany(give('workflows.getMany', [created.id, trial.id(), created.id]))
  await workflows.getRunnable(give('workflows.getRunnable', { asOf: EPOCH, limit: 1 }))
  await workflows.list(give('workflows.list', { status: 'runnable', createdFrom: 0 }))
  const purge = { status: 'complete', olderThan: -MAX_INSTANT } as const
  await workflows.purge(give('workflows.purge', purge))
}

async function callSteps(
  { steps, state }: PersistenceProvider,
  trial: Trial,
  give: Give,
): Promise<void> {
  const workflowId = trial.id()
  if (steps) {
    const key = { workflowId, stepId: 'step-1' }
    const created = await steps.create(give('steps.create', aStep({ ...key, input: { a: [1] } })))
    await steps.update(give('steps.update', { ...structuredClone(created), status: 'running' }))
    await steps.get(give('steps.get', { ...key }))
    await steps.list(give('steps.list', { workflowId }))
    await steps.saveOutput(give('steps.saveOutput', { ...key, output: { a: [1] } }))
    await steps.loadOutput(give('steps.loadOutput', { ...key }))
  }
  if (state) {
    const key = { workflowId, key: 'a' }
    await state.set(give('state.set', { ...key, value: { a: [1] } }))
    await state.get(give('state.get', { ...key }))
    await state.delete(give('state.delete', { ...key }))
  }
}

async function callEvents(
  { events, subscriptions }: PersistenceProvider,
  trial: Trial,
  give: Give,
): Promise<void> {
  const query = { eventName: trial.id(), eventKey: 'a', asOf: EPOCH }
  if (events) {
    await events.create(give('events.create', anEvent({ data: { a: [1] } })))
    await events.create(give('events.create', { ...anEvent(), id: trial.id() }))
    await events.find(give('events.find', { ...query }))
    await events.getRunnable(give('events.getRunnable', { asOf: EPOCH, limit: 1 }))
    await events.purge(give('events.purge', { olderThan: -MAX_INSTANT }))
  }
  if (subscriptions) {
    const wanted = aSubscription({ data: { a: [1] } })
    const { id } = await subscriptions.create(give('subscriptions.create', wanted))
    await subscriptions.find(give('subscriptions.find', { ...query }))
    await subscriptions.findFirstOpen(give('subscriptions.findFirstOpen', { ...query }))
    const request = { token: trial.id(), workerId: 'worker-1', ttl: null }
    await subscriptions.setToken(id, give('subscriptions.setToken', request))
  }
}

async function callSnapshots(
  { snapshots, claims }: PersistenceProvider,
  trial: Trial,
  give: Give,
): Promise<void> {
  if (snapshots === undefined) return
  const key = { instanceId: trial.id(), workflowId: 'workflow-1' }
  const readyTasks = [{ taskId: 'task-1', input: { a: [1] }, tags: ['a'] }]
  const saved = await snapshots.save(
    give(
      'snapshots.save',
      aSnapshot({ ...key, readyTasks, state: { a: [1] }, metadata: { a: 1 } }),
    ),
  )
  await snapshots.save(give('snapshots.save', { ...structuredClone(saved), state: 2 }))
  await snapshots.load(give('snapshots.load', { ...key }))
  await snapshots.list(give('snapshots.list', { status: 'running' }))
  if (claims) {
    const hold = { workerId: 'worker-1', ttl: trial.clock.ttl }
    const request = { ...key, taskId: 'task-1', ...hold }
    await claims.findAvailable(give('claims.findAvailable', { tags: ['a'] }))
    const claim = await claims.claim(give('claims.claim', request))
    if (claim !== null) {
      await claims.extend(give('claims.extend', structuredClone(claim)), trial.clock.ttl)
      await claims.release(give('claims.release', structuredClone(claim)))
    }
    await claims.claimNext(give('claims.claimNext', { ...hold, tags: ['a'] }))
  }
  await snapshots.delete(give('snapshots.delete', { ...key }))
}
