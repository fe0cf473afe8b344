import type { LevelVerdict } from '../verdict.ts'
import { cellsWith } from './matrix.ts'
import { levelsOf, overallOf, type Report, type ReportedProvider } from './report.ts'
import { visible } from './text.ts'

/** What the run says, in one line: `2 of 4 providers pass, 1 fails, 1 is undecided, 1 was not run`. */
export function headline(report: Report): string {
  const { providers, notRun } = report
  const [first] = providers
  if (first === undefined) return 'Nothing was run'
  const kit = overallOf(report) === 'kit-error' ? 'The kit itself failed: ' : ''
  if (report.partial) return kit + headlineOfChoice(report)
  const some = (verdict: LevelVerdict): number =>
    providers.filter((provider) => outcomeOf(provider) === verdict).length
  const rest = [
    ...plural(some('fail'), 'fails', 'fail'),
    ...plural(some('unknown'), 'is undecided', 'are undecided'),
    ...plural(notRun.length, 'was not run', 'were not run'),
  ]
  if (providers.length === 1) {
    const does = { pass: 'passes', fail: 'fails', unknown: 'is undecided' }[outcomeOf(first)]
    return [
      `${kit}${visible(first.name)} ${does}`,
      ...rest.slice(outcomeOf(first) === 'pass' ? 0 : 1),
    ].join(', ')
  }
  const passing = some('pass')
  const all = passing === providers.length ? 'All' : `${passing === 0 ? 'None' : passing} of`
  const pass = passing === 1 ? 'passes' : 'pass'
  return [`${kit}${all} ${providers.length} providers ${pass}`, ...rest].join(', ')
}

/** Whether some chosen rules pass says nothing about a level. */
function headlineOfChoice(report: Report): string {
  const failing = new Set(cellsWith(report, ['fail']).map(({ result }) => result.id)).size
  const [fail] = plural(failing, 'of the chosen rules fails', 'of the chosen rules fail')
  if (fail !== undefined) return fail
  return cellsWith(report, ['unknown', 'not-run', 'kit-error']).length === 0
    ? 'The chosen rules pass'
    : 'The chosen rules are not all decided'
}

/** A provider fails with any of its levels, and passes with all of them. */
function outcomeOf(provider: ReportedProvider): LevelVerdict {
  const verdicts = levelsOf(provider).map(([, verdict]) => verdict)
  if (verdicts.includes('fail')) return 'fail'
  return verdicts.every((verdict) => verdict === 'pass') ? 'pass' : 'unknown'
}

function plural(amount: number, one: string, many: string): string[] {
  if (amount === 0) return []
  return [`${amount} ${amount === 1 ? one : many}`]
}
