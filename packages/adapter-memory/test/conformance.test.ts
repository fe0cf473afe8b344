import { conformance } from '@holdfast/conformance/vitest'
import { compressingCodec } from '@holdfast/spec'
import { createMemoryDatabase, createMemoryProvider } from '../src/index.ts'
import { target } from './target.ts'

conformance('memory', target)

const database = createMemoryDatabase()

conformance(
  'memory, compressed, by the clock of the process',
  {
    open: (namespace) =>
      createMemoryProvider({ database, namespace, codec: compressingCodec({ threshold: 0 }) }),
  },
  { runs: 20 },
)
