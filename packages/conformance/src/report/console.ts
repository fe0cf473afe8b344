import type { Verdict } from '../verdict.ts'
import {
  LEVEL_MARKS,
  MARKS,
  VERDICT_NAMES,
  cellsWith,
  groupByReason,
  matrixOf,
  occurring,
  type Cell,
  type Counts,
  type FamilyRow,
} from './matrix.ts'
import { levelsOf, replayCommand, type Report, type ReportedProvider } from './report.ts'
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

const COLOURS: Readonly<Record<Verdict, Parameters<Paint>[0]>> = {
  pass: 'green',
  fail: 'red',
  unsupported: 'gray',
  'not-run': 'yellow',
  unknown: 'yellow',
  'kit-error': 'magenta',
}

const GAP = 3
const MAX_TITLES = 15
const MAX_GROUPS = 8

/** The summary of a run: what ran, how each family went, what failed and how to see it again, and the verdicts. */
export function consoleSummary(report: Report, options: ConsoleOptions = {}): string {
  const { colours = false, width = 100, details = 5 } = options
  const style: Style = { paint: painter(colours), width }
  const sections = [
    headOf(report, style),
    ...blocksOf(report, style),
    failuresOf(report, style, details),
    undecidedOf(report, style),
    notRunOf(report, style),
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
    `${kit.runs} runs a property`,
    formatDuration(durationMs),
  ]
  const line = clip(`Holdfast ${visible(kit.version)} · ${facts.join(' · ')}`, width)
  const notes = [
    ...(report.interrupted ? ['The run was interrupted: the rest was not run.'] : []),
    ...(report.partial ? ['Only some of the rules were chosen: no level can be had.'] : []),
  ]
  return [paint('bold', line), ...notes.map((note) => paint('yellow', clip(note, width)))]
}

/** The matrix; one below the other where the providers do not fit beside each other. */
function blocksOf(report: Report, style: Style): string[][] {
  const matrix = matrixOf(report)
  const names = Math.max(6, ...matrix.map(({ family }) => widthOf(family)))
  const first = names + 1 + 4
  const columns = report.providers.map((provider, index) => ({
    provider,
    index,
    heads: [visible(provider.name), ...engineOf(provider)],
    cells: matrix.map(({ counts }) => counts[index]),
  }))
  const most = style.width - first - GAP
  const sized = columns.map((column) => ({
    ...column,
    width: Math.min(
      most,
      Math.max(
        ...column.heads.map((head) => Math.min(widthOf(head), 26)),
        ...column.cells.map((cell) => (cell ? widthOf(countsText(cell)) : 0)),
      ),
    ),
  }))
  const blocks: (typeof sized)[] = []
  let used = style.width
  for (const column of sized) {
    const last = blocks.at(-1)
    if (last !== undefined && used + GAP + column.width <= style.width) {
      last.push(column)
      used += GAP + column.width
    } else {
      blocks.push([column])
      used = first + GAP + column.width
    }
  }
  return blocks.map((block) => [
    ...[0, 1, 2].map((line) =>
      [
        ' '.repeat(first),
        ...block.map(({ heads, width }) => {
          const text = pad(clip(heads[line] ?? '', width), width)
          return style.paint(line === 0 ? 'bold' : 'gray', text)
        }),
      ].join(' '.repeat(GAP)),
    ),
    ...matrix.map((row) => familyLine(row, block, { names, ...style })),
  ])
}

function engineOf({ engine }: ReportedProvider): [string, string] {
  return [visible(`${engine.name} ${engine.version}`), engine.grade]
}

function familyLine(
  { family, rows, counts }: FamilyRow,
  columns: readonly { readonly index: number; readonly width: number }[],
  { paint, names }: Style & { readonly names: number },
): string {
  const cells = columns.map(({ index, width }) => {
    const cell = counts[index]
    return pad(cell ? countsText(cell, paint) : '', width)
  })
  const head = `${pad(family, names)} ${String(rows.length).padStart(4)}`
  return [head, ...cells].join(' '.repeat(GAP)).trimEnd()
}

function countsText(counts: Counts, paint: Paint = painter(false)): string {
  return occurring(counts)
    .map(([verdict, amount]) => paint(COLOURS[verdict], `${MARKS[verdict]} ${amount}`))
    .join('  ')
}

function failuresOf(report: Report, style: Style, details: number): string[] {
  const cells = cellsWith(report, ['fail', 'kit-error'])
  const titles = cells.slice(details, details + MAX_TITLES)
  const left = cells.length - details - titles.length
  return [
    ...cells.slice(0, details).flatMap((cell, index) => [
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
  const shown = lines.slice(0, 4)
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
    const rules = ids.length > 4 ? `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more` : ids
    return [
      `${paint(COLOURS[verdict], head)}  ${clip(String(rules), width - widthOf(head) - 2)}`,
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
