import type { LevelVerdict, ProviderReport, RuleResult, Verdict } from '../src/index.ts'
import { writeReplay } from '../src/replay.ts'
import type { Rule } from '../src/rule.ts'
import { createReport, type Report, type ReportOptions } from '../src/report/report.ts'

/** Reports that no run made: what the kit finds, without the time that it takes. */

const SENTENCES: Readonly<Record<string, readonly string[]>> = {
  MISSING: [
    'workflows.get of an id that is not there is null',
    'workflows.update of an id that is not there is NOT_FOUND and creates nothing',
    'workflows.delete of an id that is not there is false',
  ],
  VERSION: [
    'Of two writers with one version exactly one wins, the other gets CONFLICT',
    'A deleted workflow does not come back by an update',
    'A snapshot is saved only by a writer that saw its version',
  ],
  TIME: [
    'A workflow is runnable at the very instant it is due, and not a millisecond before',
    'nextExecution null is not 0',
  ],
  CLAIM: [
    'Of any number of clients exactly one claims a task',
    'A claim that expired is claimable, a live one is not',
    'extend never revives a claim that was lost',
    'The fencing token strictly grows, across release and expiry',
  ],
  PAYLOAD: [
    'Strings with U+0000 and lone surrogates come back equal, and so do __proto__ keys, empty strings and deep nesting',
    'undefined, NaN and Infinity are INVALID_VALUE before any I/O',
  ],
  PAGE: ['A record present from first page to last appears exactly once'],
  EVENT: ['An event published before its subscription is found by it'],
  COMMAND: ['Scheduling a duplicate keeps the earlier time'],
  PURGE: ['purge takes the subscriptions, steps, state and claims with it'],
  ABORT: ['An already aborted signal means no I/O'],
  CORRUPT: ['A record that cannot be read is CORRUPT, and its neighbours are not'],
  LIFE: ['A closed provider refuses every call with CLOSED'],
}

/** `size` rules in eleven families. */
export function sampleRules(size: number): Rule[] {
  const families = Object.entries(SENTENCES)
  return Array.from({ length: size }, (_, index) => {
    const [family, titles] = families[Math.floor((index * families.length) / size)] ?? ['', []]
    const first = Math.ceil(
      (families.findIndex(([name]) => name === family) * size) / families.length,
    )
    const number = index - first + 1
    return {
      id: `${family}-${String(number).padStart(2, '0')}`,
      title: titles[(number - 1) % titles.length] ?? '',
      clause: 1 + (index % 17),
      level: 'core',
      strength: number === 7 ? 'SHOULD' : 'MUST',
      needs: [],
      features: [],
      corrupts: family === 'CORRUPT',
      bugs: ['workflow-core W36', 'workflow-core#1070'].slice(0, number % 3),
      check: async () => {},
    }
  })
}

export type Outcome = Partial<RuleResult> & { readonly verdict: Verdict }

/** A provider that passes, but for the outcomes that are given. */
export function sampleProvider(
  members: Partial<ProviderReport>,
  rules: readonly Rule[],
  outcomes: Readonly<Record<string, Outcome>> = {},
): ProviderReport {
  const results = rules.map(({ id, title, level, strength }, index): RuleResult => {
    const outcome = outcomes[id]
    const ran = outcome === undefined || outcome.verdict === 'fail'
    return {
      ...{ id, title, level, strength },
      verdict: 'pass',
      operations: ran ? 3 + ((index * 37) % 400) : 1,
      durationMs: ran ? 2 + Math.round(((index * 7919) % 97) ** 3 / 900) : 0,
      ...(index % 9 === 4 && { counters: { 'values of the catalogue': 62, conflicts: 41 } }),
      ...(outcome?.verdict === 'fail' && {
        replay: writeReplay({
          rule: id,
          seed: -1_204_551_993,
          runs: 100,
          foundAt: { property: 0, path: '57:3:1:0:2' },
        }),
      }),
      ...outcome,
    }
  })
  const verdicts = results.map(({ verdict }) => verdict)
  const core: LevelVerdict = verdicts.includes('fail')
    ? 'fail'
    : verdicts.every((verdict) => verdict === 'pass' || verdict === 'unsupported')
      ? 'pass'
      : 'unknown'
  return {
    name: 'memory',
    version: '0.1.0',
    engine: { name: 'Node.js', version: 'v24.21.0', grade: 'real' },
    levels: { core },
    operations: results.reduce((sum, { operations }) => sum + operations, 0),
    durationMs: results.reduce((sum, { durationMs }) => sum + durationMs, 0),
    rules: results,
    ...members,
  }
}

const KIT = { version: '0.1.0', specVersion: '0.1.0', seed: 42, runs: 100 }

export function sampleReport(members: Partial<ReportOptions> = {}): Report {
  const rules = members.rules ?? sampleRules(12)
  return createReport({
    kit: KIT,
    startedAt: new Date(Date.UTC(2026, 7, 22, 14, 3, 9)),
    rules,
    providers: [sampleProvider({}, rules)],
    ...members,
  })
}

const SQLITE: Partial<ProviderReport> = {
  name: 'sqlite',
  engine: { name: 'SQLite', version: '3.50.4', grade: 'real' },
}
const POSTGRES: Partial<ProviderReport> = {
  name: 'postgres',
  engine: { name: 'PostgreSQL', version: '18.4', grade: 'real' },
}

/** Three providers that keep everything. */
export function greenReport(): Report {
  const rules = sampleRules(110)
  return sampleReport({
    rules,
    providers: [{}, SQLITE, POSTGRES].map((members) => sampleProvider(members, rules)),
  })
}

/** Every verdict, every grade, and text that would like to be markup. */
export function mixedReport(): Report {
  const rules = sampleRules(110)
  const failures: Record<string, Outcome> = {
    'CLAIM-01': {
      verdict: 'fail',
      reason:
        "8 clients claimed one task: exactly one wins\n  expected: [ 'worker-3' ]\n  actual:   [ 'worker-3', 'worker-5' ]\n  for: { clients: 8, task: 'task-1', ttl: 60000 }",
    },
    'PAYLOAD-01': {
      verdict: 'fail',
      reason:
        "state.get returns what was set\n  expected: { text: '</script><script>alert(1)</script>', nul: '\\x00' }\n  actual:   { text: '</script>' }\n  for: \u001b[31m\u0000red & \"quoted\" \ud800 ]]>",
    },
    'VERSION-07': { verdict: 'fail', reason: 'A SHOULD that is not kept' },
  }
  const undecided: Record<string, Outcome> = {
    'LIFE-02': { verdict: 'unknown', reason: 'The check asked the provider nothing' },
    'LIFE-03': { verdict: 'unknown', reason: 'The check asked the provider nothing' },
    'PAGE-02': {
      verdict: 'kit-error',
      reason: 'TypeError: Cannot read properties of undefined\n    at check (page.ts:12:3)',
    },
  }
  const uncorrupted = Object.fromEntries(
    rules
      .filter(({ corrupts }) => corrupts)
      .map(({ id }): [string, Outcome] => [
        id,
        { verdict: 'not-run', reason: 'The target has no corrupt()' },
      ]),
  )
  const unclaimed = Object.fromEntries(
    rules
      .filter(({ id }) => id.startsWith('CLAIM'))
      .map(({ id }): [string, Outcome] => [
        id,
        { verdict: 'unsupported', reason: 'The provider declares that it has no claims' },
      ]),
  )
  return sampleReport({
    rules,
    providers: [
      sampleProvider({}, rules),
      sampleProvider(SQLITE, rules, uncorrupted),
      {
        ...sampleProvider(POSTGRES, rules, { ...failures, ...uncorrupted }),
        module: './packages/adapter-postgres/test/target.ts',
      },
      sampleProvider(
        {
          name: '<b>my & "own"</b>',
          engine: { name: 'my', version: 'unstated', grade: 'unstated' },
        },
        rules,
        { ...undecided, ...unclaimed, 'CLAIM-01': { verdict: 'fail', reason: 'no reason' } },
      ),
    ],
    notRun: [
      {
        name: 'dynamodb',
        reason:
          'no DynamoDB here; set HOLDFAST_DYNAMODB_URL or start a Docker engine\n  url: HOLDFAST_DYNAMODB_URL is not set\n  container: no Docker engine answers',
      },
      { name: 'oracle', reason: 'no Oracle here' },
    ],
  })
}
