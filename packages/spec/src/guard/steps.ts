import {
  identifier,
  instant,
  integer,
  json,
  oneOf,
  optional,
  record,
  text,
  version,
  type Field,
} from '../fields.ts'
import { pageFields, readPage, toPage } from '../page.ts'
import type {
  NewStep,
  StepBackend,
  StepKey,
  StepOutput,
  StepQuery,
  StepRepository,
  StepUpdate,
} from '../steps.ts'
import type { Runner } from './run.ts'

const MAX_INT32 = 2 ** 31 - 1

const key = { workflowId: identifier, stepId: identifier }

const content = {
  ...key,
  executionIndex: integer(0, MAX_INT32),
  status: oneOf('pending', 'running', 'complete', 'failed', 'skipped', 'retrying'),
  attempt: integer(0, MAX_INT32),
  startedAt: optional(instant),
  completedAt: optional(instant),
  durationMs: optional(integer(0, Number.MAX_SAFE_INTEGER)),
  input: optional(json),
  output: optional(json),
  error: optional(
    record({
      message: text,
      code: optional(text),
      timestamp: optional(instant),
      attempt: optional(integer(0, MAX_INT32)),
      details: optional(json),
    }),
  ),
  createdAt: optional(instant),
  updatedAt: optional(instant),
}

const newStep: Field<NewStep> = record(content)
const stepUpdate: Field<StepUpdate> = record({ ...content, version })
const stepKey: Field<StepKey> = record(key)
const stepOutput: Field<StepOutput> = record({ ...key, output: json })
const stepQuery: Field<StepQuery> = record({ workflowId: identifier, ...pageFields })

export function guardSteps(backend: StepBackend, run: Runner['run']): StepRepository {
  return {
    create: async (step, options) =>
      run('write', options, async (call) => {
        const clean = newStep(step, 'step')
        const { createdAt = null, updatedAt = createdAt } = clean
        return backend.create({ ...clean, createdAt, updatedAt }, call)
      }),

    get: async (wanted, options) =>
      run('read', options, async (call) => backend.get(stepKey(wanted, 'key'), call)),

    update: async (step, options) =>
      run('write', options, async (call) => {
        const { createdAt: _, updatedAt: __, ...change } = stepUpdate(step, 'step')
        return backend.update(change, call)
      }),

    list: async (query, options) =>
      run('read', options, async (call) => {
        const { workflowId, ...page } = stepQuery(query, 'query')
        return toPage(
          await backend.list(workflowId, readPage(page, 'steps.list', [0, '']), call),
          'steps.list',
        )
      }),

    saveOutput: async (output, options) =>
      run('write', options, async (call) => backend.saveOutput(stepOutput(output, 'output'), call)),

    loadOutput: async (wanted, options) =>
      run('read', options, async (call) => backend.loadOutput(stepKey(wanted, 'key'), call)),
  }
}
