import type { Verdict } from '../verdict.ts'
import {
  LEVEL_MARKS,
  MARKS,
  VERDICT_NAMES,
  cellsWith,
  countVerdicts,
  groupByReason,
  occurring,
  type Cell,
  type Counts,
} from './matrix.ts'
import { levelsOf, replayCommand, togetherOf, type Report } from './report.ts'
import {
  clip,
  count,
  flow,
  formatDuration,
  pad,
  painter,
  visible,
  widthOf,
  type Paint,
} from './text.ts'

export interface ConsoleOptions {
  /** @default false */
  readonly colours?: boolean
  /** Columns. Replay commands are never broken, so that they can be copied. @default 100 */
  readonly width?: number
  /** Failures that are told with their reason; of the others only the titles are. @default 5 */
  readonly details?: number
}

interface Style {
  readonly paint: Paint
  readonly width: number
}

type Colour = 'green' | 'red' | 'gray' | 'yellow' | 'magenta'

const COLOURS: Readonly<Record<Verdict, Colour>> = {
  pass: 'green',
  fail: 'red',
  unsupported: 'gray',
  'not-run': 'yellow',
  unknown: 'yellow',
  'kit-error': 'magenta',
}

const GAP = 3
/** Columns for the name of a provider. */
const MAX_NAME = 24
const MAX_TITLES = 15
const MAX_GROUPS = 8

/** The summary of a run: what ran, on what, and how; what failed and how to see it again; and the verdicts. */
export function consoleSummary(report: Report, options: ConsoleOptions = {}): string {
  const { colours = false, width = 100, details = 5 } = options
  const style: Style = { paint: painter(colours), width }
  const sections = [
    headOf(report, style),
    providersOf(report, style),
    failuresOf(report, style, details),
    undecidedOf(report, style),
    notRunOf(report, style),
    togetherLines(report, style),
    verdictsOf(report, style),
  ]
  const text = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'))
  return `${text.join('\n\n')}\n`
}

function headOf(report: Report, { paint, width }: Style): string[] {
  const { kit, durationMs, rules } = report
  const facts = [
    count(rules.length, 'rule'),
    `seed ${kit.seed}`,
    `${kit.runs} runs per property`,
    formatDuration(durationMs),
  ]
  const line = clip(`Holdfast ${visible(kit.version)} · ${facts.join(' · ')}`, width)
  const notes = [
    ...(report.interrupted ? ['The run was interrupted: the rest was not run.'] : []),
    ...(report.partial ? ['Only some of the rules were chosen: no level can be had.'] : []),
  ]
  return [paint('bold', line), ...notes.map((note) => paint('yellow', clip(note, width)))]
}

/** A line for each provider: what it ran on, for how long, and how many rules came out how. */
function providersOf({ providers }: Report, { paint, width }: Style): string[] {
  const names = columnOf(providers.map(({ name }) => clip(visible(name), MAX_NAME)))
  const grades = columnOf(providers.map(({ engine }) => engine.grade))
  const times = columnOf(providers.map(({ durationMs }) => formatDuration(durationMs).padStart(8)))
  const counts = columnOf(providers.map(({ rules }) => countsText(countVerdicts(rules), paint)))
  const others = [names, grades, times, counts].reduce((sum, column) => sum + column.width + GAP, 0)
  const engines = columnOf(
    providers.map(({ engine: { name, version } }) =>
      clip(visible(`${name} ${version}`), Math.max(width - others, 1)),
    ),
  )
  return providers.map((_, index) => {
    const cell = ({ lines, width: wide }: Column): string => pad(lines[index] ?? '', wide)
    const [name, engine, grade] = [names, engines, grades].map(cell)
    return [
      paint('bold', name ?? ''),
      paint('gray', `${engine}${' '.repeat(GAP)}${grade}`),
      cell(times),
      cell(counts).trimEnd(),
    ].join(' '.repeat(GAP))
  })
}

/** Lines beside those of other columns. */
interface Column {
  readonly lines: readonly string[]
  readonly width: number
}

function columnOf(lines: readonly string[]): Column {
  return { lines, width: Math.max(0, ...lines.map(widthOf)) }
}

function countsText(counts: Counts, paint: Paint): string {
  return occurring(counts)
    .map(([verdict, amount]) => paint(COLOURS[verdict], `${MARKS[verdict]} ${amount}`))
    .join('  ')
}

function failuresOf(report: Report, style: Style, details: number): string[] {
  const cells = cellsWith(report, ['fail', 'kit-error'])
  const titles = cells.slice(details, details + MAX_TITLES)
  const left = cells.length - details - titles.length
  return [
    ...cells
      .slice(0, details)
      .flatMap((cell, index) => [
        ...(index === 0 ? [] : ['']),
        titleOf(cell, style),
        ...reasonOf(cell, style),
        ...replayOf(cell, style),
      ]),
    ...(titles.length > 0 ? [''] : []),
    ...titles.map((cell) => titleOf(cell, style)),
    ...(left > 0 ? [style.paint('red', `${MARKS.fail} and ${left} more`)] : []),
  ]
}

function titleOf({ provider, result }: Cell, { paint, width }: Style): string {
  const strength = result.strength === 'MUST' ? '' : ` (${result.strength})`
  const head = `${MARKS[result.verdict]} ${result.id}${strength}`
  const name = clip(visible(provider.name), 30)
  const rest = width - widthOf(head) - widthOf(name) - 4
  return [
    paint(['bold', COLOURS[result.verdict]], head),
    paint('bold', name),
    clip(visible(result.title), rest),
  ].join('  ')
}

function reasonOf({ result }: Cell, { width }: Style): string[] {
  const lines = visible(result.reason ?? '')
    .replaceAll('\t', '  ')
    .split('\n')
    .filter((line) => line.trim() !== '')
  // A history is its lanes: they are told whole, as they are in at most twenty lines, and a title.
  const shown = lines.slice(0, result.history === undefined ? 4 : 21)
  return [
    ...shown.map((line) => `    ${clip(line, width - 4)}`),
    ...(lines.length > shown.length ? [`    … ${lines.length - shown.length} more lines`] : []),
  ]
}

function replayOf({ provider, result }: Cell, { paint }: Style): string[] {
  const command = replayCommand(provider, result)
  return command === undefined ? [] : [`    ${paint('cyan', visible(command))}`]
}

/** What was not decided, said once for each reason. */
function undecidedOf(report: Report, { paint, width }: Style): string[] {
  const groups = groupByReason(cellsWith(report, ['unknown', 'not-run']))
  const shown = groups.slice(0, MAX_GROUPS).flatMap(({ verdict, provider, reason, ids }) => {
    const head = `${MARKS[verdict]} ${VERDICT_NAMES[verdict]}  ${clip(visible(provider.name), 30)}`
    const rules =
      ids.length > 4 ? `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more` : ids.join(', ')
    return [
      `${paint(COLOURS[verdict], head)}  ${clip(rules, width - widthOf(head) - 2)}`,
      `    ${clip(reason, width - 4)}`,
    ]
  })
  const left = groups.length - MAX_GROUPS
  return [...shown, ...(left > 0 ? [`${MARKS.unknown} and ${count(left, 'more reason')}`] : [])]
}

function notRunOf({ notRun }: Report, { paint, width }: Style): string[] {
  return notRun.map(({ name, reason }) => {
    const head = `${MARKS['not-run']} not run  ${clip(visible(name), 30)}`
    const line = visible(reason).trimStart().split('\n', 1)[0] ?? ''
    return `${paint('yellow', head)}  ${clip(line, width - widthOf(head) - 2)}`
  })
}

/** What races did not show, since all clients were in one process. */
function togetherLines({ providers }: Report, { paint, width }: Style): string[] {
  return providers
    .filter(({ together }) => together?.processes === 1)
    .map((provider) => {
      const line = `${visible(provider.name)}: ${visible(togetherOf(provider) ?? '')}`
      return paint('gray', clip(line, width))
    })
}

/** The last line: a verdict for each provider and level. */
function verdictsOf({ providers }: Report, { paint, width }: Style): string[] {
  const parts = providers.flatMap((provider) =>
    levelsOf(provider).map(([level, verdict]) => {
      const text = `${LEVEL_MARKS[verdict]} ${clip(visible(provider.name), 30)} ${level} ${verdict}`
      return paint(['bold', COLOURS[verdict]], text)
    }),
  )
  if (parts.length === 0) return [paint('yellow', `${MARKS['not-run']} nothing was run`)]
  return flow(parts, ' '.repeat(GAP), width)
}
