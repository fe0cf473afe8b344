import {
  PersistenceError,
  sliceOf,
  type ErrorBackend,
  type ErrorPlace,
  type ExecutionError,
} from '@holdfast/spec'
import { errorParams, readError, type ErrorRow } from './codec.ts'
import type { Context } from './context.ts'

/** Of the errors of one append: how many are stored, by this request, and one that is stored by another. */
interface Found {
  readonly own: number
  readonly taken: string | null
}

const IDS = "select value ->> 'id' from json_each(:errors)"

const APPEND = `insert into holdfast_errors (namespace, id, workflow_id, error_time, created_by, body)
select :namespace, value ->> 'id', value ->> 'workflowId', value ->> 'errorTime', :requestId, value ->> 'body'
from json_each(:errors)
where not exists (select 1 from holdfast_errors where namespace = :namespace and id in (${IDS}))
order by json_each.key`

const FIND = `select count(*) filter (where created_by = :requestId) as own,
  min(id) filter (where created_by <> :requestId) as taken
from holdfast_errors where namespace = :namespace and id in (${IDS})`

export function createErrors(context: Context): ErrorBackend {
  const { executor, namespace } = context
  return {
    async append(errors, { requestId }) {
      const params = { ...errorParams(errors, context), namespace, requestId }
      const [, [found]] = await executor.write<[object, Found]>([APPEND, FIND], params)
      if (found?.own === errors.length) return
      throw new PersistenceError('CONFLICT', `There is already an error ${found?.taken ?? ''}`)
    },

    async list(workflowId, { limit, after }) {
      const [afterTime = null, afterArrival = null] = after ?? []
      const rows = await executor.read<ErrorRow>(listSql(after !== null), {
        ...{ namespace, workflowId, afterTime, afterArrival, limit: limit + 1 },
      })
      const read = (row: ErrorRow): ExecutionError => readError(row, context)
      const placeOf = (row: ErrorRow): ErrorPlace => [row.errorTime, row.arrival]
      return sliceOf(rows, limit, read, placeOf, ({ id }) => id)
    },
  }
}

function listSql(continued: boolean): string {
  return `select arrival, id, workflow_id as workflowId, error_time as errorTime, body from holdfast_errors
where namespace = :namespace and workflow_id = :workflowId
${continued ? 'and (error_time, arrival) > (:afterTime, :afterArrival)' : ''}
order by error_time, arrival limit :limit`
}
