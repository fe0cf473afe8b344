import { EPOCH } from '../clock.ts'
import { aStep, aSubscription, aWorkflow, anError, anEvent } from '../fixtures.ts'
import type { Store } from '../rule.ts'
import { both, type Pair } from './interleave-pair.ts'

const OLD = EPOCH - 1000

/** Workflows, steps, events and errors: one writer of two, and nothing by halves. */
export const recordPairs: readonly Pair[] = [
  {
    rule: 'INTER-01',
    title: 'of two workflows.create with one id one succeeds',
    clause: 1,
    needs: ['workflows'],
    bugs: ['workflow-core#507', 'vercel/workflow PR#2295'],
    async prepare(_, trial) {
      const id = trial.id()
      return {
        ...both(
          (data) =>
            async ({ workflows }, options) =>
              workflows.create(aWorkflow({ id, data }), options),
        ),
        look: async ({ workflows }) => workflows.get(id),
      }
    },
  },
  {
    rule: 'INTER-02',
    title: 'of two workflows.update with one version one succeeds',
    clause: 3,
    needs: ['workflows'],
    bugs: ['workflow-core#921', 'durabletask#890'],
    async prepare({ workflows: direct }, trial) {
      const workflow = await direct.create(aWorkflow({ id: trial.id() }))
      return {
        ...both(
          (data) =>
            async ({ workflows }, options) =>
              workflows.update({ ...workflow, data }, options),
        ),
        look: async ({ workflows }) => workflows.get(workflow.id),
      }
    },
  },
  {
    rule: 'INTER-03',
    title: 'workflows.update with subscriptions shows all of them or none to subscriptions.find',
    clause: 5,
    needs: ['workflows', 'subscriptions'],
    features: ['atomicSubscriptions'],
    bugs: ['workflow-core#1192', 'durabletask#1094'],
    async prepare({ workflows: direct }, trial) {
      const topic = { eventName: trial.id(), eventKey: 'a' }
      const workflow = await direct.create(aWorkflow({ id: trial.id() }))
      const opened = aSubscription({ ...topic, workflowId: workflow.id })
      const find = async ({ subscriptions }: Store): Promise<unknown> =>
        (await subscriptions.find({ ...topic, asOf: EPOCH })).items
      return {
        a: async ({ workflows }, options) =>
          workflows.update(workflow, { ...options, subscriptions: [opened, opened, opened] }),
        b: find,
        look: find,
      }
    },
  },
  {
    rule: 'INTER-04',
    title: 'a workflow that workflows.delete takes is not brought back by workflows.update',
    clause: 3,
    needs: ['workflows'],
    bugs: ['flow-orchestrator W3', 'vercel/workflow#85'],
    async prepare({ workflows: direct }, trial) {
      const workflow = await direct.create(aWorkflow({ id: trial.id() }))
      return {
        a: async ({ workflows }, options) => workflows.update(workflow, options),
        b: async ({ workflows }, options) => workflows.delete(workflow.id, options),
        look: async ({ workflows }) => workflows.get(workflow.id),
      }
    },
  },
  {
    rule: 'INTER-05',
    title: 'workflows.purge takes no workflow that workflows.update has started again',
    clause: 14,
    needs: ['workflows'],
    bugs: ['workflow-core#1192', 'Hangfire.PostgreSql#130'],
    async prepare({ workflows: direct }, trial) {
      const done = aWorkflow({ id: trial.id(), status: 'complete', completedAt: OLD })
      const { completedAt: _, ...workflow } = await direct.create(done)
      return {
        a: async ({ workflows }, options) =>
          workflows.update({ ...workflow, status: 'runnable' }, options),
        b: async ({ workflows }, options) =>
          workflows.purge({ status: 'complete', olderThan: EPOCH }, options),
        look: async ({ workflows }) => workflows.get(workflow.id),
      }
    },
  },
  {
    rule: 'INTER-06',
    title: 'of two steps.create of one step one succeeds',
    clause: 1,
    needs: ['steps'],
    bugs: ['Gorkflow LibSQL CreateStepExecution'],
    async prepare(_, trial) {
      const workflowId = trial.id()
      return {
        ...both(
          (input) =>
            async ({ steps }, options) =>
              steps.create(aStep({ workflowId, input }), options),
        ),
        look: async ({ steps }) => (await steps.list({ workflowId })).items,
      }
    },
  },
  {
    rule: 'INTER-07',
    title: 'of two steps.update with one version one succeeds',
    clause: 3,
    needs: ['steps'],
    bugs: ['vercel/workflow#2331'],
    async prepare({ steps: direct }, trial) {
      const step = await direct.create(aStep({ workflowId: trial.id() }))
      return {
        ...both(
          (output) =>
            async ({ steps }, options) =>
              steps.update({ ...step, output }, options),
        ),
        look: async ({ steps }) => (await steps.list({ workflowId: step.workflowId })).items,
      }
    },
  },
  {
    rule: 'INTER-08',
    title: 'of two events.create with one id one succeeds',
    clause: 1,
    needs: ['events'],
    bugs: ['workflow-core#935'],
    async prepare(_, trial) {
      const id = trial.id()
      return {
        ...both(
          (data) =>
            async ({ events }, options) =>
              events.create(anEvent({ id, data }), options),
        ),
        look: async ({ events }) => events.get(id),
      }
    },
  },
  {
    rule: 'INTER-09',
    title: 'events.purge takes no event that events.markUnprocessed has opened again',
    clause: 14,
    needs: ['events'],
    bugs: ['workflow-core#432'],
    async prepare({ events: direct }, trial) {
      const { id } = await direct.create(
        anEvent({ id: trial.id(), eventTime: OLD, processed: true }),
      )
      return {
        a: async ({ events }, options) => events.markUnprocessed(id, options),
        b: async ({ events }, options) => events.purge({ olderThan: EPOCH }, options),
        look: async ({ events }) => events.get(id),
      }
    },
  },
  {
    rule: 'INTER-10',
    title: 'of two errors.append that share an id one succeeds, and appends all of its own',
    clause: 5,
    needs: ['errors'],
    bugs: ['workflow-core#1192'],
    async prepare(_, trial) {
      const workflowId = trial.id()
      const shared = trial.id()
      return {
        ...both(
          (mark) =>
            async ({ errors }, options) =>
              errors.append(
                [
                  anError({ workflowId, message: mark }),
                  anError({ workflowId, id: shared, message: mark }),
                ],
                options,
              ),
        ),
        look: async ({ errors }) => (await errors.list({ workflowId })).items,
      }
    },
  },
]
