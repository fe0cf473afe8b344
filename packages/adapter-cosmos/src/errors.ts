import { sliceOf, type ErrorBackend, type ExecutionError } from '@holdfast/spec'
import { errorItem, errorsOf, eventPlace, readError, type ErrorItem } from './codec-events.ts'
import type { Context } from './context.ts'
import { commit, fits, keepPromises } from './journal.ts'
import { taken } from './judge.ts'
import { endOf } from './order.ts'
import { arrive } from './schema.ts'
import type { Write } from './partition.ts'

export function createErrors(context: Context): ErrorBackend {
  const { main } = context.database

  /** Whether the same request stored these before. @throws {PersistenceError} `CONFLICT` when an id is taken */
  const areStored = async (items: readonly ErrorItem[], requestId: string): Promise<boolean> => {
    const found = await main.query<Pick<ErrorItem, 'key' | 'createdBy'>>({
      select: 'c.key, c.createdBy',
      where: 'ARRAY_CONTAINS(@ids, c.id)',
      parameters: { ids: items.map(({ id }) => id) },
    })
    if (found.length === 0) return false
    const other = found.find(({ createdBy }) => createdBy !== requestId) ?? found[0]
    if (found.length < items.length || other?.createdBy !== requestId)
      throw taken(`error ${other?.key[0] ?? ''}`)
    return true
  }

  return {
    async append(errors, { requestId }) {
      const drafts = errors.map((error) => errorItem(error, 0, requestId, context))
      const last = await arrive(main, drafts.length)
      const items = drafts.map((draft, index): ErrorItem => {
        const arrival = last - drafts.length + 1 + index
        const { workflowId, errorTime } = draft
        const place = errorsOf(workflowId) + eventPlace(errorTime, arrival)
        return { ...draft, arrival, place }
      })
      const writes = items.map((create): Write => ({ create }))
      if (fits(writes)) {
        const outcome = await main.batch(writes)
        if (outcome.written || (await areStored(items, requestId))) return
        throw taken(`error ${items[outcome.at]?.key[0] ?? ''}`)
      }
      // More than fit in one batch: they are looked for before, and stored by promise. An earlier try may have promised.
      await keepPromises(main)
      if (await areStored(items, requestId)) return
      const steps = items.map((create) => ({ create }))
      await commit(main, [], steps)
    },

    async list(workflowId, { limit, after }) {
      const prefix = errorsOf(workflowId)
      const rows = await main.query<ErrorItem>(
        {
          select: '*',
          where: 'c.place > @after AND c.place < @end',
          order: 'c.place',
          parameters: {
            after: after === null ? prefix : prefix + eventPlace(...after),
            end: endOf(prefix),
          },
        },
        limit + 1,
      )
      const read = (item: ErrorItem): ExecutionError => readError(item, context)
      return sliceOf(
        rows,
        limit,
        read,
        ({ errorTime, arrival }) => [errorTime, arrival],
        ({ key }) => key[0] ?? '',
      )
    },
  }
}
