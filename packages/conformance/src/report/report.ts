import { LEVELS, type Level, type Rule } from '../rule.ts'
import type { LevelVerdict, ProviderReport, RuleResult } from '../verdict.ts'

/** What a run found: the content of `report.json`, which `schema/report.v1.schema.json` describes. */
export interface Report {
  readonly schemaVersion: 1
  readonly kit: KitInfo
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly durationMs: number
  /** Somebody stopped the run before its end. */
  readonly interrupted: boolean
  /** Some rules were left out on purpose, so that no level can be had. */
  readonly partial: boolean
  /** What was to be checked, in the order of the catalogue. */
  readonly rules: readonly ReportedRule[]
  readonly providers: readonly ReportedProvider[]
  /** Providers that were to be tested and were not, for instance because their engine is not to be had here. */
  readonly notRun: readonly NotRun[]
}

export interface KitInfo {
  /** Of `@holdfast/conformance`. */
  readonly version: string
  /** Of `@holdfast/spec`. */
  readonly specVersion: string
  readonly seed: number
  /** Values for each property. */
  readonly runs: number
}

export type ReportedRule = Pick<Rule, 'id' | 'title' | 'clause' | 'level' | 'strength' | 'bugs'>

export interface ReportedProvider extends ProviderReport {
  /** The module that opens it, as it was given to `holdfast verify`. */
  readonly module?: string
}

export interface NotRun {
  readonly name: string
  readonly reason: string
}

export interface ReportOptions {
  readonly kit: KitInfo
  readonly startedAt: Date
  /** @default the sum of the providers' */
  readonly durationMs?: number
  /** @default false */
  readonly interrupted?: boolean
  /** @default false */
  readonly partial?: boolean
  /** The rules that were to be run. */
  readonly rules: readonly Rule[]
  readonly providers: readonly ReportedProvider[]
  /** @default none */
  readonly notRun?: readonly NotRun[]
}

/** Plain data from a run. A level of a partial run is `fail` or `unknown`, never `pass`. */
export function createReport(options: ReportOptions): Report {
  const { kit, startedAt, interrupted = false, partial = false, providers, notRun = [] } = options
  return {
    schemaVersion: 1,
    kit: {
      version: kit.version,
      specVersion: kit.specVersion,
      seed: kit.seed,
      runs: kit.runs,
    },
    startedAt: startedAt.toISOString(),
    durationMs: Math.round(
      options.durationMs ?? providers.reduce((sum, { durationMs }) => sum + durationMs, 0),
    ),
    interrupted,
    partial,
    rules: options.rules.map(({ id, title, clause, level, strength, bugs }) => ({
      id,
      title,
      clause,
      level,
      strength,
      bugs,
    })),
    providers: partial ? providers.map(withoutLevels) : providers,
    notRun,
  }
}

function withoutLevels(provider: ReportedProvider): ReportedProvider {
  const levels = levelsOf(provider).map(([level, verdict]) => [
    level,
    verdict === 'pass' ? 'unknown' : verdict,
  ])
  return { ...provider, levels: Object.fromEntries(levels) }
}

/** The levels that were asked of a provider with their verdicts, in order. */
export function levelsOf({ levels }: ProviderReport): [Level, LevelVerdict][] {
  return LEVELS.flatMap((level) => {
    const verdict = levels[level]
    return verdict === undefined ? [] : [[level, verdict] as [Level, LevelVerdict]]
  })
}

/** Where the clients of its races were: `8 clients in 3 processes`. `undefined` when there were no races. */
export function togetherOf({ together }: ProviderReport): string | undefined {
  if (together === undefined) return undefined
  const { clients, processes, reason } = together
  if (processes > 1) return `${clients} clients in ${processes} processes`
  return `${clients} clients in one process: ${reason ?? 'there are no others'}`
}

export type Overall = 'pass' | 'fail' | 'unknown' | 'kit-error'

/**
 * One verdict on everything that was run: `fail` when a provider fails a level, else `kit-error` when the kit failed
 * anywhere, else `unknown` when a level is not decided or nothing was run.
 */
export function overallOf({ providers }: Report): Overall {
  const levels = providers.flatMap(levelsOf).map(([, verdict]) => verdict)
  if (levels.includes('fail')) return 'fail'
  const results = providers.flatMap(({ rules }) => rules)
  if (results.some(({ verdict }) => verdict === 'kit-error')) return 'kit-error'
  return levels.length > 0 && levels.every((verdict) => verdict === 'pass') ? 'pass' : 'unknown'
}

/** What runs a failure again; `undefined` when nothing leads back to it. */
export function replayCommand(
  { module }: Pick<ReportedProvider, 'module'>,
  { replay }: Pick<RuleResult, 'replay'>,
): string | undefined {
  if (replay === undefined) return undefined
  return `npx holdfast verify ${module === undefined ? '…' : quoted(module)} --replay ${replay}`
}

/** One word for a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
