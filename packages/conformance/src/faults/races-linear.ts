import type { StepExecution, WorkflowUpdate } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { crowd, gap, onItsWay } from './gap.ts'
import { snapshotKey, snapshotName, textOf } from './holds.ts'
import { readable } from './races-winners.ts'

/** What only a look at a whole history shows: values that never were, went away, and came back. */
export const raceLinearFaults: readonly Fault[] = [
  fault('update-seen-before-it-is-checked', {
    rule: 'LINEAR-01',
    also: ['ATOMIC-01', 'VISIBLE-01'],
    bug: 'langchain-ai/langgraph#8796: a write that loses is read all the same',
    says: /update and get of a workflow is not linearizable/,
    wrap(provider, store) {
      const dirty = onItsWay<WorkflowUpdate>(store, 'updates')
      return override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          dirty.set(workflow.id, workflow)
          try {
            await gap()
            return await real.update(workflow, options)
          } finally {
            if (dirty.get(workflow.id) === workflow) dirty.delete(workflow.id)
          }
        },
        async get(id, options) {
          const stored = await real.get(id, options)
          const change = dirty.get(id)
          if (!stored || !change) return stored
          return { ...stored, ...change, version: change.version + 1 }
        },
      }))
    },
  }),

  fault('step-read-from-two-replicas', {
    rule: 'LINEAR-02',
    bug: 'mastra PR#17982: a write is there, and then it is not',
    says: /update and get of a step is not linearizable/,
    wrap(provider, store) {
      const old = onItsWay<{ readonly step: StepExecution; reads: number }>(store, 'steps')
      const nameOf = (step: { workflowId: string; stepId: string }): string =>
        textOf([step.workflowId, step.stepId])
      return override(provider, 'steps', (real) => ({
        async update(step, options) {
          const { workflowId, stepId } = step
          const before = await readable(async () => real.get({ workflowId, stepId }))
          const updated = await real.update(step, options)
          if (before) old.set(nameOf(step), { step: before, reads: 0 })
          await gap()
          old.delete(nameOf(step))
          return updated
        },
        async get(key, options) {
          const now = await real.get(key, options)
          const replica = old.get(nameOf(key))
          if (!now || !replica) return now
          replica.reads += 1
          return replica.reads % 2 === 0 ? replica.step : now
        },
      }))
    },
  }),

  fault('snapshot-deleted-then-inserted', {
    rule: 'LINEAR-03',
    also: ['LIFE-09', 'VISIBLE-04'],
    bug: 'of the kind of workflow-core W16: a replace in two steps',
    says: /save and load of a snapshot is not linearizable/,
    wrap(provider, store) {
      const replaced = onItsWay<true>(store, 'snapshots')
      return override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          const seen = await readable(async () => real.load(snapshotKey(snapshot)))
          if (seen?.version !== snapshot.version) return real.save(snapshot, options)
          replaced.set(snapshotName(snapshot), true)
          try {
            await gap(1)
            return await real.save(snapshot, options)
          } finally {
            replaced.delete(snapshotName(snapshot))
          }
        },
        load: async (key, options) =>
          replaced.has(snapshotName(key)) ? null : real.load(key, options),
      }))
    },
  }),

  fault('state-in-one-document', {
    rule: 'LINEAR-04',
    also: ['LIFE-09'],
    bug: 'mastra PR#12575: a merge that is not atomic',
    says: /set, get and delete of the state is not linearizable/,
    wrap: (provider) =>
      override(provider, 'state', (real) => ({
        async set(entry, options) {
          const { workflowId } = entry
          const before = (await readable(async () => real.getAll(workflowId))) ?? []
          await gap()
          await real.set(entry, options)
          const now = await real.getAll(workflowId)
          const others = now.filter(({ key }) => key !== entry.key)
          for (const { key } of others) {
            const was = before.find((one) => one.key === key)
            if (was) await real.set(was)
            else await real.delete({ workflowId, key })
          }
        },
      })),
  }),

  fault('output-written-behind', {
    rule: 'LINEAR-05',
    also: ['LIFE-09'],
    bug: 'of the kind of sayiir save_task_result: it returns, and nothing is saved yet',
    says: /saveOutput and loadOutput is not linearizable/,
    wrap(plain, store) {
      const { provider, others } = crowd(plain, store)
      return override(provider, 'steps', (real) => ({
        async saveOutput(output, options) {
          const before = others()
          await gap()
          if (others() === before) return real.saveOutput(output, options)
          const later = async (): Promise<void> => {
            await gap()
            // Nobody hears of it when it fails: that is part of the bug.
            await readable(async () => real.saveOutput(output, options))
          }
          void later()
        },
      }))
    },
  }),

  fault('mark-on-two-replicas', {
    rule: 'LINEAR-06',
    also: ['VISIBLE-03'],
    bug: 'workflow-core W25: a mark is there, and then it is not',
    says: /the mark of an event is not linearizable/,
    wrap(provider, store) {
      const old = onItsWay<{ readonly processed: boolean; reads: number }>(store, 'marks')
      return override(provider, 'events', (real) => {
        const late = async (id: string, mark: () => Promise<boolean>): Promise<boolean> => {
          const before = await readable(async () => real.get(id))
          const marked = await mark()
          if (before && marked) old.set(id, { processed: before.processed, reads: 0 })
          await gap()
          old.delete(id)
          return marked
        }
        return {
          markProcessed: async (id, options) =>
            late(id, async () => real.markProcessed(id, options)),
          markUnprocessed: async (id, options) =>
            late(id, async () => real.markUnprocessed(id, options)),
          async get(id, options) {
            const event = await real.get(id, options)
            const replica = old.get(id)
            if (!event || !replica) return event
            replica.reads += 1
            return replica.reads % 2 === 0 ? { ...event, processed: replica.processed } : event
          },
        }
      })
    },
  }),

  fault('token-seen-before-it-is-set', {
    rule: 'LINEAR-07',
    also: ['VISIBLE-02'],
    bug: 'workflow-core W24: a token that was never granted is read',
    says: /the token of a subscription is not linearizable/,
    wrap(provider, store) {
      const dirty = onItsWay<{ readonly token: string; readonly workerId: string }>(store, 'tokens')
      return override(provider, 'subscriptions', (real) => ({
        async setToken(id, request, options) {
          const { token, workerId } = request
          const wanted = { token, workerId }
          dirty.set(id, wanted)
          try {
            await gap()
            return await real.setToken(id, request, options)
          } finally {
            if (dirty.get(id) === wanted) dirty.delete(id)
          }
        },
        async get(id, options) {
          const stored = await real.get(id, options)
          return stored && { ...stored, ...dirty.get(id) }
        },
      }))
    },
  }),
]
