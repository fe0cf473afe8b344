import { EPOCH } from '../clock.ts'
import { aSnapshot, aSubscription, anEvent } from '../fixtures.ts'
import { WINDOW, shelf, windows, type PagedMethod } from './shelf.ts'

export const eventsRunnable: PagedMethod = {
  method: 'events.getRunnable',
  order: '(eventTime, arrival)',
  needs: ['events'],
  bugs: ['workflow-core W31', 'workflow-core#146', 'dcb-event-store#89', 'vercel/workflow PR#2714'],
  shelves({ events }, trial) {
    const next = windows()
    return () => {
      const start = next()
      let arrival = 0
      return shelf({
        async add(rank) {
          const eventTime = start + rank
          const { id } = await events.create(anEvent({ id: trial.id(), eventTime }))
          arrival += 1
          return [id, [eventTime, arrival]]
        },
        remove: async (id) => events.markProcessed(id),
        touch: async (id) => events.markUnprocessed(id),
        page: async (request) => events.getRunnable({ asOf: start + WINDOW, ...request }),
        keyOf: (id) => id,
      })
    }
  },
}

export const eventsFind: PagedMethod = {
  method: 'events.find',
  order: '(eventTime, arrival)',
  needs: ['events'],
  bugs: ['workflow-core W31', 'workflow-core#146', 'vercel/workflow PR#2714'],
  shelves:
    ({ events }, trial) =>
    () => {
      const topic = { eventName: trial.id(), eventKey: 'key-1' }
      let arrival = 0
      return shelf({
        async add(rank) {
          const eventTime = EPOCH + rank
          const { id } = await events.create(anEvent({ ...topic, id: trial.id(), eventTime }))
          arrival += 1
          return [id, [eventTime, arrival]]
        },
        touch: async (id) => events.markProcessed(id),
        page: async (request) => events.find({ ...topic, asOf: EPOCH, ...request }),
        keyOf: ({ id }) => id,
      })
    },
}

export const subscriptionsFind: PagedMethod = {
  method: 'subscriptions.find',
  order: '(subscribeAsOf, id)',
  needs: ['subscriptions'],
  bugs: ['workflow-core W31', 'amazonka#340', 'workflow-core W13'],
  shelves:
    ({ subscriptions }, trial) =>
    () => {
      const topic = { eventName: trial.id(), eventKey: 'key-1' }
      return shelf({
        async add(rank) {
          const subscribeAsOf = EPOCH + rank
          const wanted = aSubscription({ ...topic, id: trial.id(), subscribeAsOf })
          const { id } = await subscriptions.create(wanted)
          return [id, [subscribeAsOf, id]]
        },
        remove: async (id) => subscriptions.terminate(id),
        touch: async (id) =>
          subscriptions.setToken(id, { token: id, workerId: 'worker-1', ttl: null }),
        page: async (request) => subscriptions.find({ ...topic, asOf: EPOCH + WINDOW, ...request }),
        keyOf: ({ id }) => id,
      })
    },
}

export const snapshotsList: PagedMethod = {
  method: 'snapshots.list',
  order: '(instanceId, workflowId)',
  needs: ['snapshots'],
  bugs: ['sayiir list_snapshots: unordered', 'langgraph-redis PR#107'],
  shelves:
    ({ snapshots }, trial) =>
    () => {
      const base = trial.id()
      const instances = new Map<string, string>()
      const keyOf = (workflowId: string): { instanceId: string; workflowId: string } => ({
        instanceId: instances.get(workflowId) ?? base,
        workflowId,
      })
      return shelf({
        async add(rank) {
          const instanceId = `${base}/${String(rank).padStart(3, '0')}`
          const workflowId = trial.id()
          // Paused, to stay out of the way of tasks that are available.
          await snapshots.save(aSnapshot({ instanceId, workflowId, status: 'paused' }))
          instances.set(workflowId, instanceId)
          return [workflowId, [instanceId, workflowId]]
        },
        remove: async (workflowId) => snapshots.delete(keyOf(workflowId)),
        async touch(workflowId) {
          const current = await snapshots.load(keyOf(workflowId))
          if (current) await snapshots.save({ ...current, state: 'touched' })
        },
        page: async (request) => snapshots.list({ status: 'paused', ...request }),
        keyOf: ({ workflowId }) => workflowId,
        async clear() {
          for (const workflowId of instances.keys()) await snapshots.delete(keyOf(workflowId))
        },
      })
    },
}

export const claimsAvailable: PagedMethod = {
  method: 'claims.findAvailable',
  order: '(priority, readyAt, instanceId, workflowId, taskId)',
  needs: ['snapshots', 'claims'],
  bugs: ['sayiir find_available_tasks: order unspecified', 'temporal PR#3297', 'workflow-core W13'],
  shelves:
    ({ snapshots, claims }, trial) =>
    () => {
      const tag = trial.id()
      return shelf({
        async add(priority) {
          const snapshot = { instanceId: trial.id(), workflowId: 'workflow-1' }
          const readyTasks = [{ taskId: 'task-1', tags: [tag], priority }]
          await snapshots.save(aSnapshot({ ...snapshot, readyTasks }))
          // The store says when it was ready.
          return [snapshot.instanceId, [priority, 0, snapshot.instanceId, 'workflow-1', 'task-1']]
        },
        remove: async (instanceId) =>
          claims.claim({
            instanceId,
            workflowId: 'workflow-1',
            taskId: 'task-1',
            workerId: 'worker-1',
            ttl: null,
          }),
        page: async (request) => claims.findAvailable({ tags: [tag], ...request }),
        keyOf: ({ instanceId }) => instanceId,
        placeOf: ({ priority, readyAt, instanceId, workflowId, taskId }) => [
          priority,
          readyAt,
          instanceId,
          workflowId,
          taskId,
        ],
      })
    },
}
