import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { LEVELS, rules, runRules, type Grade, type Strength, type Verdict } from '../src/index.ts'
import { createReport, overallOf, replayCommand, type Report } from '../src/report/report.ts'
import { twoHolders } from './history-samples.ts'
import {
  greenReport,
  mixedReport,
  sampleProvider,
  sampleReport,
  sampleRules,
} from './report-samples.ts'
import { memoryTarget } from './support.ts'

interface Described {
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Described>>
}

const schema = JSON.parse(
  readFileSync(new URL('../schema/report.v1.schema.json', import.meta.url), 'utf8'),
) as { readonly $defs: Readonly<Record<string, Described>> }
const validate = new Ajv2020({ strict: true, strictRequired: false, allErrors: true }).compile(
  schema,
)

function errorsOf(report: unknown): unknown[] {
  validate(report)
  return validate.errors ?? []
}

const drawn = sampleRules(3)
const withHistory = sampleProvider({}, drawn, {
  'MISSING-01': { verdict: 'fail', reason: 'two holders', history: twoHolders() },
})

/** As a program reads it. */
function reread(report: Report): Report {
  return JSON.parse(JSON.stringify(report)) as Report
}

describe('report.json', () => {
  it('of a real run is what the schema describes', async () => {
    const some = rules.slice(0, 6)
    const provider = await runRules(memoryTarget(), some, { seed: 1, runs: 3 })
    const report = createReport({
      kit: { version: '0.0.0', specVersion: '0.0.0', seed: 1, runs: 3 },
      startedAt: new Date(),
      rules: some,
      providers: [{ ...provider, module: './target.ts' }],
    })
    expect(errorsOf(reread(report))).toEqual([])
    expect(report.rules.map(({ id }) => id)).toEqual(report.providers[0]?.rules.map(({ id }) => id))
    expect(report).toEqual(reread(report))
  })

  it.each([
    ['a green run', greenReport()],
    ['a run with every verdict', mixedReport()],
    ['a run of nothing', sampleReport({ providers: [], notRun: [{ name: 'x', reason: 'y' }] })],
    ['an interrupted, partial run', sampleReport({ interrupted: true, partial: true })],
    ['a run with a history', sampleReport({ rules: drawn, providers: [withHistory] })],
  ])('of %s is what the schema describes', (_, report) => {
    expect(errorsOf(reread(report))).toEqual([])
  })

  const mutations: [string, (report: Report) => unknown][] = [
    ['another version', (report) => ({ ...report, schemaVersion: 2 })],
    ['a member that nobody knows', (report) => ({ ...report, extra: 1 })],
    ['no seed', ({ kit: { seed: _, ...kit }, ...report }) => ({ ...report, kit })],
    ['a seed that is text', (report) => ({ ...report, kit: { ...report.kit, seed: '1' } })],
    ['a local time', (report) => ({ ...report, startedAt: '2026-08-22T14:03:09+02:00' })],
    ['no list of what was not run', ({ notRun: _, ...report }) => report],
    [
      'a grade that does not exist',
      withProvider({ engine: { name: 'x', version: '1', grade: 'mock' } }),
    ],
    ['no engine', withProvider({ engine: undefined })],
    ['a level that is not there', withProvider({ levels: {} })],
    ['a level that is not run', withProvider({ levels: { core: 'not-run' } })],
    ['a verdict that does not exist', withResult({ verdict: 'skipped' })],
    ['a failure without a reason', withResult({ verdict: 'fail' })],
    ['a rule without an id', withResult({ id: undefined })],
    ['an id that is no rule', withResult({ id: 'claim 3' })],
    ['half an operation', withResult({ operations: 0.5 })],
    ['a negative duration', withResult({ durationMs: -1 })],
    ['a counter that is text', withResult({ counters: { runs: '3' } })],
    ['a token with a blank', withResult({ replay: 'a b' })],
  ]
  it.each(mutations)('with %s is not', (_, mutate) => {
    const report = reread(sampleReport())
    expect(errorsOf(report)).toEqual([])
    expect(errorsOf(JSON.parse(JSON.stringify(mutate(report))))).not.toEqual([])
  })

  it('the schema lists the values that the types have', () => {
    const verdicts = keysOf<Verdict>({
      ...{ pass: 1, fail: 1, unsupported: 1, 'not-run': 1, unknown: 1, 'kit-error': 1 },
    })
    const { $defs } = schema
    expect($defs.verdict?.enum).toEqual(verdicts)
    expect($defs.strength?.enum).toEqual(keysOf<Strength>({ MUST: 1, SHOULD: 1, MAY: 1 }))
    expect($defs.engine?.properties?.grade?.enum).toEqual(
      keysOf<Grade>({ real: 1, emulator: 1, 'stand-in': 1, unstated: 1 }),
    )
    expect($defs.level?.enum).toEqual([...LEVELS])
    expect(Object.keys($defs.provider?.properties?.levels?.properties ?? {})).toEqual([...LEVELS])
  })
})

describe('createReport', () => {
  it('says no level of a part of the rules', () => {
    const all = sampleRules(3)
    const providers = [
      sampleProvider({}, all),
      sampleProvider({}, all, { [all[0]?.id ?? '']: { verdict: 'fail', reason: 'x' } }),
    ]
    const report = sampleReport({ rules: all, providers, partial: true })
    expect(report.providers.map(({ levels }) => levels.core)).toEqual(['unknown', 'fail'])
  })

  it('lasts as long as its providers when nothing else is said', () => {
    const report = greenReport()
    const sum = report.providers.reduce((total, { durationMs }) => total + durationMs, 0)
    expect(report.durationMs).toBe(sum)
  })

  it('carries no functions', () => {
    const report = sampleReport()
    expect(reread(report)).toEqual(report)
  })
})

describe('overallOf', () => {
  const all = sampleRules(3)
  const id = all[1]?.id ?? ''
  const of = (verdict: Verdict): Report =>
    sampleReport({
      rules: all,
      providers: [
        sampleProvider({}, all),
        sampleProvider({}, all, { [id]: { verdict, reason: 'because' } }),
      ],
    })

  it.each([
    ['pass', 'pass'],
    ['unsupported', 'pass'],
    ['unknown', 'unknown'],
    ['not-run', 'unknown'],
    ['kit-error', 'kit-error'],
    ['fail', 'fail'],
  ] as const)('one rule with %s makes %s', (verdict, overall) => {
    expect(overallOf(of(verdict))).toBe(overall)
  })

  it('a run of nothing is not green', () => {
    expect(overallOf(sampleReport({ providers: [] }))).toBe('unknown')
  })
})

describe('replayCommand', () => {
  it.each([
    ['./my-backend.ts', './my-backend.ts'],
    ['./my backend.ts', "'./my backend.ts'"],
    ["it's.ts", `'it'\\''s.ts'`],
    ['$(id).ts', "'$(id).ts'"],
  ])('writes %s as one word', (module, word) => {
    expect(replayCommand({ module }, { replay: 'abc' })).toBe(
      `npx holdfast verify ${word} --replay abc`,
    )
  })

  it('leaves the module out when nobody knows it', () => {
    expect(replayCommand({}, { replay: 'abc' })).toBe('npx holdfast verify … --replay abc')
    expect(replayCommand({}, {})).toBeUndefined()
  })
})

function withProvider(members: Record<string, unknown>): (report: Report) => unknown {
  return (report) => ({
    ...report,
    providers: report.providers.map((provider) => ({ ...provider, ...members })),
  })
}

function withResult(members: Record<string, unknown>): (report: Report) => unknown {
  return (report) => ({
    ...report,
    providers: report.providers.map((provider) => ({
      ...provider,
      rules: provider.rules.map((result) => ({ ...result, ...members })),
    })),
  })
}

function keysOf<K extends string>(keys: Readonly<Record<K, 1>>): string[] {
  return Object.keys(keys)
}
