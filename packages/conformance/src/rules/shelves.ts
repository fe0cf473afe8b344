import { commandKey, type WorkflowInstance } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { aCommand, aStep, aWorkflow, anError } from '../fixtures.ts'
import { WINDOW, shelf, windows, type PagedMethod } from './shelf.ts'
import {
  claimsAvailable,
  eventsFind,
  eventsRunnable,
  snapshotsList,
  subscriptionsFind,
} from './shelves-topics.ts'

const workflowsList: PagedMethod = {
  method: 'workflows.list',
  order: '(createdAt, id), both falling',
  needs: ['workflows'],
  bugs: ['workflow-core W13', 'workflow-core W31', 'Gorkflow ties (P26)', 'langgraph-redis PR#107'],
  shelves:
    ({ workflows }, trial) =>
    () => {
      const definitionId = trial.id()
      const stored = new Map<string, WorkflowInstance>()
      return shelf({
        async add(rank) {
          const createdAt = EPOCH + rank
          const id = trial.id()
          const content = { id, definitionId, createdAt }
          stored.set(id, await workflows.create(aWorkflow(content)))
          return [id, [createdAt, id]]
        },
        remove: async (id) => workflows.delete(id),
        async touch(id) {
          const current = stored.get(id)
          if (current) stored.set(id, await workflows.update({ ...current, data: 'touched' }))
        },
        page: async (request) => workflows.list({ definitionId, ...request }),
        keyOf: ({ id }) => id,
        direction: -1,
      })
    },
}

const workflowsRunnable: PagedMethod = {
  method: 'workflows.getRunnable',
  order: '(nextExecution, id)',
  needs: ['workflows'],
  bugs: ['workflow-core#1002', 'workflow-core W13', 'workflow-core W31', 'media-insights#607'],
  shelves({ workflows }, trial) {
    const next = windows()
    return () => {
      const start = next()
      const stored = new Map<string, WorkflowInstance>()
      return shelf({
        async add(rank) {
          const nextExecution = start + rank
          const created = await workflows.create(aWorkflow({ id: trial.id(), nextExecution }))
          stored.set(created.id, created)
          return [created.id, [nextExecution, created.id]]
        },
        async remove(id) {
          const current = stored.get(id)
          if (current) await workflows.update({ ...current, status: 'suspended' })
        },
        async touch(id) {
          const current = stored.get(id)
          if (current) stored.set(id, await workflows.update({ ...current, data: 'touched' }))
        },
        page: async (request) => workflows.getRunnable({ asOf: start + WINDOW, ...request }),
        keyOf: (id) => id,
      })
    }
  },
}

const stepsList: PagedMethod = {
  method: 'steps.list',
  order: '(executionIndex, stepId)',
  needs: ['steps'],
  bugs: ['workflow-core#7', 'Gorkflow ties (P26)', 'workflow-core W31'],
  shelves:
    ({ steps }, trial) =>
    () => {
      const workflowId = trial.id()
      return shelf({
        async add(executionIndex) {
          const { stepId } = await steps.create(
            aStep({ workflowId, stepId: trial.id(), executionIndex }),
          )
          return [stepId, [executionIndex, stepId]]
        },
        async touch(stepId) {
          const current = await steps.get({ workflowId, stepId })
          if (current) await steps.update({ ...current, attempt: 1 })
        },
        page: async (request) => steps.list({ workflowId, ...request }),
        keyOf: ({ stepId }) => stepId,
      })
    },
}

const commandsList: PagedMethod = {
  method: 'commands.list',
  order: '(executeAt, commandKey)',
  needs: ['commands'],
  bugs: ['workflow-core W13', 'workflow-core W31'],
  shelves:
    ({ commands }, trial) =>
    () =>
      shelf({
        async add(rank) {
          const command = aCommand({ name: trial.id(), executeAt: EPOCH + rank })
          await commands.schedule(command)
          const key = commandKey(command.name, command.data)
          return [key, [command.executeAt, key]]
        },
        page: async (request) => commands.list(request),
        keyOf: ({ name, data }) => commandKey(name, data),
        async clear() {
          await commands.process({ asOf: EPOCH + WINDOW, limit: 1000 }, () => undefined)
        },
      }),
}

const errorsList: PagedMethod = {
  method: 'errors.list',
  order: '(errorTime, arrival)',
  needs: ['errors'],
  bugs: ['workflow-core: no read of errors (#423)', 'workflow-core W31', 'dcb-event-store#89'],
  shelves:
    ({ errors }, trial) =>
    () => {
      const workflowId = trial.id()
      let arrival = 0
      return shelf({
        async add(rank) {
          const id = trial.id()
          const errorTime = EPOCH + rank
          await errors.append([anError({ id, workflowId, errorTime })])
          arrival += 1
          return [id, [errorTime, arrival]]
        },
        page: async (request) => errors.list({ workflowId, ...request }),
        keyOf: ({ id }) => id,
      })
    },
}

/** Every paged method. The order gives the rules their numbers: new ones go last. */
export const pagedMethods: readonly PagedMethod[] = [
  workflowsList,
  workflowsRunnable,
  stepsList,
  eventsRunnable,
  eventsFind,
  subscriptionsFind,
  commandsList,
  snapshotsList,
  claimsAvailable,
  errorsList,
]
