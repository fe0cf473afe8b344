import type {
  ErrorBackend,
  ErrorQuery,
  ErrorRepository,
  ExecutionError,
  NewExecutionError,
} from '../error-log.ts'
import { invalid } from '../errors.ts'
import { identifier, instant, json, list, optional, record, text, type Field } from '../fields.ts'
import { newId } from '../ids.ts'
import { pageFields, readPage, toPage } from '../page.ts'
import type { Runner } from './run.ts'

const newErrors: Field<readonly NewExecutionError[]> = list(
  record({
    id: optional(identifier),
    workflowId: identifier,
    executionPointerId: optional(text),
    stepId: optional(text),
    errorTime: instant,
    message: text,
    code: optional(text),
    stack: optional(text),
    details: optional(json),
  }),
)

const errorQuery: Field<ErrorQuery> = record({ workflowId: identifier, ...pageFields })

export function guardErrors(backend: ErrorBackend, run: Runner['run']): ErrorRepository {
  return {
    append: async (errors, options) =>
      run('write', options, async (call) => {
        const complete = withIds(newErrors(errors, 'errors'), options?.requestId)
        if (complete.length > 0) await backend.append(complete, call)
      }),

    list: async (query, options) =>
      run('read', options, async (call) => {
        const { workflowId, ...page } = errorQuery(query, 'query')
        return toPage(
          await backend.list(workflowId, readPage(page, 'errors.list', [0, 0]), call),
          'errors.list',
        )
      }),
  }
}

function withIds(
  errors: readonly NewExecutionError[],
  requestId: string | undefined,
): readonly ExecutionError[] {
  if (errors.length > 1000) throw invalid('errors', 'at most 1000')
  const complete = errors.map((error, index) => ({
    ...error,
    id: error.id ?? newId(requestId === undefined ? undefined : `${requestId}/${index}`),
  }))
  if (new Set(complete.map(({ id }) => id)).size < complete.length)
    throw invalid('errors', 'of distinct ids')
  return complete
}
