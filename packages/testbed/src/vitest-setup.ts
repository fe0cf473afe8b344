import { available } from './available.ts'
import type { Engine, EngineName } from './engine.ts'
import { variable } from './environment.ts'

/** What vitest calls before the first test file, and after the last. */
export interface GlobalSetup {
  setup(): Promise<void>
  teardown(): Promise<void>
}

/**
 * A global setup for vitest: one engine for all test files. Test processes reach it through the environment, where they
 * find its URL, and beside it how it was started, so that every report still says what it ran against.
 */
export function sharedEngine(name: EngineName): GlobalSetup {
  let engine: Engine | undefined
  let before: Record<string, string | undefined> = {}

  return {
    async setup() {
      const found = await available(name)
      if (found.grade === 'none') {
        process.stderr.write(`${name}: not run\n${found.reason}\n`)
        return
      }
      engine = found
      for (const [suffix, value] of [
        ['URL', found.url],
        ['VIA', found.via],
        ['GRADE', found.grade],
      ] as const) {
        const key = variable(name, suffix)
        before[key] = process.env[key]
        process.env[key] = value
      }
    },

    async teardown() {
      for (const [key, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[key]
        else process.env[key] = value
      }
      before = {}
      await engine?.[Symbol.asyncDispose]()
      engine = undefined
    },
  }
}
