import { EPOCH } from '../clock.ts'
import { aStep, aSubscription, aWorkflow, anError } from '../fixtures.ts'
import type { Write } from './retry-writes.ts'

const OLD = EPOCH - 1000

/** Workflows, their steps, their state, their errors. */
export const workflowWrites: readonly Write[] = [
  {
    rule: 'RETRY-01',
    method: 'workflows.create',
    needs: ['workflows'],
    bugs: ['vercel/workflow PR#2295', 'langgraph#7201'],
    async prepare(_, trial) {
      const id = trial.id()
      return {
        call: async ({ workflows }, options) =>
          workflows.create(aWorkflow({ id, definitionId: id, data: 'a' }), options),
        look: async ({ workflows }) => (await workflows.list({ definitionId: id })).items,
      }
    },
  },
  {
    rule: 'RETRY-02',
    method: 'workflows.update',
    needs: ['workflows'],
    bugs: ['durabletask PR#363', 'durabletask PR#1235'],
    async prepare({ workflows: direct }, trial) {
      const workflow = await direct.create(aWorkflow({ id: trial.id(), data: 'a' }))
      return {
        call: async ({ workflows }, options) =>
          workflows.update({ ...workflow, data: 'b' }, options),
        look: async ({ workflows }) => workflows.get(workflow.id),
      }
    },
  },
  {
    rule: 'RETRY-03',
    method: 'workflows.update with subscriptions',
    needs: ['workflows', 'subscriptions'],
    features: ['atomicSubscriptions'],
    bugs: ['workflow-core#935', 'workflow-core#1192'],
    async prepare({ workflows: direct }, trial) {
      const topic = { eventName: trial.id(), eventKey: 'a' }
      const workflow = await direct.create(aWorkflow({ id: trial.id() }))
      const opened = aSubscription({ ...topic, workflowId: workflow.id })
      return {
        call: async ({ workflows }, options) =>
          workflows.update(workflow, { ...options, subscriptions: [opened, opened] }),
        look: async ({ workflows, subscriptions }) => [
          await workflows.get(workflow.id),
          (await subscriptions.find({ ...topic, asOf: EPOCH })).items,
        ],
      }
    },
  },
  {
    rule: 'RETRY-04',
    method: 'workflows.delete',
    needs: ['workflows'],
    bugs: ['vercel/workflow#85'],
    gone: false,
    async prepare({ workflows: direct }, trial) {
      const { id } = await direct.create(aWorkflow({ id: trial.id() }))
      return {
        call: async ({ workflows }, options) => workflows.delete(id, options),
        look: async ({ workflows }) => workflows.get(id),
      }
    },
  },
  {
    rule: 'RETRY-05',
    method: 'workflows.purge',
    needs: ['workflows'],
    bugs: ['workflow-core#1192'],
    gone: 0,
    async prepare({ workflows: direct }, trial) {
      const { id } = await direct.create(
        aWorkflow({ id: trial.id(), status: 'complete', completedAt: OLD }),
      )
      return {
        call: async ({ workflows }, options) =>
          workflows.purge({ status: 'complete', olderThan: EPOCH }, options),
        look: async ({ workflows }) => workflows.get(id),
      }
    },
  },
  {
    rule: 'RETRY-06',
    method: 'steps.create',
    needs: ['steps'],
    bugs: ['vercel/workflow#2039', 'Gorkflow LibSQL CreateStepExecution'],
    async prepare(_, trial) {
      const workflowId = trial.id()
      return {
        call: async ({ steps }, options) => steps.create(aStep({ workflowId, input: 1 }), options),
        look: async ({ steps }) => (await steps.list({ workflowId })).items,
      }
    },
  },
  {
    rule: 'RETRY-07',
    method: 'steps.update',
    needs: ['steps'],
    bugs: ['durabletask PR#363', 'vercel/workflow#2331'],
    async prepare({ steps: direct }, trial) {
      const workflowId = trial.id()
      const step = await direct.create(aStep({ workflowId }))
      return {
        call: async ({ steps }, options) => steps.update({ ...step, status: 'complete' }, options),
        look: async ({ steps }) => (await steps.list({ workflowId })).items,
      }
    },
  },
  {
    rule: 'RETRY-08',
    method: 'steps.saveOutput',
    needs: ['steps'],
    bugs: ['durabletask PR#1235'],
    async prepare(_, trial) {
      const key = { workflowId: trial.id(), stepId: 'step-1' }
      return {
        call: async ({ steps }, options) => steps.saveOutput({ ...key, output: [1] }, options),
        look: async ({ steps }) => steps.loadOutput(key),
      }
    },
  },
  {
    rule: 'RETRY-09',
    method: 'state.set',
    needs: ['state'],
    bugs: ['durabletask PR#1235'],
    async prepare({ state: direct }, trial) {
      const key = { workflowId: trial.id(), key: 'a' }
      await direct.set({ ...key, value: 1 })
      return {
        call: async ({ state }, options) => state.set({ ...key, value: 2 }, options),
        look: async ({ state }) => state.getAll(key.workflowId),
      }
    },
  },
  {
    rule: 'RETRY-10',
    method: 'state.delete',
    needs: ['state'],
    bugs: ['durabletask PR#1235'],
    gone: false,
    async prepare({ state: direct }, trial) {
      const key = { workflowId: trial.id(), key: 'a' }
      await direct.set({ ...key, value: 1 })
      return {
        call: async ({ state }, options) => state.delete(key, options),
        look: async ({ state }) => state.getAll(key.workflowId),
      }
    },
  },
  {
    rule: 'RETRY-11',
    method: 'errors.append',
    needs: ['errors'],
    bugs: ['workflow-core#935', 'langgraph#7201'],
    async prepare(_, trial) {
      const workflowId = trial.id()
      return {
        call: async ({ errors }, options) =>
          errors.append([anError({ workflowId }), anError({ workflowId })], options),
        look: async ({ errors }) => (await errors.list({ workflowId })).items,
      }
    },
  },
]
