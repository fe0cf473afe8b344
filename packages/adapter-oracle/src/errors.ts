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
import { unlessTaken } from './judge.ts'
import { pageOf, statement, statements, TEXT } from './statement.ts'

interface Taken {
  /** An id that is there already. */
  readonly taken: string | null
  /** How many are there already, of an earlier try of the same request. */
  readonly mine: Int
}

const GIVEN = `json_table(v_errors, '$[*]' columns (
            place for ordinality,
            id ${TEXT} path '$.id',
            workflow_id ${TEXT} path '$.workflow_id',
            error_time number path '$.error_time',
            body clob path '$.body')) g`

export function createErrors(context: Context): ErrorBackend {
  const { read: rowsOf, write, nameOf } = context
  const errors = nameOf('errors')

  const sql = {
    append: statement(
      'errors.append',
      `declare
        v_errors clob := :errors;
      begin
        insert into ${errors} (namespace, id, workflow_id, error_time, created_by, body)
        select :namespace, g.id, g.workflow_id, g.error_time, :requestId, g.body
        from ${GIVEN}
        order by g.place;
      end;`,
    ),
    taken: statement(
      'errors.taken',
      `declare
        v_errors clob := :errors;
      begin
        select min(e.id), count(case when e.created_by = :requestId then 1 end)
        into :o_taken, :o_mine
        from ${errors} e
        where e.namespace = :namespace and e.id in (select g.id from ${GIVEN});
      end;`,
    ),
    list: statements((paged: boolean) =>
      statement(
        'errors.list',
        pageOf(
          'id, workflow_id, error_time, arrival, body',
          `from ${errors} where namespace = :namespace and workflow_id = :workflowId`,
          ['error_time', 'arrival'],
          paged ? [':errorTime', ':arrival'] : null,
        ),
      ),
    ),
  }

  return {
    async append(given, { requestId }) {
      const params = {
        errors: JSON.stringify(given.map((error) => errorColumns(error, context))),
        requestId,
      }
      for (;;) {
        if (await unlessTaken(() => write(sql.append, params))) return
        const { out } = await write<Taken>(sql.taken, params)
        // Deleted between the two statements: the ids are free.
        if (!out || out.taken === null) continue
        if (toNumber(out.mine) === given.length) return
        throw conflict(`There is an error ${out.taken} already`)
      }
    },

    async list(workflowId, { limit, after }) {
      const [errorTime, arrival] = after ?? [null, null]
      const rows = await rowsOf<ErrorRow>(
        sql.list(after !== null),
        { workflowId, limit: limit + 1, errorTime, arrival },
        limit + 1,
      )
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
