import { sliceOf, type StepBackend, type StepExecution, type StepPlace } from '@holdfast/spec'
import {
  createOnce,
  judge,
  outputParams,
  readOutput,
  readStep,
  stepParams,
  timesOf,
  toNumber,
  type Int,
  type StepRow,
  type Times,
} from '@holdfast/spec/rows'
import type { Context } from './context.ts'
import { storedOf, type Seen } from './judge.ts'
import { CLOCK, statement, statements } from './statement.ts'

const COLUMNS = `workflow_id, step_id, execution_index, created_at, updated_at, version, body`
const KEY = `namespace = :namespace and workflow_id = :workflowId and step_id = :stepId`

type Updated = Seen & { readonly [K in keyof Times]: Int | null }

export function createSteps(context: Context): StepBackend {
  const { run, schema } = context
  const steps = `${schema}.steps`
  const outputs = `${schema}.outputs`

  const sql = {
    create: statement(
      'steps.create',
      `with ${CLOCK}
      insert into ${steps} (namespace, workflow_id, step_id, execution_index, created_at, updated_at,
        version, created_by, updated_by, body)
      values (:namespace, :workflowId, :stepId, :executionIndex,
        coalesce(:createdAt, (select now from clock)), coalesce(:updatedAt, (select now from clock)),
        1, :requestId, :requestId, :body)
      on conflict (namespace, workflow_id, step_id) do nothing
      returning created_at, updated_at`,
    ),
    get: statement('steps.get', `select ${COLUMNS}, created_by from ${steps} where ${KEY}`),
    update: statement(
      'steps.update',
      `with ${CLOCK},
      stored as materialized (select version, updated_by from ${steps} where ${KEY}),
      updated as (
        update ${steps} set execution_index = :executionIndex, version = version + 1,
          updated_at = greatest(updated_at, (select now from clock)), updated_by = :requestId, body = :body
        where ${KEY} and version = :version
        returning created_at, updated_at
      )
      select stored.version as stored_version, stored.updated_by as stored_by,
        updated.created_at, updated.updated_at
      from (values (1)) as one left join stored on true left join updated on true`,
    ),
    list: statements((paged: boolean) =>
      statement(
        'steps.list',
        `select ${COLUMNS} from ${steps}
        where namespace = :namespace and workflow_id = :workflowId
          ${paged ? 'and (execution_index, step_id) > (:executionIndex, :stepId)' : ''}
        order by execution_index, step_id
        limit :limit`,
      ),
    ),
    saveOutput: statement(
      'steps.saveOutput',
      `insert into ${outputs} (namespace, workflow_id, step_id, body)
      values (:namespace, :workflowId, :stepId, :body)
      on conflict (namespace, workflow_id, step_id) do update set body = excluded.body`,
    ),
    loadOutput: statement('steps.loadOutput', `select body from ${outputs} where ${KEY}`),
  }

  type Found = StepRow & { readonly created_by: string }

  const read = (row: StepRow): StepExecution => readStep(row, context)

  const find = async (workflowId: string, stepId: string): Promise<Found | undefined> => {
    const [row] = await run<Found>(sql.get, { workflowId, stepId })
    return row
  }

  return {
    async create(step, { requestId }) {
      const { createdAt, updatedAt, ...content } = step
      const { workflowId, stepId } = step
      const params = { ...stepParams(content, context), createdAt, updatedAt, requestId }
      const insert = async (): Promise<StepExecution | undefined> => {
        const [row] = await run<Times>(sql.create, params)
        return row && { ...content, ...timesOf(row), version: 1 }
      }
      const what = `step ${stepId} of workflow ${workflowId}`
      return createOnce(what, requestId, insert, () => find(workflowId, stepId), read)
    },

    async get({ workflowId, stepId }) {
      const row = await find(workflowId, stepId)
      return row ? read(row) : null
    },

    async update(step, { requestId }) {
      const { version, ...content } = step
      const { workflowId, stepId } = step
      const params = { ...stepParams(content, context), version, requestId }
      for (;;) {
        const [row] = await run<Updated>(sql.update, params)
        if (row === undefined) continue
        const { created_at, updated_at } = row
        if (created_at !== null && updated_at !== null) {
          return { ...content, ...timesOf({ created_at, updated_at }), version: version + 1 }
        }
        const what = `step ${stepId} of workflow ${workflowId}`
        if (judge(storedOf(row), version, requestId, what) === 'again') continue
        const stored = await find(workflowId, stepId)
        if (stored && toNumber(stored.version) === version + 1) return read(stored)
      }
    },

    async list(workflowId, { limit, after }) {
      const [executionIndex, stepId] = after ?? [null, null]
      const rows = await run<StepRow>(sql.list(after !== null), {
        ...{ workflowId, limit: limit + 1, executionIndex, stepId },
      })
      return sliceOf(
        rows,
        limit,
        read,
        (row): StepPlace => [toNumber(row.execution_index), row.step_id],
        (row) => row.step_id,
      )
    },

    async saveOutput(output) {
      await run(sql.saveOutput, outputParams(output, context))
    },

    async loadOutput({ workflowId, stepId }) {
      const key = { workflowId, stepId }
      const [row] = await run<{ body: string }>(sql.loadOutput, key)
      return row ? readOutput(key, row.body, context) : null
    },
  }
}
