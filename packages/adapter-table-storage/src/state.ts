import { compareText, type StateBackend } from '@holdfast/spec'
import { readState, writeState } from './codec.ts'
import type { Context } from './context.ts'
import { familyKey, familyRange, touchFamily } from './family.ts'
import type { Row } from './table.ts'

export function createState(context: Context): StateBackend {
  const { main } = context
  return {
    async set(entry) {
      const key = familyKey(entry.workflowId, 'S', entry.key)
      const content = writeState(entry, context)
      await main.commit([[{ do: 'put', key, content }]], [touchFamily(entry.workflowId)])
    },

    async get({ workflowId, key }) {
      const row = await main.get(familyKey(workflowId, 'S', key))
      return row && readState(row.content, context)
    },

    async delete({ workflowId, key }) {
      const row = familyKey(workflowId, 'S', key)
      return main.attempt(async () => {
        if ((await main.take(row)) === null) return false
        await main.write({ do: 'delete', key: row })
        return true
      })
    },

    async getAll(workflowId) {
      const rows: Row[] = []
      for await (const row of main.rows(familyRange(workflowId, 'S'), 1000)) rows.push(row)
      const entries = rows.map(({ content }) => readState(content, context))
      return entries.sort((a, b) => compareText(a.key, b.key))
    },
  }
}
