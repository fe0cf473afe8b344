import { setTimeout } from 'node:timers/promises'
import { vi } from 'vitest'
import { rules } from '../src/index.ts'
import { conformance } from '../src/vitest.ts'
import { memoryTarget } from './support.ts'

const { open, engine } = memoryTarget()

conformance('the reference', { open, ...(engine && { engine }) }, { runs: 10 })

// A runner's own limit of time would end a rule on a store that is slow, and only that.
vi.setConfig({ testTimeout: 1, hookTimeout: 1 })

conformance(
  'a slow store',
  {
    setup: async () => setTimeout(20),
    async open(...given) {
      await setTimeout(20)
      return open(...given)
    },
    teardown: async () => setTimeout(20),
  },
  { rules: rules.filter(({ id }) => id === 'LIFE-01'), levels: ['core'] },
)
