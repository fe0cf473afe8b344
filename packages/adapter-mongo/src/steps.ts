import { sliceOf, type StepBackend, type StepExecution, type StepKey } from '@holdfast/spec'
import { outputBody, readOutput, readStep, stepFields } from './codec.ts'
import type { Context } from './context.ts'
import { createOnce, judge, againOnDuplicate } from './judge.ts'
import { join, lastIds, pageFilter, sortBy } from './keys.ts'
import type { StepRow } from './rows.ts'

const ORDER = ['executionIndex', '_id'] as const

export function createSteps(context: Context): StepBackend {
  const { collections, now, namespace: ns } = context

  const idOf = ({ workflowId, stepId }: StepKey): string => join(ns, workflowId, stepId)
  const read = (row: StepRow): StepExecution => readStep(row, context)

  return {
    async create(step, { requestId }) {
      const { createdAt, updatedAt, ...change } = step
      const stamp = now()
      const times = { createdAt: createdAt ?? stamp, updatedAt: updatedAt ?? stamp }
      const head = { _id: idOf(step), owner: join(ns, step.workflowId), ...times, version: 1 }
      const written = { createdBy: requestId, updatedBy: requestId }
      const row: StepRow = { ...head, ...written, ...stepFields(change, context) }
      const { steps } = await collections()
      const stored = await createOnce(
        nameOf(step),
        requestId,
        () => steps.insertOne(row),
        () => steps.findOne({ _id: row._id }),
      )
      return stored ? read(stored) : { ...change, ...times, version: 1 }
    },

    async get(key) {
      const { steps } = await collections()
      const row = await steps.findOne({ _id: idOf(key) })
      return row && read(row)
    },

    async update(step, { requestId }) {
      const { version, ...content } = step
      const _id = idOf(step)
      const change = {
        $set: { ...stepFields(content, context), updatedBy: requestId },
        $max: { updatedAt: now() },
        $inc: { version: 1 },
      }
      const { steps } = await collections()
      for (;;) {
        const row = await steps.findOneAndUpdate({ _id, version }, change, {
          returnDocument: 'after',
          projection: { createdAt: 1, updatedAt: 1 },
        })
        if (row !== null) {
          const { createdAt, updatedAt } = row
          return { ...step, createdAt, updatedAt, version: version + 1 }
        }
        const stored = judge(await steps.findOne({ _id }), version, requestId, nameOf(step))
        if (stored) return read(stored)
      }
    },

    async list(workflowId, { limit, after }) {
      const { steps } = await collections()
      const place = after && [after[0], join(ns, workflowId, after[1])]
      const rows = await steps
        .find(pageFilter({ owner: join(ns, workflowId) }, ORDER, place), {
          sort: sortBy(ORDER),
          limit: limit + 1,
          batchSize: limit + 2,
        })
        .toArray()
      const stepOf = (row: StepRow): string => lastIds(row._id, 1)[0]
      return sliceOf(rows, limit, read, (row) => [row.executionIndex, stepOf(row)], stepOf)
    },

    async saveOutput(output) {
      const _id = idOf(output)
      const change = { $set: { body: outputBody(output, context) } }
      const { outputs } = await collections()
      await againOnDuplicate(() => outputs.updateOne({ _id }, change, { upsert: true }))
    },

    async loadOutput(key) {
      const { outputs } = await collections()
      const row = await outputs.findOne({ _id: idOf(key) })
      return row && readOutput(row, context)
    },
  }
}

function nameOf({ workflowId, stepId }: StepKey): string {
  return `step ${stepId} of ${workflowId}`
}
