import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import {
  HistoryError,
  check,
  readHistoryFile,
  shrinkHistory,
  type CheckResult,
  type FileInput,
  type ReadHistory,
} from '@holdfast/linearizability'
import { drawHistory } from '../report/history/draw-history.ts'
import { fileName } from '../report/history/files.ts'
import { historyPage } from '../report/history/page.ts'
import { formatDuration, formatNumber, pad, painter, visible, widthOf } from '../report/text.ts'
import { writeFiles } from '../report/write.ts'
import { UsageError } from './arguments.ts'

interface Streams {
  readonly stdout: Writable
  readonly stderr: Writable
}

/** Exit codes, the worst first. */
const EXIT = { unreadable: 3, illegal: 1, unknown: 2, ok: 0 } as const
const COLOURS = { ok: 'green', illegal: 'red', unknown: 'yellow' } as const

interface Checked extends ReadHistory {
  readonly file: string
  readonly result: CheckResult<unknown, FileInput, unknown>
  readonly durationMs: number
}

/**
 * `holdfast check-history FILE...`: tells of each file whether its history is linearizable, and returns the exit code of
 * the worst. A file that cannot be read does not keep the others from being checked.
 * @throws {UsageError} when the command line is wrong
 */
export async function checkHistory(
  argv: readonly string[],
  { stdout, stderr }: Streams,
): Promise<number> {
  const { files, report, json } = readArguments(argv)
  const checked: Checked[] = []
  let unreadable = false
  for (const file of files) {
    const found = await checkFile(file)
    if (typeof found !== 'string') {
      checked.push(found)
      continue
    }
    unreadable = true
    stderr.write(`${file}: ${visible(found)}\n`)
  }
  if (json) stdout.write(`${JSON.stringify({ files: checked.map(dataOf) }, null, 2)}\n`)
  else stdout.write(linesOf(checked, 'isTTY' in stdout && stdout.isTTY === true))
  if (report !== undefined) {
    const pages = await writeFiles(report, pagesOf(checked))
    for (const page of pages) stderr.write(`Drawn: ${page}\n`)
  }
  const verdicts = new Set(checked.map(({ result }) => result.verdict))
  if (unreadable) return EXIT.unreadable
  if (verdicts.has('illegal')) return EXIT.illegal
  return verdicts.has('unknown') ? EXIT.unknown : EXIT.ok
}

function readArguments(argv: readonly string[]): {
  readonly files: readonly string[]
  readonly report: string | undefined
  readonly json: boolean
} {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { report: { type: 'string' }, json: { type: 'boolean' } },
    })
    if (positionals.length === 0)
      throw new UsageError('No file is given: holdfast check-history FILE...')
    return { files: positionals, report: values.report, json: values.json ?? false }
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** What the check found, or in one line why the file cannot be checked. */
async function checkFile(file: string): Promise<Checked | string> {
  try {
    const read = readHistoryFile(await readFile(file, 'utf8'))
    const started = performance.now()
    const result = check(read.model, read.history)
    return { file, ...read, result, durationMs: performance.now() - started }
  } catch (error) {
    if (error instanceof HistoryError) return error.message
    if (error instanceof Error && 'code' in error) return error.message
    throw error
  }
}

/** The numbers of a file, as they are printed. */
function countsOf({ history, result }: Checked): {
  operations: number
  keys: number
  clients: number
} {
  return {
    operations: history.length,
    keys: result.partitions,
    clients: new Set(history.map(({ process }) => process)).size,
  }
}

/** The operation at which a history is illegal, or what ran out. */
function reasonOf({ model, result }: Checked): string {
  if (result.verdict === 'ok') return ''
  if (result.verdict === 'unknown') return `out of ${result.unfinished[0].exhausted}`
  const { process, call, return: back, input, output } = result.violations[0].operation
  return `process ${process} [${call}, ${back}] ${model.describe?.(input, output) ?? ''}`.trimEnd()
}

function linesOf(checked: readonly Checked[], colours: boolean): string {
  const paint = painter(colours)
  const rows = checked.map((one) => {
    const { operations, keys, clients } = countsOf(one)
    return [
      one.result.verdict,
      visible(one.file),
      one.name,
      plural(operations, 'operation'),
      plural(keys, 'key'),
      plural(clients, 'client'),
      formatDuration(one.durationMs),
      visible(reasonOf(one)),
    ]
  })
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  )
  return rows
    .map((row, index) => {
      const cells = row.map((cell, column) => pad(cell, widths[column] ?? 0))
      const verdict = checked[index]?.result.verdict ?? 'unknown'
      const [first = '', ...rest] = cells
      return `${[paint(COLOURS[verdict], first), ...rest].join('  ').trimEnd()}\n`
    })
    .join('')
}

function plural(amount: number, noun: string): string {
  return `${formatNumber(amount)} ${noun}${amount === 1 ? '' : 's'}`
}

function dataOf(one: Checked): unknown {
  const { file, format, name, result, durationMs } = one
  const reason = reasonOf(one)
  return {
    file,
    verdict: result.verdict,
    format,
    model: name,
    ...countsOf(one),
    durationMs: Math.round(durationMs),
    ...(reason !== '' && { reason }),
    ...(result.verdict === 'illegal' && { illegal: result.violations[0].operation }),
  }
}

/** A page for each illegal history, shrunk. */
function pagesOf(checked: readonly Checked[]): { name: string; text: string }[] {
  const illegal = checked.filter(({ result }) => result.verdict === 'illegal')
  return illegal.flatMap(({ file, format, model, history }, index) => {
    const shrunk = shrinkHistory(model, history)
    if (shrunk === undefined) return []
    const name = basename(file)
    const alike = illegal.filter((other) => basename(other.file) === name)
    const suffix = alike.length > 1 ? `-${index + 1}` : ''
    const drawn = drawHistory(model, shrunk.history, shrunk.result, {
      title: `${name} is not linearizable`,
      unit: format === 'json' ? 'instant' : 'line',
      whole: history,
    })
    return [{ name: `history-${fileName(name)}${suffix}.html`, text: historyPage(drawn) }]
  })
}
