import {
  compareText,
  decodeBody,
  encodeBody,
  type StateBackend,
  type StateEntry,
} from '@holdfast/spec'
import type { Context } from './context.ts'
import { keyOf, type StateRow } from './database.ts'

export function createState(context: Context): StateBackend {
  const { tables } = context

  const read = (row: StateRow): StateEntry => decodeBody(row.body, `state ${row.key}`, context)

  return {
    async set(entry) {
      const { workflowId, key } = entry
      const body = encodeBody(entry, context)
      tables.state.set(keyOf(workflowId, key), { workflowId, key, body })
    },

    async get({ workflowId, key }) {
      const row = tables.state.get(keyOf(workflowId, key))
      return row ? read(row) : null
    },

    async delete({ workflowId, key }) {
      return tables.state.delete(keyOf(workflowId, key))
    },

    async getAll(workflowId) {
      return [...tables.state.values()]
        .filter((row) => row.workflowId === workflowId)
        .sort((a, b) => compareText(a.key, b.key))
        .map(read)
    },
  }
}
