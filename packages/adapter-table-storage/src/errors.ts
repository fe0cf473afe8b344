import { sliceOf, type ErrorBackend, type ErrorPlace, type ExecutionError } from '@holdfast/spec'
import { fields, numberOf, readError, textOf, writeError } from './codec.ts'
import type { Context } from './context.ts'
import { errorIdKey } from './errors-rows.ts'
import { familyKey, familyRange, touchFamily } from './family.ts'
import { conflict } from './judge.ts'
import { inOrder, take, type Order } from './pages.ts'
import { Conflict, type Change, type Row } from './table.ts'
import { parallel } from './parallel.ts'

export function createErrors(context: Context): ErrorBackend {
  const { main } = context

  const read = ({ content }: Row): ExecutionError => readError(content, context)

  return {
    async append(errors, { requestId }) {
      const contents = errors.map((error) => writeError(error, 0, context))
      await main.attempt(async () => {
        const first = await context.arrivals.next('error', errors.length)
        const groups = contents.map((draft, index): Change[] => {
          const content = { ...draft, arrival: String(first + index) }
          const id = textOf(content, 'id')
          const key = familyKey(textOf(content, 'workflowId'), 'E', ...placeOf({ content }))
          return [
            { do: 'create', key: errorIdKey(id), content: fields({ id, createdBy: requestId }) },
            { do: 'create', key, content },
          ]
        })
        try {
          await main.commit(
            groups,
            errors.map(({ workflowId }) => touchFamily(workflowId)),
          )
        } catch (error) {
          if (!(error instanceof Conflict)) throw error
          const ids = await parallel(errors, async ({ id }) => main.take(errorIdKey(id)))
          const taken = ids.filter((row) => row !== null)
          // All or none are of an earlier try of this request.
          const isMine = taken.every(({ content }) => textOf(content, 'createdBy') === requestId)
          if (isMine && taken.length === errors.length) return
          const [other] = taken
          if (other) throw conflict(`There is an error ${textOf(other.content, 'id')} already`)
          throw error
        }
      })
    },

    async list(workflowId, { limit, after }) {
      const order: Order<ErrorPlace> = {
        placeOf,
        keyOf: (place) => familyKey(workflowId, 'E', ...place),
      }
      const found = inOrder(main, familyRange(workflowId, 'E'), order, after, limit + 1)
      const rows = await take(found, limit + 1)
      return sliceOf(rows, limit, read, placeOf, ({ content }) => textOf(content, 'id'))
    },
  }
}

function placeOf({ content }: Pick<Row, 'content'>): ErrorPlace {
  return [numberOf(content, 'errorTime'), numberOf(content, 'arrival')]
}
