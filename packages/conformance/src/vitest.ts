import { afterAll, beforeAll, describe, it } from 'vitest'
import { DEFAULT_LEVELS, nameOfLevel, type Level, type Rule } from './rule.ts'
import { rules as allRules } from './rules/index.ts'
import type { Workers } from './concurrent/workers.ts'
import { runRule, together, type RunOptions } from './run.ts'
import type { Target } from './target.ts'
import { judgeLevel, type RuleResult } from './verdict.ts'

/** ms that a target may take to start an engine, or to stop it. */
const SETUP_TIMEOUT = 300_000

export interface ConformanceOptions extends Partial<
  Pick<RunOptions, 'seed' | 'runs' | 'deadline'>
> {
  /** @default core and concurrent */
  readonly levels?: readonly Level[]
  /** Of which those of {@link ConformanceOptions.levels} are run. @default every rule */
  readonly rules?: readonly Rule[]
}

/**
 * A vitest suite with one test for each rule, `[CLAIM-03] …`. A rule that passes is green; one that does not decide is
 * red, like one that fails; one that the provider declares unsupported, and was seen to refuse, is skipped.
 *
 * ```ts
 * conformance('my-backend', { open: (namespace) => createMyProvider({ url, namespace }) })
 * ```
 */
export function conformance(
  name: string,
  target: Omit<Target, 'name'>,
  {
    levels = DEFAULT_LEVELS,
    rules: candidates = allRules,
    seed = 1,
    ...options
  }: ConformanceOptions = {},
): void {
  const named: Target = { ...target, name }
  const rules = candidates.filter(({ level }) => levels.includes(level))
  // Each call has a deadline of its own, and how many calls a rule makes is known: the runner's limit is for others.
  describe(`${name} keeps the contract`, { timeout: 0 }, () => {
    const results: RuleResult[] = []
    let workers: Workers | undefined
    beforeAll(async () => {
      await target.setup?.()
      if (!rules.some(({ level }) => level === 'concurrent')) return
      // A module exports the target under the name that it gives itself.
      const exported = 'name' in target ? (target as Target) : named
      workers = (await together(exported, options)).workers
    }, SETUP_TIMEOUT)
    afterAll(async () => {
      await workers?.[Symbol.asyncDispose]()
      await target.teardown?.()
    }, SETUP_TIMEOUT)

    for (const rule of rules) {
      it(`[${rule.id}] ${rule.title}`, async ({ skip }) => {
        const result = await runRule(named, rule, { seed, ...options, ...(workers && { workers }) })
        results.push(result)
        const { verdict, reason = '' } = result
        if (verdict === 'unsupported') skip(reason)
        if (verdict === 'not-run' && rule.strength !== 'MUST') skip(reason)
        if (verdict !== 'pass') throw new Error(messageOf(result))
      })
    }

    for (const level of levels) {
      const required = rules.filter((rule) => rule.level === level)
      if (required.length === 0) continue
      it(`has the ${nameOfLevel(level)} level`, ({ skip }) => {
        const judged = results.filter((result) => result.level === level)
        if (judged.length < required.length) skip('Not every rule was run')
        const verdict = judgeLevel(level, required, judged)
        if (verdict !== 'pass') throw new Error(`${nameOfLevel(level)}: ${verdict}`)
      })
    }
  })
}

function messageOf({ id, verdict, reason, replay }: RuleResult): string {
  const again =
    replay === undefined ? '' : `\n  again: npx holdfast verify <module> --replay ${replay}`
  return `${id} ${verdict}: ${reason}${again}`
}
