import { sliceOf, type ErrorBackend, type ErrorPlace } from '@holdfast/spec'
import {
  conflict,
  errorColumns,
  readError,
  toNumber,
  type ErrorRow,
  type Int,
} from '@holdfast/spec/rows'
import type { Context } from './context.ts'
import { isUniqueViolation } from './judge.ts'
import { statement, statements } from './statement.ts'

interface Appended {
  /** An id that is there already. */
  readonly taken: string | null
  /** How many are there already, of an earlier try of the same request. */
  readonly mine: Int
}

export function createErrors(context: Context): ErrorBackend {
  const { run, schema } = context
  const errors = `${schema}.errors`

  const sql = {
    // What is taken is looked for first; an id that somebody else takes after that fails the plain insert.
    append: statement(
      'errors.append',
      `with given as materialized (
        select * from rows from (
          json_to_recordset(:errors::json) as (id text, workflow_id text, error_time bigint, body text)
        ) with ordinality as e(id, workflow_id, error_time, body, place)
      ),
      taken as materialized (
        select e.id, e.created_by from ${errors} e
        where e.namespace = :namespace and e.id = any(array(select id from given))
      ),
      appended as (
        insert into ${errors} (namespace, id, workflow_id, error_time, created_by, body)
        select :namespace, g.id, g.workflow_id, g.error_time, :requestId, g.body
        from given g
        where not exists (select from taken)
        order by g.place
      )
      select min(id) as taken, count(*) filter (where created_by = :requestId) as mine from taken`,
    ),
    list: statements((paged: boolean) =>
      statement(
        'errors.list',
        `select id, workflow_id, error_time, arrival, body from ${errors}
        where namespace = :namespace and workflow_id = :workflowId
          ${paged ? 'and (error_time, arrival) > (:errorTime, :arrival)' : ''}
        order by error_time, arrival
        limit :limit`,
      ),
    ),
  }

  const tryAppend = async (given: string, requestId: string): Promise<Appended | undefined> => {
    try {
      const [row] = await run<Appended>(sql.append, { errors: given, requestId })
      return row
    } catch (error) {
      if (isUniqueViolation(error)) return undefined
      throw error
    }
  }

  return {
    async append(given, { requestId }) {
      const rows = JSON.stringify(given.map((error) => errorColumns(error, context)))
      for (;;) {
        const result = await tryAppend(rows, requestId)
        if (result === undefined) continue
        if (result.taken === null || toNumber(result.mine) === given.length) return
        throw conflict(`There is an error ${result.taken} already`)
      }
    },

    async list(workflowId, { limit, after }) {
      const [errorTime, arrival] = after ?? [null, null]
      const rows = await run<ErrorRow>(sql.list(after !== null), {
        ...{ workflowId, limit: limit + 1, errorTime, arrival },
      })
      return sliceOf(
        rows,
        limit,
        (row) => readError(row, context),
        (row): ErrorPlace => [toNumber(row.error_time), toNumber(row.arrival)],
        (row) => row.id,
      )
    },
  }
}
