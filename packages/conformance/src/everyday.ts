import type { SnapshotStatus, WorkflowQuery } from '@holdfast/spec'
import { aSnapshot, aWorkflow } from './own-tests.ts'
import type { Store } from './rule.ts'

/** What a store was filled with, by its author. */
export interface Filling {
  /** Epoch ms, at which something is due. */
  readonly asOf: number
  /** How many records each list is asked for. */
  readonly limit: number
  /** A workflow with steps, state and errors. */
  readonly workflowId: string
  /** Another workflow, which is updated. */
  readonly updatedId: string
  readonly eventId: string
  readonly topic: { readonly eventName: string; readonly eventKey: string }
  readonly snapshotStatus: SnapshotStatus
  /** Lists of workflows, each with a name: `by status`. */
  readonly lists: Readonly<Record<string, WorkflowQuery>>
}

/**
 * What the workers of an engine ask a store all day, for an author's own test of what a call costs: it is the same
 * with a thousand records as with a hundred thousand. Each call leaves as many records as it found.
 */
export function everydayCalls(
  filling: Filling,
): Readonly<Record<string, (store: Store) => Promise<unknown>>> {
  const { asOf, limit, workflowId, updatedId, eventId, topic, snapshotStatus, lists } = filling
  const seek = { workerId: 'worker-1', ttl: 1_000 }
  const waiting = { ...topic, workflowId, stepId: 'step-1', executionPointerId: 'pointer-1' }
  const listing = Object.entries(lists).map(([name, query]) => [
    `workflows.list ${name}`,
    ({ workflows }: Store) => workflows.list({ ...query, limit }),
  ])
  return {
    'workflows.get': ({ workflows }) => workflows.get(workflowId),
    'workflows.getRunnable': ({ workflows }) => workflows.getRunnable({ asOf, limit }),
    'workflows.list': ({ workflows }) => workflows.list({ limit }),
    ...Object.fromEntries(listing),
    // Of what nothing is old enough.
    'workflows.purge': ({ workflows }) => workflows.purge({ status: 'failed', olderThan: 10 }),
    'workflows.create and delete': async ({ workflows }) =>
      workflows.delete((await workflows.create(aWorkflow())).id),
    'workflows.update': async ({ workflows }) => {
      const workflow = await workflows.get(updatedId)
      if (workflow) await workflows.update(workflow)
    },
    'steps.list': ({ steps }) => steps.list({ workflowId, limit }),
    'state.getAll': ({ state }) => state.getAll(workflowId),
    'events.getRunnable': ({ events }) => events.getRunnable({ asOf, limit }),
    'events.find': ({ events }) => events.find({ ...topic, asOf: 0, limit }),
    'events.markProcessed and markUnprocessed': async ({ events }) => {
      await events.markProcessed(eventId)
      await events.markUnprocessed(eventId)
    },
    'events.purge': ({ events }) => events.purge({ olderThan: 10 }),
    'subscriptions.find': ({ subscriptions }) => subscriptions.find({ ...topic, asOf, limit }),
    'subscriptions.findFirstOpen': ({ subscriptions }) =>
      subscriptions.findFirstOpen({ ...topic, asOf }),
    'subscriptions.create, setToken and terminate': async ({ subscriptions }) => {
      const { id } = await subscriptions.create({ ...waiting, subscribeAsOf: 0 })
      await subscriptions.setToken(id, { token: 'token-1', ...seek })
      await subscriptions.terminate(id)
    },
    'commands.schedule and process': async ({ commands }) => {
      // Before all others.
      await commands.schedule({ name: 'now', data: '', executeAt: -1 })
      await commands.process({ asOf: -1, limit: 1 }, () => {})
    },
    'commands.list': ({ commands }) => commands.list({ limit }),
    'snapshots.save, load and delete': async ({ snapshots }) => {
      const key = await snapshots.save(aSnapshot())
      await snapshots.load({ instanceId: key.instanceId, workflowId: key.workflowId })
      await snapshots.delete({ instanceId: key.instanceId, workflowId: key.workflowId })
    },
    'snapshots.list': ({ snapshots }) => snapshots.list({ status: snapshotStatus, limit }),
    'claims.findAvailable': ({ claims }) => claims.findAvailable({ limit }),
    'claims.claimNext, extend and release': async ({ claims }) => {
      const next = await claims.claimNext(seek)
      const extended = next && (await claims.extend(next.claim, 1_000))
      if (extended) await claims.release(extended)
    },
    'errors.list': ({ errors }) => errors.list({ workflowId, limit }),
  }
}
