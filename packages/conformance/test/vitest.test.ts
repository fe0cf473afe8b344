import { conformance } from '../src/vitest.ts'
import { memoryTarget } from './support.ts'

const { open, engine } = memoryTarget()

conformance('the reference', { open, ...(engine && { engine }) }, { runs: 10 })
