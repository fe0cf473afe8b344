import type { StateBackend } from '@holdfast/spec'
import { readState, stateBody } from './codec.ts'
import type { Context } from './context.ts'
import { againOnDuplicate } from './judge.ts'
import { join, ownedBy } from './keys.ts'

export function createState(context: Context): StateBackend {
  const { collections, namespace: ns } = context
  return {
    async set(entry) {
      const _id = join(ns, entry.workflowId, entry.key)
      const change = { $set: { body: stateBody(entry, context) } }
      const { state } = await collections()
      await againOnDuplicate(() => state.updateOne({ _id }, change, { upsert: true }))
    },

    async get({ workflowId, key }) {
      const { state } = await collections()
      const row = await state.findOne({ _id: join(ns, workflowId, key) })
      return row && readState(row, context)
    },

    async delete({ workflowId, key }) {
      const { state } = await collections()
      const { deletedCount } = await state.deleteOne({ _id: join(ns, workflowId, key) })
      return deletedCount > 0
    },

    async getAll(workflowId) {
      const { state } = await collections()
      const owned = { _id: ownedBy(join(ns, workflowId)) }
      const rows = await state.find(owned, { sort: { _id: 1 } }).toArray()
      return rows.map((row) => readState(row, context))
    },
  }
}
