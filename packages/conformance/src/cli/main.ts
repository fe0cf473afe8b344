import { createRequire } from 'node:module'
import type { Writable } from 'node:stream'
import { consoleSummary } from '../report/console.ts'
import { createProgress } from '../report/progress.ts'
import { createReport, type NotRun, type Report, type ReportedProvider } from '../report/report.ts'
import { writeReports } from '../report/write.ts'
import { rules as allRules } from '../rules/index.ts'
import { TargetError, runRules } from '../run.ts'
import type { Target } from '../target.ts'
import { USAGE, UsageError, readArguments, type Arguments } from './arguments.ts'
import { checkHistory } from './check-history.ts'
import { loadTarget, urlOf } from './load.ts'

/** What differs between the command of the package and a project's own. */
export interface Command {
  /** The module of what is named on the command line. @throws {UsageError} */
  resolve(name: string): string
  /** What is verified when nothing is named. Of these, one whose engine is not to be had may stay not run. */
  readonly defaults: readonly string[]
  /** Names that must run, also by default. */
  readonly required: readonly string[]
  /** Where reports go when the command line does not say; `undefined`: nowhere. */
  readonly report: string | undefined
}

/** Exit codes, as {@link USAGE} lists them. */
const EXIT = { pass: 0, fail: 1, unknown: 2, error: 3 } as const

/** Runs a command line to its end, and returns its exit code. */
export async function main(
  argv: readonly string[],
  command: Command,
  { stdout, stderr }: { readonly stdout: Writable; readonly stderr: Writable },
): Promise<number> {
  try {
    if (argv[0] === 'check-history') return await checkHistory(argv.slice(1), { stdout, stderr })
    const args = readArguments(argv, allRules)
    if (args === 'help') {
      stdout.write(`${USAGE}\n`)
      return EXIT.pass
    }
    return await verify(args, command, { stdout, stderr })
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof TargetError)) throw error
    stderr.write(`${error.message}\n`)
    return EXIT.error
  }
}

async function verify(
  args: Arguments,
  command: Command,
  { stdout, stderr }: { readonly stdout: Writable; readonly stderr: Writable },
): Promise<number> {
  const names = args.modules.length > 0 ? args.modules : command.defaults
  if (names.length === 0)
    throw new UsageError('No module is given: holdfast verify ./my-backend.ts')
  // All before the first runs: a typing error should not show after minutes.
  const targets: (readonly [name: string, target: Target])[] = []
  for (const name of names) targets.push([name, await loadTarget(command.resolve(name))])

  const startedAt = new Date()
  const ids = args.rules.map(({ id }) => id)
  const providers: ReportedProvider[] = []
  const notRun: NotRun[] = []
  let broken = false
  const interruption = interruptible(stderr)
  const progress = createProgress(stderr)
  for (const [name, target] of targets) {
    if (interruption.signal.aborted) {
      notRun.push({ name: target.name, reason: 'The run was interrupted' })
      continue
    }
    try {
      const result = await runRules(target, args.rules, {
        seed: args.seed,
        runs: args.runs,
        module: urlOf(command.resolve(name)),
        signal: interruption.signal,
        onStart: (engine, total) => progress.onProvider(target.name, engine, total, ids),
        onResult: progress.onResult,
        ...(args.replay && { replay: args.replay }),
      })
      providers.push({ ...result, module: name })
    } catch (error) {
      if (!(error instanceof TargetError)) throw error
      notRun.push({ name: target.name, reason: error.message })
      if (isUnavailable(error)) continue
      broken = true
      stderr.write(`${error.message}\n`)
    }
  }
  progress.onEnd()
  interruption.stop()

  const interrupted = interruption.signal.aborted
  const { seed, runs, rules, partial } = args
  const report = createReport({
    kit: {
      version: versionOf('@holdfast/conformance'),
      specVersion: versionOf('@holdfast/spec'),
      seed,
      runs,
    },
    startedAt,
    durationMs: Date.now() - startedAt.getTime(),
    interrupted,
    partial,
    rules,
    providers,
    notRun,
  })
  const folder = args.report ?? command.report
  const files = folder === undefined ? [] : await writeReports(report, folder)
  if (args.json) stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  else stdout.write(consoleSummary(report, { colours: isTerminal(stdout) }))
  const page = files.find((file) => file.endsWith('.html'))
  if (page !== undefined) stderr.write(`Report: ${page}\n`)

  const required = new Set(
    args.modules.length > 0 ? targets.map(([, { name }]) => name) : command.required,
  )
  if (broken) return EXIT.error
  return exitCode(report, required)
}

/** Judged by the rules that were asked for: a part of them cannot have a level. */
function exitCode(report: Report, required: ReadonlySet<string>): number {
  const results = report.providers.flatMap(({ rules }) => rules)
  const verdicts = results
    .filter(({ strength }) => strength === 'MUST')
    .map(({ verdict }) => verdict)
  if (verdicts.includes('fail')) return EXIT.fail
  if (results.some(({ verdict }) => verdict === 'kit-error')) return EXIT.error
  const decided = verdicts.every((verdict) => verdict === 'pass' || verdict === 'unsupported')
  const missing = report.notRun.some(({ name }) => required.has(name))
  return decided && verdicts.includes('pass') && !missing && !report.interrupted
    ? EXIT.pass
    : EXIT.unknown
}

/** Its engine is not to be had here, which is nobody's mistake: the testbed says so by this code. */
function isUnavailable({ cause }: TargetError): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'UNAVAILABLE'
}

function versionOf(name: string): string {
  const require = createRequire(import.meta.url)
  return (require(`${name}/package.json`) as { version: string }).version
}

function isTerminal(stream: Writable): boolean {
  return 'isTTY' in stream && stream.isTTY === true
}

/** A first Ctrl-C ends the run, with the report so far; a second one ends the process. */
function interruptible(stderr: Writable): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController()
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130)
    stderr.write('\nInterrupted: writing the report so far\n')
    controller.abort()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    stop: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  }
}
