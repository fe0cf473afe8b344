import { sliceOf, type StepBackend, type StepExecution, type StepKey } from '@holdfast/spec'
import {
  outputId,
  outputItem,
  readOutput,
  readStep,
  stepContent,
  stepId,
  stepItem,
  stepPlace,
  stepsOf,
  type OutputItem,
  type StepItem,
} from './codec.ts'
import type { Context } from './context.ts'
import { isRepeat, taken, untilSettled } from './judge.ts'
import { endOf } from './order.ts'

export function createSteps(context: Context): StepBackend {
  const { database } = context

  const read = (item: StepItem): StepExecution => readStep(item, context)

  return {
    async create(step, { requestId }) {
      const home = database.main
      const item = stepItem(step, requestId, database.now(), context)
      if ((await home.create(item)) === 'written') {
        const { createdAt, updatedAt, version } = item
        return { ...step, createdAt, updatedAt, version }
      }
      const stored = await home.read<StepItem>(item.id)
      if (stored?.createdBy !== requestId) throw taken(nameOf(step))
      return read(stored)
    },

    async get(key) {
      const item = await database.main.read<StepItem>(stepId(key))
      return item && read(item)
    },

    async update(step, { requestId }) {
      const { version, ...content } = step
      const home = database.main
      let updatedAt = database.now()
      return untilSettled(nameOf(step), async () => {
        const set = { ...stepContent(content, context), updatedAt, updatedBy: requestId }
        const written = await home.patch<StepItem>(stepId(step), {
          set: { ...set, version: version + 1 },
          where: `c.version = ${version} AND c.updatedAt <= ${updatedAt}`,
        })
        if (typeof written !== 'string') {
          return { ...step, createdAt: written.createdAt, updatedAt, version: version + 1 }
        }
        const stored = await home.read<StepItem>(stepId(step))
        if (isRepeat(stored, version, requestId, nameOf(step)) && stored) return read(stored)
        updatedAt = Math.max(updatedAt, stored?.updatedAt ?? updatedAt)
        return undefined
      })
    },

    async list(workflowId, { limit, after }) {
      const steps = stepsOf(workflowId)
      const rows = await database.main.query<StepItem>(
        {
          select: '*',
          where: 'c.place > @after AND c.place < @end',
          order: 'c.place',
          parameters: {
            after: after === null ? steps : stepPlace(workflowId, ...after),
            end: endOf(steps),
          },
        },
        limit + 1,
      )
      return sliceOf(
        rows,
        limit,
        read,
        ({ key, executionIndex }) => [executionIndex, key[1] ?? ''],
        ({ key }) => key[1] ?? '',
      )
    },

    async saveOutput(output) {
      await database.main.upsert(outputItem(output, context))
    },

    async loadOutput(key) {
      const item = await database.main.read<OutputItem>(outputId(key))
      return item && readOutput(item, context)
    },
  }
}

function nameOf({ workflowId, stepId: step }: StepKey): string {
  return `step ${step} of ${workflowId}`
}
