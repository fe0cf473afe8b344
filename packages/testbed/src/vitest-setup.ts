/**
 * A global setup for vitest: one PostgreSQL for all test files. Test processes reach it through the
 * environment, where `startPostgres` finds the URL, and beside it how the server was started, so
 * that every report still says what it ran against.
 */
import { available } from './available.ts'
import type { Engine } from './engine.ts'
import { variable } from './environment.ts'

let engine: Engine | undefined
let before: Record<string, string | undefined> = {}

/** Starts PostgreSQL, or checks the one at `HOLDFAST_POSTGRES_URL`, and passes it on. */
export async function setup(): Promise<void> {
  const found = await available('postgres')
  if (found.grade === 'none') {
    process.stderr.write(`postgres: not run\n${found.reason}\n`)
    return
  }
  engine = found
  for (const [suffix, value] of [
    ['URL', found.url],
    ['VIA', found.via],
    ['GRADE', found.grade],
  ] as const) {
    const name = variable('postgres', suffix)
    before[name] = process.env[name]
    process.env[name] = value
  }
}

/** Stops what `setup` started and restores the environment. */
export async function teardown(): Promise<void> {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  before = {}
  await engine?.[Symbol.asyncDispose]()
  engine = undefined
}
