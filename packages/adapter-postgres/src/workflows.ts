import {
  sliceOf,
  type Call,
  type DuePlace,
  type Subscription,
  type WorkflowBackend,
  type WorkflowChange,
  type WorkflowInstance,
  type WorkflowPlace,
} from '@holdfast/spec'
import {
  conflict,
  createOnce,
  judge,
  readWorkflow,
  subscriptionColumns,
  timesOf,
  toNumber,
  workflowParams,
  type Int,
  type Times,
  type WorkflowRow,
} from '@holdfast/spec/rows'
import type { Context } from './context.ts'
import { isUniqueViolation, storedOf, type Seen } from './judge.ts'
import type { Params } from './statement.ts'
import { PURGE_BATCH, workflowStatements } from './workflows-sql.ts'

type Updated = Seen & {
  readonly [K in keyof Times]: Int | null
} & {
  /** The id of a subscription that is there already. */
  readonly taken: string | null
}

interface Gone {
  readonly seen: Int
  readonly gone: Int
}

export function createWorkflows(context: Context): WorkflowBackend {
  const { run } = context
  const sql = workflowStatements(context.schema)

  const read = (row: WorkflowRow): WorkflowInstance => readWorkflow(row, context)

  const get = async (id: string): Promise<WorkflowInstance | null> => {
    const [row] = await run<WorkflowRow>(sql.get, { id })
    return row ? read(row) : null
  }

  /** The statement undoes itself when a subscription is created under the same id at the same time. */
  const tryUpdate = async (
    params: Params,
    subscriptions: readonly Subscription[],
  ): Promise<Updated | undefined> => {
    if (subscriptions.length === 0) {
      const [row] = await run<Updated>(sql.update, params)
      return row
    }
    const given = subscriptions.map((subscription) => subscriptionColumns(subscription, context))
    try {
      const [row] = await run<Updated>(sql.updateAndOpen, {
        ...params,
        subscriptions: JSON.stringify(given),
      })
      return row
    } catch (error) {
      if (isUniqueViolation(error)) return undefined
      throw error
    }
  }

  return {
    async create(workflow, { requestId }) {
      const { createdAt, updatedAt, ...content } = workflow
      const params = { ...workflowParams(content, context), createdAt, updatedAt, requestId }
      const insert = async (): Promise<WorkflowInstance | undefined> => {
        const [row] = await run<Times>(sql.create, params)
        return row && { ...content, ...timesOf(row), version: 1 }
      }
      const find = async (): Promise<(WorkflowRow & { created_by: string }) | undefined> => {
        const [row] = await run<WorkflowRow & { created_by: string }>(sql.get, { id: workflow.id })
        return row
      }
      return createOnce(`workflow ${workflow.id}`, requestId, insert, find, read)
    },

    get,

    async getMany(ids) {
      const rows = await run<WorkflowRow>(sql.getMany, { ids })
      const found = new Map(rows.map((row) => [row.id, row]))
      return ids.flatMap((id) => found.get(id) ?? []).map(read)
    },

    async update(workflow: WorkflowChange, subscriptions, { requestId }: Call) {
      const { id, version } = workflow
      const params = { ...workflowParams(withoutVersion(workflow), context), version, requestId }
      for (;;) {
        const row = await tryUpdate(params, subscriptions)
        if (row === undefined) continue
        const { created_at, updated_at } = row
        if (created_at !== null && updated_at !== null) {
          return { ...workflow, ...timesOf({ created_at, updated_at }), version: version + 1 }
        }
        const verdict = judge(storedOf(row), version, requestId, `workflow ${id}`)
        if (verdict === 'again') {
          if (row.taken !== null) throw conflict(`There is a subscription ${row.taken} already`)
          continue
        }
        const stored = await get(id)
        if (stored?.version === version + 1) return stored
      }
    },

    async delete(id) {
      for (;;) {
        const [row] = await run<Gone>(sql.delete, { id })
        // Changed while we waited for it: its subscriptions may be newer than what we saw of them.
        if (row && toNumber(row.seen) > toNumber(row.gone)) continue
        return row !== undefined && toNumber(row.gone) > 0
      }
    },

    async getRunnable(asOf, { limit, after }) {
      const [nextExecution, id] = after ?? [null, null]
      const rows = await run<{ id: string; next_execution: Int }>(sql.due(after !== null), {
        ...{ asOf, limit: limit + 1, nextExecution, id },
      })
      return sliceOf(
        rows,
        limit,
        (row) => row.id,
        (row): DuePlace => [toNumber(row.next_execution), row.id],
        (row) => row.id,
      )
    },

    async list(filter, { limit, after }) {
      const [createdAt, id] = after ?? [null, null]
      const shape = sql.filters.filter((name) => filter[name] !== undefined)
      const rows = await run<WorkflowRow>(sql.list(after !== null, ...shape), {
        ...filter,
        ...{ limit: limit + 1, createdAt, id },
      })
      return sliceOf(
        rows,
        limit,
        read,
        (row): WorkflowPlace => [toNumber(row.created_at), row.id],
        (row) => row.id,
      )
    },

    async purge({ status, olderThan }, { signal }) {
      let purged = 0
      for (;;) {
        const [row] = await run<Gone>(sql.purge(status), { olderThan })
        const seen = toNumber(row?.seen ?? 0)
        const gone = toNumber(row?.gone ?? 0)
        purged += gone
        // Fewer are gone than were seen when some changed meanwhile: they may match still.
        if ((seen < PURGE_BATCH && gone === seen) || signal?.aborted) return purged
      }
    },
  }
}

function withoutVersion({ version: _, ...rest }: WorkflowChange): Omit<WorkflowChange, 'version'> {
  return rest
}
