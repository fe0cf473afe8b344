import {
  LEVEL_MARKS,
  MARKS,
  VERDICTS,
  VERDICT_NAMES,
  cellsWith,
  countVerdicts,
  groupByReason,
  type Cell,
} from './matrix.ts'
import { headline } from './headline.ts'
import { levelsOf, replayCommand, type Report, type ReportedProvider } from './report.ts'
import { count, firstLine, formatDuration, formatNumber, visible } from './text.ts'

const MAX_FAILURES = 20
const MAX_GROUPS = 20

/** A short summary for the page of a CI job. */
export function markdownSummary(report: Report): string {
  const { kit, rules, durationMs } = report
  const facts = [
    count(rules.length, 'rule'),
    `seed \`${kit.seed}\``,
    `${kit.runs} runs per property`,
    `kit ${escapeMarkdown(kit.version)}`,
    formatDuration(durationMs),
  ]
  const sections = [
    `## ${escapeMarkdown(headline(report))}`,
    facts.join(' · '),
    ...(report.interrupted ? ['**The run was interrupted:** the rest was not run.'] : []),
    ...(report.partial ? ['Only some of the rules were chosen: no level can be had.'] : []),
    ...(report.providers.length > 0 ? [tableOf(report.providers)] : []),
    ...failuresOf(report),
    ...undecidedOf(report),
    ...notRunOf(report),
  ]
  return `${sections.join('\n\n')}\n`
}

function tableOf(providers: readonly ReportedProvider[]): string {
  const levels = [...new Set(providers.flatMap((one) => levelsOf(one).map(([level]) => level)))]
  // Verdicts that occur nowhere take no column.
  const totals = countVerdicts(providers.flatMap(({ rules }) => rules))
  const verdicts = VERDICTS.filter((verdict) => totals[verdict] > 0).toReversed()
  const rows = providers.map((provider) => {
    const { name, version, engine, rules, operations, durationMs } = provider
    const counts = countVerdicts(rules)
    return [
      `**${escapeMarkdown(name)}**${version === 'unstated' ? '' : ` ${escapeMarkdown(version)}`}`,
      `${escapeMarkdown(engine.name)} ${escapeMarkdown(engine.version)}`,
      engine.grade,
      ...levels.map((level) => {
        const verdict = provider.levels[level]
        return verdict === undefined ? '' : `${LEVEL_MARKS[verdict]} ${verdict}`
      }),
      ...verdicts.map((verdict) => String(counts[verdict])),
      formatNumber(operations),
      formatDuration(durationMs),
    ]
  })
  const heads = [
    ...['Provider', 'Engine', 'Grade'],
    ...levels,
    ...verdicts.map((verdict) => `${MARKS[verdict]} ${VERDICT_NAMES[verdict]}`),
    ...['Operations', 'Time'],
  ]
  const rules = heads.map((_, index) => (index < 3 + levels.length ? '---' : '--:'))
  return [heads, rules, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function failuresOf(report: Report): string[] {
  const cells = cellsWith(report, ['fail', 'kit-error'])
  if (cells.length === 0) return []
  const left = cells.length - MAX_FAILURES
  return [
    '### Failures',
    ...cells.slice(0, MAX_FAILURES).map(failureOf),
    ...(left > 0 ? [`and ${left} more`] : []),
  ]
}

function failureOf({ provider, result }: Cell): string {
  const strength = result.strength === 'MUST' ? '' : ` (${result.strength})`
  const what = result.verdict === 'fail' ? '' : `${VERDICT_NAMES[result.verdict]}, `
  const command = replayCommand(provider, result)
  return [
    `- ${MARKS[result.verdict]} **${result.id}**${strength} on ${escapeMarkdown(provider.name)}: ${what}${escapeMarkdown(result.title)}<br>`,
    `  ${escapeMarkdown(firstLine(result.reason ?? ''))}`,
    ...(command === undefined ? [] : ['', '  ```sh', `  ${visible(command)}`, '  ```']),
  ].join('\n')
}

function undecidedOf(report: Report): string[] {
  const groups = groupByReason(cellsWith(report, ['unknown', 'not-run']))
  if (groups.length === 0) return []
  const lines = groups.slice(0, MAX_GROUPS).map(({ verdict, provider, reason, ids }) => {
    const some =
      ids.length > 6 ? `${ids.slice(0, 5).join(', ')} and ${ids.length - 5} more` : ids.join(', ')
    return `- ${MARKS[verdict]} ${VERDICT_NAMES[verdict]} on ${escapeMarkdown(provider.name)}: ${some}<br>\n  ${escapeMarkdown(reason)}`
  })
  const left = groups.length - MAX_GROUPS
  return [
    '### Not decided',
    lines.join('\n'),
    ...(left > 0 ? [`and ${count(left, 'more reason')}`] : []),
  ]
}

function notRunOf({ notRun }: Report): string[] {
  if (notRun.length === 0) return []
  const lines = notRun.map(
    ({ name, reason }) => `- **${escapeMarkdown(name)}**: ${escapeMarkdown(firstLine(reason))}`,
  )
  return ['### Providers that were not run', lines.join('\n')]
}

/** As literal text, on one line, also in a cell of a table. */
function escapeMarkdown(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_{}[\]()#+!|~@:]/g, '\\$&')
    .replaceAll(/\s+/g, ' ')
}
