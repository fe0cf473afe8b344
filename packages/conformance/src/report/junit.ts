import { familyOf } from '../rule.ts'
import type { RuleResult } from '../verdict.ts'
import { replayCommand, type NotRun, type Report, type ReportedProvider } from './report.ts'
import { firstLine, visible } from './text.ts'

/**
 * One suite a provider, one case a rule. `fail` is a failure. `unknown` and `kit-error` are errors, so that no tool
 * takes an undecided run for a green one; `unsupported` and `not-run` are skipped.
 */
export function junitReport(report: Report): string {
  const suites = [
    ...report.providers.map((provider) => suiteOf(provider, report)),
    ...report.notRun.map(suiteOfNotRun),
  ]
  const results = report.providers.flatMap(({ rules }) => rules)
  const totals = totalsOf(results, report.notRun.length)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'holdfast', ...totals, time: seconds(report.durationMs) })}>`,
    ...suites,
    '</testsuites>\n',
  ].join('\n')
}

function suiteOf(provider: ReportedProvider, { kit, startedAt }: Report): string {
  const { name, version, engine, levels, rules, durationMs } = provider
  const properties = Object.entries({
    'provider.version': version,
    'engine.name': engine.name,
    'engine.version': engine.version,
    'engine.grade': engine.grade,
    ...Object.fromEntries(
      Object.entries(levels).map(([level, verdict]) => [`level.${level}`, verdict]),
    ),
    'kit.version': kit.version,
    'kit.seed': kit.seed,
    'kit.runs': kit.runs,
  })
  const head = {
    name,
    ...totalsOf(rules),
    time: seconds(durationMs),
    // The schema of JUnit has no place for a zone here.
    timestamp: startedAt.slice(0, 19),
  }
  return [
    `  <testsuite${attributes(head)}>`,
    '    <properties>',
    ...properties.map(([key, value]) => `      <property${attributes({ name: key, value })}/>`),
    '    </properties>',
    ...rules.map((result) => caseOf(provider, result)),
    '  </testsuite>',
  ].join('\n')
}

function caseOf(provider: ReportedProvider, result: RuleResult): string {
  const { id, title, durationMs } = result
  const head = { classname: familyOf(id), name: `[${id}] ${title}`, time: seconds(durationMs) }
  const children = [outcomeOf(provider, result), outputOf(result)].filter((child) => child !== '')
  if (children.length === 0) return `    <testcase${attributes(head)}/>`
  return [`    <testcase${attributes(head)}>`, ...children, '    </testcase>'].join('\n')
}

function outcomeOf(provider: ReportedProvider, result: RuleResult): string {
  const { verdict, strength, reason = '' } = result
  const element = elementOf(result)
  if (element === undefined) return ''
  const message = firstLine(reason)
  if (element === 'skipped') {
    return `      <skipped${attributes({ message: `${verdict}: ${message}` })}/>`
  }
  const type = verdict === 'fail' ? strength : verdict
  const replay = replayCommand(provider, result)
  const body = replay === undefined ? reason : `${reason}\n\n${replay}`
  return `      <${element}${attributes({ message, type })}>${escapeXml(body)}</${element}>`
}

function elementOf({ verdict }: RuleResult): 'failure' | 'error' | 'skipped' | undefined {
  switch (verdict) {
    case 'pass':
      return undefined
    case 'fail':
      return 'failure'
    case 'unknown':
    case 'kit-error':
      return 'error'
    case 'unsupported':
    case 'not-run':
      return 'skipped'
  }
}

function outputOf({ operations, counters = {} }: RuleResult): string {
  const counted = Object.entries(counters).map(([name, amount]) => `${name}: ${amount}`)
  if (counted.length === 0) return ''
  const lines = [`operations: ${operations}`, ...counted]
  return `      <system-out>${escapeXml(lines.join('\n'))}</system-out>`
}

function suiteOfNotRun({ name, reason }: NotRun): string {
  const message = `not-run: ${firstLine(reason)}`
  return [
    `  <testsuite${attributes({ name, ...totalsOf([], 1), time: seconds(0) })}>`,
    `    <testcase${attributes({ classname: 'provider', name: `${name} was not run`, time: seconds(0) })}>`,
    `      <skipped${attributes({ message })}>${escapeXml(reason)}</skipped>`,
    '    </testcase>',
    '  </testsuite>',
  ].join('\n')
}

function totalsOf(results: readonly RuleResult[], notRun = 0): Record<string, number> {
  const elements = results.map(elementOf)
  const amount = (element: string): number => elements.filter((one) => one === element).length
  return {
    tests: results.length + notRun,
    failures: amount('failure'),
    errors: amount('error'),
    skipped: amount('skipped') + notRun,
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeAttribute(String(value))}"`)
    .join('')
}

/** XML 1.0 has no way to write most controls, not even escaped, so they are spelled out. */
function escapeXml(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** A parser would read line feeds and tabs of an attribute as blanks. */
function escapeAttribute(text: string): string {
  return escapeXml(text).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')
}
