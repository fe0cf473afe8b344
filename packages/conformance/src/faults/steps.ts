import { compareText, type JsonValue, type StepExecution } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { firstJoined, memo, textOf } from './holds.ts'

export const stepFaults: readonly Fault[] = [
  fault('step-update-drops-the-time-of-an-error', {
    rule: 'STEP-01',
    bug: 'Gorkflow 0e43951: an update loses members of the error',
    says: /update returns what it was given/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async update(step, options) {
          if (step.error === undefined) return real.update(step, options)
          const { timestamp: _, ...error } = step.error
          return real.update({ ...step, error }, options)
        },
      })),
  }),

  fault('step-list-by-index-as-text', {
    rule: 'STEP-02',
    bug: 'Gorkflow LibSQL: a column of text orders wrongly',
    says: /the steps of the workflow, in order/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async list(query, options) {
          const page = await real.list(query, options)
          const indexOf = ({ executionIndex }: StepExecution): string => String(executionIndex)
          const items = [...page.items].sort((a, b) => compareText(indexOf(a), indexOf(b)))
          return { ...page, items }
        },
      })),
  }),

  fault('step-key-joined', {
    rule: 'STEP-03',
    bug: 'workflow-core W21: the key is its parts, joined',
    says: /the step of the key/,
    wrap: (provider, store) =>
      override(provider, 'steps', (real) => ({
        async get(key, options) {
          const { workflowId, stepId } = key
          const first = firstJoined(store, 'steps', [workflowId, stepId], key)
          const found = await real.get(first, options)
          return found && { ...found, workflowId, stepId }
        },
      })),
  }),

  fault('output-key-joined', {
    rule: 'STEP-04',
    bug: 'workflow-core W45: the key is a hash of its parts, joined',
    says: /the output of/,
    wrap: (provider, store) =>
      override(provider, 'steps', (real) => ({
        async loadOutput(key, options) {
          const { workflowId, stepId } = key
          const first = firstJoined(store, 'outputs', [workflowId, stepId], key)
          const found = await real.loadOutput(first, options)
          return found && { ...found, workflowId, stepId }
        },
      })),
  }),

  fault('outputs-merge', {
    rule: 'STEP-05',
    bug: 'mastra PR#12575: a result is merged into the one before',
    says: /the output that was saved last/,
    wrap: (provider, store) =>
      override(provider, 'steps', (real) => {
        const last = memo(store, 'outputs', () => new Map<string, JsonValue>())
        return {
          async saveOutput(output, options) {
            const name = textOf([output.workflowId, output.stepId])
            const value = merged(last.get(name), output.output)
            await real.saveOutput({ ...output, output: value }, options)
            last.set(name, value)
          },
        }
      }),
  }),

  fault('null-output-is-none', {
    rule: 'STEP-06',
    also: ['DATA-06', 'DATA-12'],
    bug: 'Gorkflow: nil and empty are one',
    says: /an output of null/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async loadOutput(key, options) {
          const found = await real.loadOutput(key, options)
          return found?.output === null ? null : found
        },
      })),
  }),

  fault('output-goes-into-the-step', {
    rule: 'STEP-07',
    bug: 'Gorkflow: two places for one output',
    says: /the step after saveOutput/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async saveOutput(output, options) {
          await real.saveOutput(output, options)
          const { workflowId, stepId } = output
          const step = await real.get({ workflowId, stepId }).catch(() => null)
          if (step?.output !== undefined) await real.update({ ...step, output: output.output })
        },
      })),
  }),

  fault('step-update-keeps-the-error', {
    rule: 'STEP-08',
    also: ['VER-07'],
    bug: 'Gorkflow LibSQL: a step that succeeds keeps an error',
    says: /error is gone after an update without it/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async update(step, options) {
          const { workflowId, stepId } = step
          const before = await real.get({ workflowId, stepId })
          const kept = before?.error === undefined ? {} : { error: before.error }
          return real.update({ ...kept, ...step }, options)
        },
      })),
  }),

  fault('step-index-column-is-stale', {
    rule: 'STEP-09',
    bug: 'Gorkflow UpdateRun: columns beside the record stay as they were',
    says: /the order after the first step was moved behind/,
    wrap: (provider, store) =>
      override(provider, 'steps', (real) => {
        const first = memo(store, 'first index', () => new Map<string, number>())
        const nameOf = (step: { readonly workflowId: string; readonly stepId: string }): string =>
          textOf([step.workflowId, step.stepId])
        const indexOf = (step: StepExecution): number =>
          first.get(nameOf(step)) ?? step.executionIndex
        return {
          async create(step, options) {
            const created = await real.create(step, options)
            first.set(nameOf(created), created.executionIndex)
            return created
          },
          async list(query, options) {
            const page = await real.list(query, options)
            return { ...page, items: [...page.items].sort((a, b) => indexOf(a) - indexOf(b)) }
          },
        }
      }),
  }),
]

/** Objects as a shallow merge, anything else as the later of the two. */
export function merged(before: JsonValue | undefined, after: JsonValue): JsonValue {
  return isObject(before) && isObject(after) ? { ...before, ...after } : after
}

function isObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
