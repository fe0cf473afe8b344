import { sliceOf, type ErrorBackend, type ExecutionError } from '@holdfast/spec'
import { nextArrival } from './arrival.ts'
import { errorRow, readError } from './codec.ts'
import type { Context } from './context.ts'
import { isDuplicate, type InUnit } from './database.ts'
import { conflict } from './judge.ts'
import { join, lastIds, pageFilter, sortBy } from './keys.ts'
import type { ErrorRow } from './rows.ts'

const ORDER = ['errorTime', 'arrival'] as const

export function createErrors(context: Context): ErrorBackend {
  const { collections, unit, namespace: ns } = context

  return {
    async append(list, { requestId }) {
      const unplaced = list.map((error) => errorRow(error, 0, requestId, context))
      const { errors, meta } = await collections()
      const first = await nextArrival(meta, ns, list.length)
      const rows = unplaced.map((row, index) => ({ ...row, arrival: first + index }))
      const wanted = { _id: { $in: rows.map(({ _id }) => _id) } }

      /** Whether an earlier try of the same request has stored them. */
      const areStored = async (options: InUnit): Promise<boolean> => {
        const found = await errors
          .find(wanted, { projection: { createdBy: 1 }, batchSize: rows.length + 1, ...options })
          .toArray()
        const [any] = found
        if (any === undefined) return false
        const other = found.find((row) => row.createdBy !== requestId)
        if (other === undefined && found.length === rows.length) return true
        throw conflict(`There is an error ${lastIds((other ?? any)._id, 1)[0]} already`)
      }

      const [only] = rows
      for (;;) {
        let wholly = true
        try {
          if (rows.length === 1 && only) await errors.insertOne(only)
          else {
            await unit(null, async ({ atomic, options }) => {
              wholly = atomic
              if (!(await areStored(options))) await errors.insertMany(rows, options)
            })
          }
          return
        } catch (error) {
          if (!isDuplicate(error)) throw error
        }
        // Without a transaction, those before the one that is taken are there.
        if (!wholly) await errors.deleteMany({ ...wanted, createdBy: requestId })
        if (await areStored({})) return
      }
    },

    async list(workflowId, { limit, after }) {
      const { errors } = await collections()
      const rows = await errors
        .find(pageFilter({ owner: join(ns, workflowId) }, ORDER, after), {
          sort: sortBy(ORDER),
          limit: limit + 1,
          batchSize: limit + 2,
        })
        .toArray()
      const read = (row: ErrorRow): ExecutionError => readError(row, context)
      return sliceOf(
        rows,
        limit,
        read,
        (row) => [row.errorTime, row.arrival],
        (row) => lastIds(row._id, 1)[0],
      )
    },
  }
}
