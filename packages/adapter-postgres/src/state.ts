import type { StateBackend } from '@holdfast/spec'
import { readState, stateParams } from '@holdfast/spec/rows'
import type { Context } from './context.ts'
import { statement } from './statement.ts'

const KEY = `namespace = :namespace and workflow_id = :workflowId and key = :key`

export function createState(context: Context): StateBackend {
  const { run, schema } = context
  const state = `${schema}.state`

  const sql = {
    set: statement(
      'state.set',
      `insert into ${state} (namespace, workflow_id, key, body)
      values (:namespace, :workflowId, :key, :body)
      on conflict (namespace, workflow_id, key) do update set body = excluded.body`,
    ),
    get: statement('state.get', `select body from ${state} where ${KEY}`),
    delete: statement('state.delete', `delete from ${state} where ${KEY} returning 1`),
    getAll: statement(
      'state.getAll',
      `select key, body from ${state}
      where namespace = :namespace and workflow_id = :workflowId
      order by key`,
    ),
  }

  return {
    async set(entry) {
      await run(sql.set, stateParams(entry, context))
    },

    async get({ workflowId, key }) {
      const [row] = await run<{ body: string }>(sql.get, { workflowId, key })
      return row ? readState({ workflowId, key }, row.body, context) : null
    },

    async delete({ workflowId, key }) {
      const rows = await run(sql.delete, { workflowId, key })
      return rows.length > 0
    },

    async getAll(workflowId) {
      const rows = await run<{ key: string; body: string }>(sql.getAll, { workflowId })
      return rows.map(({ key, body }) => readState({ workflowId, key }, body, context))
    },
  }
}
