import type { Target } from '@holdfast/conformance'
import { keyOf } from '../src/database.ts'
import { createMemoryDatabase, createMemoryProvider } from '../src/index.ts'

let database = createMemoryDatabase()

export const target: Target = {
  name: 'memory',
  open: (namespace, { clock }) => createMemoryProvider({ database, namespace, clock }),
  // What one run stored is not kept for the next one.
  async teardown() {
    database = createMemoryDatabase()
  },
  engine: () => ({ name: 'Node.js', version: process.version, grade: 'real' }),
  async corrupt({ namespace, repository, key }) {
    const name = repository === 'claims' ? 'tasks' : repository
    const rows = database.tables(namespace)[name] as Map<string, { readonly body: string }>
    const [id = ''] = key
    const found = key.length === 1 ? id : keyOf(...key)
    const row = rows.get(found)
    if (row === undefined) throw new Error(`There is no ${found} to damage`)
    rows.set(found, { ...row, body: '{' })
  },
}
