import type { StateBackend } from '@holdfast/spec'
import { readState, stateItem, stateOf, type StateItem } from './codec.ts'
import type { Context } from './context.ts'
import { itemId } from './keys.ts'
import { endOf } from './order.ts'

export function createState(context: Context): StateBackend {
  const { database } = context
  return {
    async set(entry) {
      await database.main.upsert(stateItem(entry, context))
    },

    async get({ workflowId, key }) {
      const item = await database.main.read<StateItem>(itemId('state', workflowId, key))
      return item && readState(item, context)
    },

    async delete({ workflowId, key }) {
      const outcome = await database.main.remove(itemId('state', workflowId, key))
      return outcome === 'written'
    },

    async getAll(workflowId) {
      const from = stateOf(workflowId)
      const items = await database.main.query<StateItem>({
        select: '*',
        where: 'c.place > @from AND c.place < @end',
        order: 'c.place',
        parameters: { from, end: endOf(from) },
      })
      return items.map((item) => readState(item, context))
    },
  }
}
