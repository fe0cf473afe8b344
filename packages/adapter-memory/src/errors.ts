import {
  PersistenceError,
  decodeBody,
  encodeBody,
  type ErrorBackend,
  type ErrorPlace,
  type ExecutionError,
} from '@holdfast/spec'
import type { Context } from './context.ts'
import { pageOf, type ErrorRow } from './database.ts'

export function createErrors(context: Context): ErrorBackend {
  const { tables } = context

  return {
    async append(errors, { requestId }) {
      const stored = errors.flatMap(({ id }) => tables.errors.get(id) ?? [])
      if (stored.length === errors.length && stored.every((row) => row.createdBy === requestId))
        return
      if (stored.length > 0)
        throw new PersistenceError('CONFLICT', `There is an error ${stored[0]?.id} already`)
      const rows = errors.map((error, index): ErrorRow => {
        const { id, workflowId, errorTime } = error
        const body = encodeBody(error, context)
        return {
          id,
          workflowId,
          errorTime,
          arrival: tables.arrivals + index,
          createdBy: requestId,
          body,
        }
      })
      tables.arrivals += rows.length
      for (const row of rows) tables.errors.set(row.id, row)
    },

    async list(workflowId, page) {
      const found = [...tables.errors.values()].filter((row) => row.workflowId === workflowId)
      const placeOf = (row: ErrorRow): ErrorPlace => [row.errorTime, row.arrival]
      const read = (row: ErrorRow): ExecutionError =>
        decodeBody(row.body, `error ${row.id}`, context)
      return pageOf(found, page, placeOf, read, (row) => row.id)
    },
  }
}
