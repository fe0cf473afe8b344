import { familyOf } from '../rule.ts'
import type { LevelVerdict, RuleResult, Verdict } from '../verdict.ts'
import type { Report, ReportedProvider, ReportedRule } from './report.ts'
import { firstLine } from './text.ts'

/** The worst first. */
export const VERDICTS: readonly Verdict[] = [
  'fail',
  'kit-error',
  'unknown',
  'not-run',
  'unsupported',
  'pass',
]

/** Each verdict has a shape of its own, so that colour is never the only sign. */
export const MARKS: Readonly<Record<Verdict, string>> = {
  pass: '✓',
  fail: '✗',
  unsupported: '–',
  'not-run': '○',
  unknown: '?',
  'kit-error': '!',
}

export const VERDICT_NAMES: Readonly<Record<Verdict, string>> = {
  pass: 'pass',
  fail: 'fail',
  unsupported: 'unsupported',
  'not-run': 'not run',
  unknown: 'unknown',
  'kit-error': 'kit error',
}

export const LEVEL_MARKS: Readonly<Record<LevelVerdict, string>> = {
  pass: MARKS.pass,
  fail: MARKS.fail,
  unknown: MARKS.unknown,
}

export type Counts = Readonly<Record<Verdict, number>>

/** What one provider did with one rule. */
export interface Cell {
  readonly provider: ReportedProvider
  readonly result: RuleResult
}

/** A rule, and a cell for each provider. */
export interface RuleRow {
  readonly rule: ReportedRule
  readonly cells: readonly Cell[]
}

/** The rules of a family, and for each provider how they went. */
export interface FamilyRow {
  readonly family: string
  readonly rows: readonly RuleRow[]
  readonly counts: readonly Counts[]
}

/** Family by family in the order of the catalogue; columns in the order of the providers. */
export function matrixOf({ rules, providers }: Report): FamilyRow[] {
  const results = providers.map((provider) => ({
    provider,
    byId: new Map(provider.rules.map((result) => [result.id, result])),
  }))
  const families = Map.groupBy(rules, ({ id }) => familyOf(id))
  return [...families].map(([family, members]) => {
    const rows = members.map((rule) => ({
      rule,
      cells: results.map(({ provider, byId }) => ({
        provider,
        result: byId.get(rule.id) ?? absent(rule),
      })),
    }))
    const counts = providers.map((_, column) =>
      countVerdicts(rows.flatMap(({ cells }) => cells[column]?.result ?? [])),
    )
    return { family, rows, counts }
  })
}

/** Every cell with one of these verdicts: the worst first, a broken SHOULD after each MUST. */
export function cellsWith(report: Report, verdicts: readonly Verdict[]): Cell[] {
  return matrixOf(report)
    .flatMap(({ rows }) => rows.flatMap(({ cells }) => cells))
    .filter(({ result }) => verdicts.includes(result.verdict))
    .sort((a, b) => weightOf(a) - weightOf(b))
}

function weightOf({ result }: Cell): number {
  const { verdict, strength } = result
  return VERDICTS.indexOf(verdict) + (verdict === 'fail' && strength !== 'MUST' ? 0.5 : 0)
}

/** Cells that have verdict, provider and the first line of the reason in common. */
export interface Group {
  readonly verdict: Verdict
  readonly provider: ReportedProvider
  readonly reason: string
  readonly ids: readonly string[]
}

/** Many rules lack one and the same thing: that is said once. */
export function groupByReason(cells: readonly Cell[]): Group[] {
  const groups = Map.groupBy(cells, ({ provider, result }) =>
    JSON.stringify([result.verdict, provider.name, firstLine(result.reason ?? '')]),
  )
  return [...groups.values()].flatMap((members) => {
    const [first] = members
    if (first === undefined) return []
    const { provider, result } = first
    const ids = members.map((member) => member.result.id)
    return { verdict: result.verdict, provider, reason: firstLine(result.reason ?? ''), ids }
  })
}

export function countVerdicts(results: readonly Pick<RuleResult, 'verdict'>[]): Counts {
  const counts: Record<Verdict, number> = {
    fail: 0,
    'kit-error': 0,
    unknown: 0,
    'not-run': 0,
    unsupported: 0,
    pass: 0,
  }
  for (const { verdict } of results) counts[verdict] += 1
  return counts
}

/** The verdicts that occur, the worst first, with how often. */
export function occurring(counts: Counts): [Verdict, number][] {
  return VERDICTS.map((verdict): [Verdict, number] => [verdict, counts[verdict]]).filter(
    ([, amount]) => amount > 0,
  )
}

function absent({ id, title, level, strength }: ReportedRule): RuleResult {
  return {
    ...{ id, title, level, strength },
    verdict: 'not-run',
    reason: 'The run has no result for this rule',
    operations: 0,
    durationMs: 0,
  }
}
