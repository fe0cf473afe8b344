import type { Action, Entity } from '../src/options.ts'
import type { TableClientLike } from '../src/index.ts'

/** A table in memory, as far as an adapter that fills it from empty asks for one. */
export interface MemoryTable extends TableClientLike {
  readonly rows: ReadonlyMap<string, Entity>
}

const RANGE = /^PartitionKey eq '([^']*)' and RowKey gt '([^']*)' and RowKey lt '([^']*)'$/

export function openMemoryTable(): MemoryTable {
  const rows = new Map<string, Entity>()
  const at = (partitionKey: string, rowKey: string): string => `${partitionKey}\n${rowKey}`

  const apply = (action: Action): void => {
    const [kind, entity] = action
    const key = at(entity.partitionKey, entity.rowKey)
    const stored = rows.get(key)
    if (kind === 'create' && stored !== undefined) throw refusal('EntityAlreadyExists')
    if (kind === 'update' && stored === undefined) throw refusal('ResourceNotFound')
    if (kind === 'delete') rows.delete(key)
    else rows.set(key, action[2] === 'Merge' ? { ...stored, ...entity } : entity)
  }

  return {
    rows,
    createTable: async () => undefined,
    async getEntity(partitionKey, rowKey) {
      const found = rows.get(at(partitionKey, rowKey))
      if (found === undefined) throw refusal('ResourceNotFound')
      return { ...found, etag: '*' }
    },
    listEntities: ({ queryOptions: { filter } }) => ({
      async *byPage() {
        const [, partition, from = '', to = ''] = RANGE.exec(filter) ?? []
        yield [...rows.values()]
          .filter(({ partitionKey, rowKey }) => partitionKey === partition && rowKey > from)
          .filter(({ rowKey }) => rowKey < to)
          .toSorted((a, b) => (a.rowKey < b.rowKey ? -1 : 1))
          .map((row) => ({ ...row, etag: '*' }))
      },
    }),
    async submitTransaction(actions) {
      for (const action of actions) apply(action)
      return { subResponses: actions.map(() => ({ etag: '*' })) }
    },
    deleteEntity: async (partitionKey, rowKey) => rows.delete(at(partitionKey, rowKey)),
  }
}

function refusal(code: string): Error {
  return Object.assign(new Error(code), { details: { odataError: { code } } })
}
