import type { DrawnHistory } from './report/history/drawn-history.ts'
import { LEVELS, type Level, type Rule, type Strength } from './rule.ts'
import type { Engine } from './target.ts'

/**
 * - `pass`: the rule is kept, as far as this run shows.
 * - `fail`: it is broken.
 * - `unsupported`: the provider declares that it cannot do this, and was seen to refuse.
 * - `not-run`: something that the rule needs was not given.
 * - `unknown`: the run does not tell, for instance because nothing was exercised. Never green.
 * - `kit-error`: the kit itself failed.
 */
export type Verdict = 'pass' | 'fail' | 'unsupported' | 'not-run' | 'unknown' | 'kit-error'

export interface RuleResult {
  readonly id: string
  readonly title: string
  readonly level: Level
  readonly strength: Strength
  readonly verdict: Verdict
  /** Why it is not `pass`. */
  readonly reason?: string
  /** Calls to the provider. */
  readonly operations: number
  readonly durationMs: number
  /** What the check counted. */
  readonly counters?: Readonly<Record<string, number>>
  /** Leads back to the failure: `--replay TOKEN`. */
  readonly replay?: string
  /** What several clients did that failed, shrunk. */
  readonly history?: DrawnHistory
}

/** Where the clients of races were. */
export interface Together {
  readonly clients: number
  readonly processes: number
  /** Why there was but one process. */
  readonly reason?: string
}

export interface ProviderReport {
  readonly name: string
  readonly version: string
  readonly engine: Engine
  /** The levels that were asked for. */
  readonly levels: Levels
  /** When there were races. */
  readonly together?: Together
  readonly operations: number
  readonly durationMs: number
  readonly rules: readonly RuleResult[]
}

export type Levels = Readonly<Partial<Record<Level, LevelVerdict>>>

/** A provider has a level when every MUST of it passes or is unsupported, and at least one passes. */
export type LevelVerdict = 'pass' | 'fail' | 'unknown'

/** The verdict on a level, computed from the rules that it requires, not from those that were found to run. */
export function judgeLevel(
  level: Level,
  rules: readonly Rule[],
  results: readonly RuleResult[],
): LevelVerdict {
  const required = rules.filter((rule) => rule.level === level && rule.strength === 'MUST')
  const verdicts = required.map(
    ({ id }) => results.find((result) => result.id === id)?.verdict ?? 'not-run',
  )
  if (verdicts.includes('fail')) return 'fail'
  const decided = verdicts.every((verdict) => verdict === 'pass' || verdict === 'unsupported')
  return decided && verdicts.includes('pass') ? 'pass' : 'unknown'
}

/** The verdict on each level that has a rule among these. */
export function judgeLevels(rules: readonly Rule[], results: readonly RuleResult[]): Levels {
  const asked = LEVELS.filter((level) => rules.some((rule) => rule.level === level))
  return Object.fromEntries(asked.map((level) => [level, judgeLevel(level, rules, results)]))
}
