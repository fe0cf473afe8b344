import type { Target } from '@holdfast/conformance'
import { createMemoryDatabase, createMemoryProvider } from '../src/index.ts'

const database = createMemoryDatabase()

export const target: Target = {
  name: 'memory',
  open: (namespace, { clock }) => createMemoryProvider({ database, namespace, clock }),
  engine: () => ({ name: 'Node.js', version: process.version, grade: 'real' }),
}
