import type { StateBackend } from '@holdfast/spec'
import { stateParams } from '@holdfast/spec/rows'
import { readState, type StateRow } from './codec.ts'
import type { Context } from './context.ts'
import type { Done } from './judge.ts'

const KEY = 'namespace = :namespace and workflow_id = :workflowId and key = :key'

const COLUMNS = 'workflow_id as workflowId, key, body'

const SET = `insert into holdfast_state (namespace, workflow_id, key, body)
values (:namespace, :workflowId, :key, :body)
on conflict (namespace, workflow_id, key) do update set body = excluded.body`

const GET = `select ${COLUMNS} from holdfast_state where ${KEY}`

const DELETE = `delete from holdfast_state where ${KEY} returning 1 as done`

const GET_ALL = `select ${COLUMNS} from holdfast_state
where namespace = :namespace and workflow_id = :workflowId
order by key`

export function createState(context: Context): StateBackend {
  const { executor, namespace } = context
  return {
    async set(entry) {
      await executor.write([SET], { ...stateParams(entry, context), namespace })
    },

    async get(key) {
      const [row] = await executor.read<StateRow>(GET, { ...key, namespace })
      return row ? readState(row, context) : null
    },

    async delete(key) {
      const [deleted] = await executor.write<[Done]>([DELETE], { ...key, namespace })
      return deleted.length === 1
    },

    async getAll(workflowId) {
      const rows = await executor.read<StateRow>(GET_ALL, { namespace, workflowId })
      return rows.map((row) => readState(row, context))
    },
  }
}
