import type { StateBackend } from '@holdfast/spec'
import { readState, stateParams } from '@holdfast/spec/rows'
import { foundOf, getOne, type Gotten } from './body-out.ts'
import type { Context } from './context.ts'
import { statement } from './statement.ts'
import { upsert } from './upsert.ts'

const KEY = `namespace = :namespace and workflow_id = :workflowId and key = :key`

/** `getAll` has no pages: rows come in batches of so many, each a round trip. */
const BATCH = 1000

export function createState(context: Context): StateBackend {
  const { read, write, nameOf } = context
  const state = nameOf('state')

  const sql = {
    set: upsert('state.set', state, {
      namespace: ':namespace',
      workflow_id: ':workflowId',
      key: ':key',
    }),
    get: getOne('state.get', state, [], KEY),
    delete: statement('state.delete', `delete from ${state} where ${KEY}`),
    getAll: statement(
      'state.getAll',
      `select key, body from ${state}
      where namespace = :namespace and workflow_id = :workflowId
      order by key`,
    ),
  }

  return {
    async set(entry) {
      await write(sql.set, stateParams(entry, context))
    },

    async get({ workflowId, key }) {
      const { out } = await write<Gotten<{ body: string }>>(sql.get, { workflowId, key })
      const row = foundOf(out)
      return row ? readState({ workflowId, key }, row.body, context) : null
    },

    async delete({ workflowId, key }) {
      const { count } = await write(sql.delete, { workflowId, key })
      return count > 0
    },

    async getAll(workflowId) {
      const rows = await read<{ key: string; body: string }>(sql.getAll, { workflowId }, BATCH)
      return rows.map(({ key, body }) => readState({ workflowId, key }, body, context))
    },
  }
}
