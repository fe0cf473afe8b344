import { sliceOf, type StepBackend, type StepExecution, type StepPlace } from '@holdfast/spec'
import {
  STEP_HEAD,
  numberOf,
  readOutput,
  readStep,
  stamped,
  stampsOf,
  textOf,
  writeOutput,
  writeStep,
} from './codec.ts'
import type { Context } from './context.ts'
import { familyKey, touchFamily } from './family.ts'
import { assertMine, nextStamps, notFound } from './judge.ts'
import { inOrder, take, type Order } from './pages.ts'
import { createStep, replaceStep, stepKey, stepPlaceKey, stepsRange } from './steps-rows.ts'
import { Conflict, type Row } from './table.ts'

export function createSteps(context: Context): StepBackend {
  const { main, now } = context

  const read = ({ content }: Row): StepExecution => readStep(content, context)

  /** @throws {Conflict} when it went away meanwhile */
  const reread = async (key: string): Promise<StepExecution> => {
    const row = await main.take(key)
    if (row === null) throw new Conflict('The step went away meanwhile')
    return read(row)
  }

  return {
    async create({ createdAt, updatedAt, ...step }, { requestId }) {
      const { workflowId, stepId } = step
      const time = now()
      const content = stamped(writeStep(step, context), {
        createdAt: createdAt ?? time,
        updatedAt: updatedAt ?? time,
        ...{ version: 1, createdBy: requestId, updatedBy: requestId },
      })
      return main.attempt(async () => {
        try {
          await main.commit([createStep(content)], [touchFamily(workflowId)])
          return readStep(content, context)
        } catch (error) {
          const stored =
            error instanceof Conflict ? await main.take(stepKey(workflowId, stepId)) : null
          if (stored === null) throw error
          assertMine(stampsOf(stored.content).createdBy, requestId, nameOf(step))
          return read(stored)
        }
      })
    },

    async get({ workflowId, stepId }) {
      const row = await main.get(stepKey(workflowId, stepId))
      return row && read(row)
    },

    async update({ version, ...step }, { requestId }) {
      const { workflowId, stepId } = step
      const draft = writeStep(step, context)
      return main.attempt(async () => {
        const stored = await main.take(stepKey(workflowId, stepId), STEP_HEAD)
        if (stored === null) throw notFound(nameOf(step))
        const seen = stampsOf(stored.content)
        const stamps = nextStamps(seen, version, requestId, now(), nameOf(step))
        if (stamps === null) return reread(stored.key)
        const content = stamped(draft, stamps)
        await main.commit([replaceStep(stored, content)])
        return readStep(content, context)
      })
    },

    async list(workflowId, { limit, after }) {
      const order: Order<StepPlace> = {
        placeOf,
        keyOf: (place) => stepPlaceKey(workflowId, ...place),
      }
      const found = inOrder(main, stepsRange(workflowId), order, after, limit + 1)
      const rows = await take(found, limit + 1)
      return sliceOf(rows, limit, read, placeOf, ({ content }) => textOf(content, 'stepId'))
    },

    async saveOutput(output) {
      const key = familyKey(output.workflowId, 'O', output.stepId)
      const content = writeOutput(output, context)
      await main.commit([[{ do: 'put', key, content }]], [touchFamily(output.workflowId)])
    },

    async loadOutput({ workflowId, stepId }) {
      const row = await main.get(familyKey(workflowId, 'O', stepId))
      return row && readOutput(row.content, context)
    },
  }
}

function nameOf({ workflowId, stepId }: { workflowId: string; stepId: string }): string {
  return `step ${stepId} of ${workflowId}`
}

function placeOf({ content }: Row): StepPlace {
  return [numberOf(content, 'executionIndex'), textOf(content, 'stepId')]
}
