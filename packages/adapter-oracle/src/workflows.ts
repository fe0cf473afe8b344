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
  toNumber,
  workflowParams,
  type Int,
  type Times,
  type WorkflowRow,
} from '@holdfast/spec/rows'
import { foundOf, type Gotten } from './body-out.ts'
import { toFlag } from './codec.ts'
import type { Context } from './context.ts'
import { unlessTaken } from './judge.ts'
import { isSaved, storedOf, writtenAt, type Saved } from './times.ts'
import type { Params } from './statement.ts'
import { idNames, PURGE_BATCH, workflowStatements } from './workflows-sql.ts'

type Found = WorkflowRow & { readonly created_by: string; readonly updated_by: string }

/** How many ids a statement of `getMany` takes: few shapes, each of which the server parses once. */
const COUNTS = [10, 100, 1000] as const

export function createWorkflows(context: Context): WorkflowBackend {
  const { read: rowsOf, write } = context
  const sql = workflowStatements(context)

  const read = (row: WorkflowRow): WorkflowInstance => readWorkflow(row, context)

  const find = async (id: string): Promise<Found | undefined> => {
    const { out } = await write<Gotten<Found>>(sql.get, { id })
    return foundOf(out)
  }

  const tryUpdate = async (
    params: Params,
    subscriptions: readonly Subscription[],
  ): Promise<Saved | undefined> => {
    if (subscriptions.length === 0) return (await write<Saved>(sql.update, params)).out
    const given = subscriptions.map((subscription) => ({
      ...subscriptionColumns(subscription, context),
      held: toFlag(subscription.token !== null),
    }))
    const written = await unlessTaken(() =>
      write<Saved>(sql.updateAndOpen, { ...params, subscriptions: JSON.stringify(given) }),
    )
    if (written === undefined) throw conflict('There is a subscription with one of the ids already')
    return written.out
  }

  return {
    async create(workflow, { requestId }) {
      const { createdAt, updatedAt, ...content } = workflow
      const params = { ...workflowParams(content, context), createdAt, updatedAt, requestId }
      const insert = async (): Promise<WorkflowInstance> => {
        const { out } = await write<Times>(sql.create, params)
        return { ...content, ...writtenAt(out), version: 1 }
      }
      return createOnce(
        `workflow ${workflow.id}`,
        requestId,
        () => unlessTaken(insert),
        () => find(workflow.id),
        read,
      )
    },

    async get(id) {
      const row = await find(id)
      return row ? read(row) : null
    },

    async getMany(ids) {
      const count = COUNTS.find((size) => ids.length <= size) ?? ids.length
      // What is left over asks for the first one again.
      const params = Object.fromEntries(
        idNames(count).map((name, index) => [name, ids[index] ?? ids[0] ?? null]),
      )
      const rows = await rowsOf<WorkflowRow>(sql.getMany(count), params, ids.length)
      const found = new Map(rows.map((row) => [row.id, row]))
      return ids.flatMap((id) => found.get(id) ?? []).map(read)
    },

    async update(workflow: WorkflowChange, subscriptions, { requestId }: Call) {
      const { version, ...content } = workflow
      const params = { ...workflowParams(content, context), version, requestId }
      for (;;) {
        const out = await tryUpdate(params, subscriptions)
        if (isSaved(out)) return { ...content, ...writtenAt(out), version: version + 1 }
        const verdict = judge(storedOf(out), version, requestId, `workflow ${workflow.id}`)
        if (verdict === 'again') continue
        const stored = await find(workflow.id)
        if (stored && toNumber(stored.version) === version + 1) return read(stored)
      }
    },

    async delete(id) {
      const { out } = await write<{ gone: Int }>(sql.delete, { id })
      return toNumber(out?.gone ?? 0) > 0
    },

    async getRunnable(asOf, { limit, after }) {
      const [nextExecution, id] = after ?? [null, null]
      const rows = await rowsOf<{ id: string; next_execution: Int }>(
        sql.due(after !== null),
        { asOf, limit: limit + 1, nextExecution, id },
        limit + 1,
      )
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
      const rows = await rowsOf<WorkflowRow>(
        sql.list(after !== null, ...shape),
        { ...filter, limit: limit + 1, createdAt, id },
        limit + 1,
      )
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
        const { out } = await write<{ gone: Int }>(sql.purge(status), { olderThan })
        const gone = toNumber(out?.gone ?? 0)
        purged += gone
        if (gone < PURGE_BATCH || signal?.aborted) return purged
      }
    },
  }
}
