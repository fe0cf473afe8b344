import { randomBytes } from 'node:crypto'
import { REPOSITORY_NAMES, isPersistenceError } from '@holdfast/spec'
import { EPOCH } from './clock.ts'
import { CLIENTS } from './concurrent/clients.ts'
import { gather } from './concurrent/gather.ts'
import { patient } from './concurrent/patient.ts'
import type { Workers } from './concurrent/workers.ts'
import { Inconclusive, Violation, show } from './expect.ts'
import { within } from './recorder.ts'
import { seedOf, writeReplay, type Replay } from './replay.ts'
import type { Rule, Store } from './rule.ts'
import type { Engine, Target } from './target.ts'
import { openTrial, type OpenTrial } from './trial.ts'
import { lacking, proveUnsupported } from './unsupported.ts'
import { judgeLevels, type ProviderReport, type RuleResult, type Together } from './verdict.ts'

const DEADLINE = 10_000

export interface RunOptions {
  /** A 32-bit integer that every generated value follows from. */
  readonly seed: number
  /** Values for each property. @default 100 */
  readonly runs?: number
  /** ms that a call to the provider may take. @default 10000 */
  readonly deadline?: number
  /** Runs one failure again; the rules should be its rule alone. */
  readonly replay?: Replay
  /** URL of the module that exports the target, where {@link Target.module} does not say. */
  readonly module?: string
  /** What the clients of a race are in. @default {@link runRules} starts them, and for one rule it is this process */
  readonly workers?: Workers
  /** Stops before the next rule. What is left is not run. */
  readonly signal?: AbortSignal
  /** Called when the target has started. */
  readonly onStart?: (engine: Engine, total: number) => void
  /** Called with each result, as it comes. */
  readonly onResult?: (result: RuleResult, done: number, total: number) => void
}

/** The target cannot be tested: it does not start, or does not open. Nothing is said about its provider. */
export class TargetError extends Error {
  override readonly name = 'TargetError'
}

/**
 * Runs the rules against a target, one after the other, and judges.
 *
 * @throws {TargetError} when `setup`, `engine` or the first `open` of the target throws
 */
export async function runRules(
  target: Target,
  rules: readonly Rule[],
  options: RunOptions,
): Promise<ProviderReport> {
  const started = performance.now()
  const interrupted = interruption(options.signal)
  let workers: Workers | undefined
  try {
    const engine = await start(target, options)
    options.onStart?.(engine, rules.length)
    const races = rules.some(({ level }) => level === 'concurrent')
    const crew = races ? await together(target, options) : undefined
    workers = crew?.workers
    const results: RuleResult[] = []
    for (const rule of rules) {
      const result = options.signal?.aborted
        ? notRun(rule, INTERRUPTED)
        : await Promise.race([
            runRule(target, rule, { ...options, ...(workers && { workers }) }),
            interrupted.then(() => notRun(rule, INTERRUPTED)),
          ])
      results.push(result)
      options.onResult?.(result, results.length, rules.length)
    }
    return {
      name: target.name,
      version: target.version ?? 'unstated',
      engine,
      levels: judgeLevels(rules, results),
      ...(crew && { together: crew.together }),
      operations: results.reduce((sum, { operations }) => sum + operations, 0),
      durationMs: Math.round(performance.now() - started),
      rules: results,
    }
  } finally {
    await workers?.[Symbol.asyncDispose]()
    await target.teardown?.()
  }
}

const INTERRUPTED = 'The run was interrupted'

function interruption(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    signal?.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** What can throw before any rule is judged: the target itself. */
async function start(target: Target, { deadline = DEADLINE }: RunOptions): Promise<Engine> {
  let doing = 'set up'
  try {
    await target.setup?.()
    doing = 'name its engine'
    const engine = (await target.engine?.()) ?? unstated(target)
    doing = 'open'
    const context = { clock: () => EPOCH }
    const provider = await within(deadline, 'open', async () => target.open('probe', context))
    await provider[Symbol.asyncDispose]()
    return engine
  } catch (cause) {
    throw new TargetError(`${target.name} cannot ${doing}: ${withCauses(cause)}`, { cause })
  }
}

/**
 * The processes that the clients of races are in, and what is said of them.
 *
 * @throws {TargetError} when another process cannot reach the store
 */
export async function together(
  target: Target,
  { module, deadline = DEADLINE }: Partial<RunOptions>,
): Promise<{ readonly workers: Workers | undefined; readonly together: Together }> {
  try {
    const gathered = await gather(target, target.module ?? module, deadline)
    return 'reason' in gathered
      ? {
          workers: undefined,
          together: { clients: CLIENTS, processes: 1, reason: gathered.reason },
        }
      : { workers: gathered, together: { clients: CLIENTS, processes: gathered.all.length } }
  } catch (cause) {
    throw new TargetError(
      `${target.name} cannot be used by another process: ${withCauses(cause)}`,
      {
        cause,
      },
    )
  }
}

/** Runs one rule on namespaces of its own. */
export async function runRule(
  target: Target,
  rule: Rule,
  options: RunOptions,
): Promise<RuleResult> {
  const { runs = 100, deadline = DEADLINE, replay, workers } = options
  const started = performance.now()
  const seed = replay?.seed ?? seedOf(rule.id, options.seed)
  if (rule.corrupts && target.corrupt === undefined)
    return notRun(rule, 'The target has no corrupt()')
  if (rule.level === 'resilient' && target.endpoint === undefined)
    return notRun(rule, 'The target has no endpoint() for the proxy to stand before')
  let trial: OpenTrial | undefined
  let outcome: Outcome
  try {
    // The store may outlive this run, on a server of the user's: its names never come twice.
    const prefix = `${rule.id}-${randomBytes(6).toString('hex')}`
    trial = await openTrial(target, {
      seed,
      runs,
      deadline,
      prefix,
      replay: replay?.foundAt,
      workers,
    })
    outcome = await judge(rule, trial)
  } catch (error) {
    outcome = { verdict: 'fail', reason: `The store cannot be opened: ${show(error)}` }
  }
  const operations = trial ? callsOf(trial) : 0
  const durationMs = Math.round(performance.now() - started)
  const found = trial?.foundAt
  const token = writeReplay({ rule: rule.id, seed, runs, ...(found && { foundAt: found }) })
  await dispose(trial)
  return {
    ...headOf(rule),
    ...outcome,
    operations,
    durationMs,
    ...(trial && trial.counters.size > 0 && { counters: Object.fromEntries(trial.counters) }),
    ...(outcome.verdict === 'fail' && { replay: token }),
  }
}

type Outcome = Pick<RuleResult, 'verdict' | 'reason' | 'history'>

async function judge(rule: Rule, open: OpenTrial): Promise<Outcome> {
  const { store, trial, recorder } = open
  try {
    const missing = lacking(rule, store)
    if (missing !== undefined) return await proveUnsupported(rule, missing, store)
    const before = callsOf(open)
    // Who shares a store has to expect that it is busy.
    await rule.check(rule.level === 'concurrent' ? (patient(store) as Store) : store, trial)
    return callsOf(open) > before ? { verdict: 'pass' } : nothingAsked(store)
  } catch (error) {
    if (error instanceof Violation) {
      const { message: reason, history } = error
      return { verdict: 'fail', reason, ...(history && { history }) }
    }
    if (error instanceof Inconclusive) return { verdict: 'unknown', reason: error.message }
    if (recorder.threw(error))
      return { verdict: 'fail', reason: `The provider threw ${describe(error)}` }
    return {
      verdict: 'kit-error',
      reason: error instanceof Error ? (error.stack ?? error.message) : show(error),
    }
  }
}

/** An error and what it says it comes from. */
function withCauses(error: unknown): string {
  const inner = error instanceof Error && error.cause !== undefined ? error.cause : undefined
  return inner === undefined ? show(error) : `${show(error)}, because of ${withCauses(inner)}`
}

/** A rule for whatever repositories there are has nothing to ask a provider that has none of those it is about. */
function nothingAsked({ capabilities }: Store): Outcome {
  if (capabilities.repositories.length < REPOSITORY_NAMES.length) {
    return {
      verdict: 'unsupported',
      reason: 'It is about repositories that the provider does not declare',
    }
  }
  return { verdict: 'unknown', reason: 'The check asked the provider nothing' }
}

function callsOf({ recorder }: OpenTrial): number {
  return [...recorder.tallies.values()].reduce((sum, { calls }) => sum + calls, 0)
}

function describe(error: unknown): string {
  return isPersistenceError(error) ? `${error.code}: ${error.message}` : show(error)
}

/** A provider that cannot be disposed of fails the rules on disposal, not whichever rule ran just now. */
async function dispose(trial: OpenTrial | undefined): Promise<void> {
  try {
    await trial?.[Symbol.asyncDispose]()
  } catch {
    // Judged by LIFE rules.
  }
}

function notRun(rule: Rule, reason: string): RuleResult {
  return { ...headOf(rule), verdict: 'not-run', reason, operations: 0, durationMs: 0 }
}

function headOf({
  id,
  title,
  level,
  strength,
}: Rule): Pick<RuleResult, 'id' | 'title' | 'level' | 'strength'> {
  return { id, title, level, strength }
}

function unstated(target: Target): Engine {
  return { name: target.name, version: 'unstated', grade: 'unstated' }
}
