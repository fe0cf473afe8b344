import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Rule } from './rule.ts'
import { rules as allRules } from './rules/index.ts'
import { runRule, type RunOptions } from './run.ts'
import type { Target } from './target.ts'
import { judgeLevel, type RuleResult } from './verdict.ts'

export interface ConformanceOptions extends Partial<
  Pick<RunOptions, 'seed' | 'runs' | 'deadline'>
> {
  /** @default every rule */
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
  { rules = allRules, seed = 1, ...options }: ConformanceOptions = {},
): void {
  const named: Target = { ...target, name }
  describe(`${name} keeps the contract`, () => {
    const results: RuleResult[] = []
    beforeAll(async () => target.setup?.())
    afterAll(async () => target.teardown?.())

    for (const rule of rules) {
      it(`[${rule.id}] ${rule.title}`, async ({ skip }) => {
        const result = await runRule(named, rule, { seed, ...options })
        results.push(result)
        const { verdict, reason = '' } = result
        if (verdict === 'unsupported') skip(reason)
        if (verdict === 'not-run' && rule.strength !== 'MUST') skip(reason)
        if (verdict !== 'pass') throw new Error(messageOf(result))
      })
    }

    it('has the Core level', ({ skip }) => {
      if (results.length < rules.length) skip('Not every rule was run')
      const verdict = judgeLevel('core', rules, results)
      if (verdict !== 'pass') throw new Error(`Core: ${verdict}`)
    })
  })
}

function messageOf({ id, verdict, reason, replay }: RuleResult): string {
  const again =
    replay === undefined ? '' : `\n  again: npx holdfast verify <module> --replay ${replay}`
  return `${id} ${verdict}: ${reason}${again}`
}
