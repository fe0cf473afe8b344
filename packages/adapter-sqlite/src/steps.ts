import { sliceOf, type StepBackend, type StepExecution, type StepPlace } from '@holdfast/spec'
import { outputParams, stepParams } from '@holdfast/spec/rows'
import { readOutput, readStep, type OutputRow, type StepRow } from './codec.ts'
import type { Context } from './context.ts'
import { judgeCreate, judgeUpdate, type Times } from './judge.ts'

interface StoredStep extends StepRow {
  readonly createdBy: string
  readonly updatedBy: string
}

const KEY = 'namespace = :namespace and workflow_id = :workflowId and step_id = :stepId'

const TIMES = 'created_at as createdAt, updated_at as updatedAt'

const COLUMNS = `workflow_id as workflowId, step_id as stepId, execution_index as executionIndex, ${TIMES}, version, body`

const GET = `select ${COLUMNS} from holdfast_steps where ${KEY}`

// Follows a statement that writes one step, and has a row when that one did not write.
const GET_UNWRITTEN = `select ${COLUMNS}, created_by as createdBy, updated_by as updatedBy from holdfast_steps
where ${KEY} and changes() = 0`

const SAVE_OUTPUT = `insert into holdfast_outputs (namespace, workflow_id, step_id, body)
values (:namespace, :workflowId, :stepId, :body)
on conflict (namespace, workflow_id, step_id) do update set body = excluded.body`

const LOAD_OUTPUT = `select workflow_id as workflowId, step_id as stepId, body from holdfast_outputs where ${KEY}`

export function createSteps(context: Context): StepBackend {
  const { executor, namespace } = context
  const { now } = executor

  const INSERT = `insert into holdfast_steps (namespace, workflow_id, step_id, execution_index, created_at, updated_at,
  version, created_by, updated_by, body)
values (:namespace, :workflowId, :stepId, :executionIndex, coalesce(:createdAt, ${now}), coalesce(:updatedAt, ${now}),
  1, :requestId, :requestId, :body)
on conflict (namespace, workflow_id, step_id) do nothing
returning ${TIMES}`

  const UPDATE = `update holdfast_steps
set execution_index = :executionIndex, updated_at = max(updated_at, ${now}), version = version + 1,
  updated_by = :requestId, body = :body
where ${KEY} and version = :version
returning ${TIMES}`

  const read = (row: StepRow): StepExecution => readStep(row, context)

  return {
    async create({ createdAt, updatedAt, ...step }, { requestId }) {
      const params = {
        ...stepParams(step, context),
        ...{ namespace, createdAt, updatedAt, requestId },
      }
      const [written, stored] = await executor.write<[Times, StoredStep]>(
        [INSERT, GET_UNWRITTEN],
        params,
      )
      if (written[0]) return { ...step, ...written[0], version: 1 }
      return read(judgeCreate(stored[0], requestId, `a step ${step.stepId} of ${step.workflowId}`))
    },

    async get(key) {
      const [row] = await executor.read<StepRow>(GET, { ...key, namespace })
      return row ? read(row) : null
    },

    async update({ version, ...step }, { requestId }) {
      const params = { ...stepParams(step, context), namespace, version, requestId }
      const [written, stored] = await executor.write<[Times, StoredStep]>(
        [UPDATE, GET_UNWRITTEN],
        params,
      )
      if (written[0]) return { ...step, ...written[0], version: version + 1 }
      const what = `step ${step.stepId} of ${step.workflowId}`
      return read(judgeUpdate(stored[0], version, requestId, what))
    },

    async list(workflowId, { limit, after }) {
      const [afterIndex = null, afterId = null] = after ?? []
      const rows = await executor.read<StepRow>(listSql(after !== null), {
        ...{ namespace, workflowId, afterIndex, afterId, limit: limit + 1 },
      })
      const placeOf = (row: StepRow): StepPlace => [row.executionIndex, row.stepId]
      return sliceOf(rows, limit, read, placeOf, ({ stepId }) => stepId)
    },

    async saveOutput(output) {
      await executor.write([SAVE_OUTPUT], { ...outputParams(output, context), namespace })
    },

    async loadOutput(key) {
      const [row] = await executor.read<OutputRow>(LOAD_OUTPUT, { ...key, namespace })
      return row ? readOutput(row, context) : null
    },
  }
}

function listSql(continued: boolean): string {
  return `select ${COLUMNS} from holdfast_steps
where namespace = :namespace and workflow_id = :workflowId
${continued ? 'and (execution_index, step_id) > (:afterIndex, :afterId)' : ''}
order by execution_index, step_id limit :limit`
}
