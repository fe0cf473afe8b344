import { sliceOf, type StepBackend, type StepExecution, type StepPlace } from '@holdfast/spec'
import {
  createOnce,
  judge,
  outputParams,
  readOutput,
  readStep,
  stepParams,
  toNumber,
  type StepRow,
  type Times,
} from '@holdfast/spec/rows'
import { foundOf, getOne, type Gotten } from './body-out.ts'
import type { Context } from './context.ts'
import { unlessTaken } from './judge.ts'
import { pageOf, statement, statements } from './statement.ts'
import { isSaved, saySaved, storedOf, writtenAt, type Saved } from './times.ts'
import { upsert } from './upsert.ts'

const COLUMNS = ['workflow_id', 'step_id', 'execution_index', 'created_at', 'updated_at', 'version']
const KEY = `namespace = :namespace and workflow_id = :workflowId and step_id = :stepId`

export function createSteps(context: Context): StepBackend {
  const { read: rowsOf, write, nameOf, now } = context
  const steps = nameOf('steps')
  const outputs = nameOf('outputs')

  const sql = {
    create: statement(
      'steps.create',
      `declare
        v_body clob := :body;
        v_now number;
      begin
        select ${now} into v_now from dual;
        insert into ${steps} (namespace, workflow_id, step_id, execution_index, created_at, updated_at,
          version, created_by, updated_by, body)
        values (:namespace, :workflowId, :stepId, :executionIndex,
          coalesce(:createdAt, v_now), coalesce(:updatedAt, v_now), 1, :requestId, :requestId, v_body)
        returning created_at, updated_at into :o_created_at, :o_updated_at;
      end;`,
    ),
    get: getOne('steps.get', steps, [...COLUMNS, 'created_by', 'updated_by'], KEY),
    update: statement(
      'steps.update',
      `declare
        v_body clob := :body;
        v_saved number;
      begin
        update ${steps} set execution_index = :executionIndex, version = version + 1,
          updated_at = greatest(updated_at, ${now}), updated_by = :requestId, body = v_body
        where ${KEY} and version = :version
        returning created_at, updated_at into :o_created_at, :o_updated_at;
        ${saySaved(steps, KEY)}
      end;`,
    ),
    list: statements((paged: boolean) =>
      statement(
        'steps.list',
        pageOf(
          [...COLUMNS, 'body'].join(', '),
          `from ${steps} where namespace = :namespace and workflow_id = :workflowId`,
          ['execution_index', 'step_id'],
          paged ? [':executionIndex', ':stepId'] : null,
        ),
      ),
    ),
    saveOutput: upsert('steps.saveOutput', outputs, {
      namespace: ':namespace',
      workflow_id: ':workflowId',
      step_id: ':stepId',
    }),
    loadOutput: getOne('steps.loadOutput', outputs, [], KEY),
  }

  type Found = StepRow & { readonly created_by: string; readonly updated_by: string }

  const read = (row: StepRow): StepExecution => readStep(row, context)

  const find = async (workflowId: string, stepId: string): Promise<Found | undefined> => {
    const { out } = await write<Gotten<Found>>(sql.get, { workflowId, stepId })
    return foundOf(out)
  }

  return {
    async create(step, { requestId }) {
      const { createdAt, updatedAt, ...content } = step
      const { workflowId, stepId } = step
      const params = { ...stepParams(content, context), createdAt, updatedAt, requestId }
      const insert = async (): Promise<StepExecution> => {
        const { out } = await write<Times>(sql.create, params)
        return { ...content, ...writtenAt(out), version: 1 }
      }
      const what = `step ${stepId} of workflow ${workflowId}`
      return createOnce(
        what,
        requestId,
        () => unlessTaken(insert),
        () => find(workflowId, stepId),
        read,
      )
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
        const { out } = await write<Saved>(sql.update, params)
        if (isSaved(out)) return { ...content, ...writtenAt(out), version: version + 1 }
        const what = `step ${stepId} of workflow ${workflowId}`
        if (judge(storedOf(out), version, requestId, what) === 'again') continue
        const stored = await find(workflowId, stepId)
        if (stored && toNumber(stored.version) === version + 1) return read(stored)
      }
    },

    async list(workflowId, { limit, after }) {
      const [executionIndex, stepId] = after ?? [null, null]
      const rows = await rowsOf<StepRow>(
        sql.list(after !== null),
        { workflowId, limit: limit + 1, executionIndex, stepId },
        limit + 1,
      )
      return sliceOf(
        rows,
        limit,
        read,
        (row): StepPlace => [toNumber(row.execution_index), row.step_id],
        (row) => row.step_id,
      )
    },

    async saveOutput(output) {
      await write(sql.saveOutput, outputParams(output, context))
    },

    async loadOutput({ workflowId, stepId }) {
      const key = { workflowId, stepId }
      const { out } = await write<Gotten<{ body: string }>>(sql.loadOutput, key)
      const row = foundOf(out)
      return row ? readOutput(key, row.body, context) : null
    },
  }
}
