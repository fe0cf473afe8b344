import {
  sliceOf,
  type DuePlace,
  type WorkflowBackend,
  type WorkflowFilter,
  type WorkflowInstance,
  type WorkflowPlace,
} from '@holdfast/spec'
import {
  numberOrNull,
  readWorkflow,
  rowsOf,
  subscriptionRow,
  workflowParams,
  type Row,
} from './codec.ts'
import type { Context } from './context.ts'
import { judge, type Written } from './judge.ts'
import { NUMBER_LENGTH, numberOf, orderOf, split } from './order.ts'
import { pack } from './script.ts'
import { LOOKED_AT, workflowScripts as scripts } from './workflows-scripts.ts'

export function createWorkflows(context: Context): WorkflowBackend {
  const { run } = context

  const find = async (ids: readonly string[]): Promise<readonly WorkflowInstance[]> => {
    const rows = rowsOf(await run<readonly (string | null)[]>(scripts.get, {}, ids))
    return rows.map((row) => readWorkflow(row, context))
  }

  return {
    async create(workflow, { requestId }) {
      const { createdAt, updatedAt, ...change } = workflow
      const params = { ...workflowParams(change, context), createdAt, updatedAt, requestId }
      const answer = await run<Written>(scripts.create, params)
      const [kind, ...rest] = judge(answer, 0, `workflow ${workflow.id}`)
      if (kind === 'stored') return readWorkflow([workflow.id, ...rest], context)
      return { ...change, ...timesOf(rest), version: 1 }
    },

    async get(id) {
      const [found = null] = await find([id])
      return found
    },

    getMany: find,

    async update(workflow, subscriptions, { requestId }) {
      const { id, version } = workflow
      const { version: _, ...content } = workflow
      const rows = subscriptions.flatMap((opened) => subscriptionRow(opened, requestId, context))
      const params = { ...workflowParams(content, context), version, requestId }
      const answer = await run<Written>(scripts.update, { ...params, subscriptions: pack(rows) })
      const [kind, ...rest] = judge(answer, version, `workflow ${id}`)
      if (kind === 'stored') return readWorkflow([id, ...rest], context)
      return { ...workflow, ...timesOf(rest), version: version + 1 }
    },

    async delete(id) {
      return (await run(scripts.delete, { id })) === 1
    },

    async getRunnable(asOf, { limit, after }) {
      const members = await run<readonly string[]>(scripts.getRunnable, {
        after: after && orderOf(after[0]) + after[1],
        asOf: orderOf(asOf),
        limit: limit + 1,
      })
      const idOf = (member: string): string => member.slice(NUMBER_LENGTH)
      const placeOf = (member: string): DuePlace => [numberOf(member), idOf(member)]
      return sliceOf(members, limit, idOf, placeOf, idOf)
    },

    async list(filter, { limit, after }) {
      const rows: Row[] = []
      let place = after && orderOf(after[0]) + after[1]
      do {
        const params = { ...listParams(filter, place), limit: limit + 1 - rows.length }
        const answer = await run<readonly (string | null)[]>(scripts.list, params, listsOf(filter))
        const [next, ...found] = answer
        rows.push(...rowsOf(found))
        // Empty, when nothing is left to look at or the page is full.
        place = next ?? ''
      } while (place !== '')
      const read = (row: Row): WorkflowInstance => readWorkflow(row, context)
      return sliceOf(rows, limit, read, placeOf, ([id]) => id)
    },

    async purge({ status, olderThan }) {
      let count = 0
      for (;;) {
        const params = { status, olderThan: orderOf(olderThan) }
        const [purged, more] = await run<readonly [number, number]>(scripts.purge, params)
        count += purged
        if (more === 0) return count
      }
    },
  }
}

function timesOf([createdAt, updatedAt]: readonly string[]): {
  readonly createdAt: number
  readonly updatedAt: number
} {
  return { createdAt: Number(createdAt), updatedAt: Number(updatedAt) }
}

function placeOf([id, head]: Row): WorkflowPlace {
  return [numberOrNull(split(head)[6]) ?? 0, id]
}

/** The beginnings of the lists, as the scripts write them, that hold all that matches. */
function listsOf({ status, definitionId, reference, resourceId }: WorkflowFilter): string[] {
  const lists = [
    ['s', status],
    ['d', definitionId],
    ['r', reference],
    ['o', resourceId],
  ] as const
  const found = lists.flatMap(([letter, value]) =>
    value === undefined ? [] : `${letter}${value}\0`,
  )
  return found.length === 0 ? ['a'] : found
}

function listParams(
  { status, definitionId, reference, resourceId, createdFrom, createdTo }: WorkflowFilter,
  place: string | null,
): Record<string, string | number> {
  // A cursor may come with another question than the one it was made by: the lower of the two bounds holds.
  const bounded =
    createdTo !== undefined && (place === null || createdTo < numberOf(place)) ? createdTo : null
  return {
    status: status ?? '',
    definitionId: definitionId ?? '',
    reference: reference ?? '',
    resourceId: resourceId ?? '',
    after: bounded === null ? (place ?? '') : '',
    to: bounded === null ? '' : orderOf(bounded),
    from: createdFrom === undefined ? '' : orderOf(createdFrom),
    lookedAt: LOOKED_AT,
  }
}
