import type { Engine } from '../target.ts'
import type { RuleResult, Verdict } from '../verdict.ts'
import { MARKS, VERDICT_NAMES, countVerdicts, occurring } from './matrix.ts'
import { clip, count, firstLine, formatDuration, visible } from './text.ts'

/** Where progress is shown: `process.stderr`, or what stands in for it. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

export interface Progress {
  /** `ids` are the rules in the order that they run in; with them the one that is running is shown. */
  onProvider(name: string, engine: Engine, total: number, ids?: readonly string[]): void
  onResult(result: RuleResult, done: number, total: number): void
  onEnd(): void
}

export interface ProgressState {
  readonly name: string
  readonly done: number
  readonly total: number
  readonly failures: number
  readonly elapsedMs: number
  /** The rule that is running, or the last one that ran. */
  readonly rule?: string | undefined
}

/** ms between redraws of the live line: often enough for the seconds to go on. */
const REDRAW = 250
/** ms between lines where nothing can be redrawn. */
const QUIET = 10_000

/** Shows a run as it goes: one live line on a terminal; elsewhere a line now and then. Failures are told at once. */
export function createProgress(stream: ProgressStream): Progress {
  const live = stream.isTTY === true
  let provider: { name: string; total: number; ids: readonly string[]; started: number } | undefined
  let results: RuleResult[] = []
  let told = 0
  let timer: NodeJS.Timeout | undefined

  function stateOf(current: NonNullable<typeof provider>): ProgressState {
    return {
      name: current.name,
      done: results.length,
      total: current.total,
      failures: results.filter(isFailure).length,
      elapsedMs: performance.now() - current.started,
      rule: current.ids[results.length] ?? results.at(-1)?.id,
    }
  }

  function draw(): void {
    if (provider) stream.write(`\r\x1b[2K${liveLine(stateOf(provider), stream.columns)}`)
  }

  function say(line: string): void {
    stream.write(live ? `\r\x1b[2K${line}\n` : `${line}\n`)
  }

  function finish(): void {
    clearInterval(timer)
    if (!provider) return
    say(doneLine(stateOf(provider), results))
    provider = undefined
  }

  return {
    onProvider(name, engine, total, ids = []) {
      finish()
      results = []
      provider = { name: visible(name), total, ids, started: performance.now() }
      told = provider.started
      if (live) {
        // Progress alone keeps no process alive.
        timer = setInterval(draw, REDRAW).unref()
        draw()
      } else say(startLine(name, engine, total))
    },
    onResult(result) {
      if (!provider) return
      results.push(result)
      if (isFailure(result)) say(failureLine(provider.name, result, stream.columns))
      if (live) draw()
      else if (performance.now() - told >= QUIET && results.length < provider.total) {
        told = performance.now()
        say(quietLine(stateOf(provider)))
      }
    },
    onEnd: finish,
  }
}

/** `sqlite  57 of 110  CLAIM-03  12.4 s  1 failed` */
export function liveLine(state: ProgressState, columns = 80): string {
  const { name, done, total, failures, elapsedMs, rule } = state
  const parts = [
    name,
    `${done} of ${total}`,
    ...(rule === undefined ? [] : [rule]),
    elapsedMs < 60_000 ? `${Math.floor(elapsedMs / 1000)} s` : formatDuration(elapsedMs),
    ...(failures > 0 ? [`${failures} failed`] : []),
  ]
  // The last column stays free: a full line would scroll, and could not be redrawn.
  return clip(parts.join('  '), columns - 1)
}

function startLine(name: string, engine: Engine, total: number): string {
  const { grade } = engine
  return `${visible(name)}: ${count(total, 'rule')} on ${visible(`${engine.name} ${engine.version}`)} (${grade})`
}

function quietLine({ name, done, total, failures, elapsedMs }: ProgressState): string {
  return `${name}: ${done} of ${total}, ${failures} failed, ${formatDuration(elapsedMs)}`
}

function doneLine(
  { name, done, total, elapsedMs }: ProgressState,
  results: readonly Pick<RuleResult, 'verdict'>[],
): string {
  const counts = occurring(countVerdicts(results))
    .toReversed()
    .map(([verdict, amount]) => `${amount} ${VERDICT_NAMES[verdict]}`)
  const ran = done === total ? count(total, 'rule') : `${done} of ${count(total, 'rule')}`
  return [`${name}: ${ran} in ${formatDuration(elapsedMs)}`, ...counts].join(', ')
}

function failureLine(name: string, result: RuleResult, columns = 100): string {
  const { verdict, id, title, reason = '' } = result
  const line = `${MARKS[verdict]} ${name}  ${id}  ${visible(title)}: ${firstLine(reason)}`
  return clip(line, Math.max(columns - 1, 40))
}

function isFailure({ verdict }: { readonly verdict: Verdict }): boolean {
  return verdict === 'fail' || verdict === 'kit-error'
}
