import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { consoleSummary } from '../src/report/console.ts'
import { junitReport } from '../src/report/junit.ts'
import { markdownSummary } from '../src/report/markdown.ts'
import { widthOf } from '../src/report/text.ts'
import {
  greenReport,
  mixedReport,
  sampleProvider,
  sampleReport,
  sampleRules,
  type Outcome,
} from './report-samples.ts'

describe('console', () => {
  it('of a green run fits a screen and ends with the verdicts', () => {
    const lines = consoleSummary(greenReport()).trimEnd().split('\n')
    expect(lines.length).toBeLessThan(12)
    expect(lines[0]).toMatch(/^Holdfast 0\.1\.0 · 110 rules · seed 42 · 100 runs per property/)
    expect(lines[2]).toMatch(/^memory {5}\S.* {3}real {3,}[\d.]+ \w+ {3}✓ 110$/)
    expect(lines.at(-1)).toBe('✓ memory core pass   ✓ sqlite core pass   ✓ postgres core pass')
  })

  it('tells what failed, why, and how to see it again', () => {
    const text = consoleSummary(mixedReport())
    expect(text).toContain(
      '✗ CLAIM-01  postgres  Of any number of clients exactly one claims a task\n' +
        '    8 clients claimed one task: exactly one wins\n' +
        "      expected: [ 'worker-3' ]\n",
    )
    expect(text).toMatch(
      /\n {4}npx holdfast verify \.\/packages\/adapter-postgres\/test\/target\.ts --replay [\w-]+\n/,
    )
    expect(text).toContain('? unknown  <b>my & "own"</b>  LIFE-02, LIFE-03\n')
    expect(text).toContain('○ not run  oracle  no Oracle here\n')
    expect(text.indexOf('CLAIM-01')).toBeLessThan(text.indexOf('VERSION-07 (SHOULD)'))
  })

  it('keeps the width, but breaks no command', () => {
    for (const report of [greenReport(), mixedReport(), widest()]) {
      for (const width of [80, 100]) {
        const lines = consoleSummary(report, { width, colours: true }).split('\n')
        const wide = lines.filter((line) => widthOf(line) > width)
        expect(wide.filter((line) => !line.includes('npx holdfast'))).toEqual([])
      }
    }
  })

  it('many failures still fit a screen', () => {
    const rules = sampleRules(110)
    const outcomes = Object.fromEntries(
      rules.map(({ id }): [string, Outcome] => [
        id,
        { verdict: 'fail', reason: 'a\nb\nc\nd\ne\nf' },
      ]),
    )
    const report = sampleReport({ rules, providers: [sampleProvider({}, rules, outcomes)] })
    const text = consoleSummary(report)
    expect(text.split('\n').length).toBeLessThan(80)
    expect(text).toContain('… 2 more lines')
    expect(text).toContain('✗ and 90 more')
  })

  it('has colours only when asked', () => {
    const plain = consoleSummary(mixedReport())
    const coloured = consoleSummary(mixedReport(), { colours: true })
    expect(plain).toBe(stripVTControlCharacters(plain))
    expect(coloured).not.toBe(plain)
    expect(stripVTControlCharacters(coloured)).toBe(plain)
  })

  it('says what an interrupted, partial or empty run is', () => {
    expect(consoleSummary(sampleReport({ interrupted: true }))).toContain('was interrupted')
    expect(consoleSummary(sampleReport({ partial: true }))).toContain('no level can be had')
    expect(consoleSummary(sampleReport({ providers: [] }))).toContain('nothing was run')
  })
})

describe('junit', () => {
  const xml = junitReport(mixedReport())

  it.each([
    ['green', junitReport(greenReport())],
    ['mixed', xml],
  ])('of a %s run is well-formed', (_, text) => {
    expect(wellFormed(text)).toBe(true)
  })

  it('has a suite for each provider and a case for each rule', () => {
    expect(xml).toContain('<testsuites name="holdfast" tests="442" failures="4" errors="3"')
    expect(xml).toMatch(
      /<testsuite name="postgres" tests="110" failures="3" errors="0" skipped="9"/,
    )
    expect(xml).toContain('<property name="engine.grade" value="real"/>')
    expect(xml).toMatch(
      /<testcase classname="MISSING" name="\[MISSING-01\] workflows\.get of [^"]+" time="0\.\d{3}"\/>/,
    )
  })

  it('no verdict but pass and unsupported is green', () => {
    expect(xml).toContain(
      '<failure message="8 clients claimed one task: exactly one wins" type="MUST">',
    )
    expect(xml).toContain('<failure message="A SHOULD that is not kept" type="SHOULD">')
    expect(xml).toContain('<error message="The check asked the provider nothing" type="unknown">')
    expect(xml).toMatch(/<error message="TypeError: [^"]+" type="kit-error">/)
    expect(xml).toContain('<skipped message="not-run: The target has no corrupt()"/>')
    expect(xml).toContain('<skipped message="unsupported: The provider declares that')
  })

  it('a provider that was not run is a skipped suite', () => {
    expect(xml).toMatch(/<testsuite name="oracle" tests="1" failures="0" errors="0" skipped="1"/)
    expect(xml).toContain('<skipped message="not-run: no Oracle here">no Oracle here</skipped>')
  })

  it('writes nothing that XML forbids', () => {
    expect(xml).toContain('&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(xml).toContain('\\u001b[31m\\u0000red &amp; &quot;quoted&quot; \\ud800 ]]&gt;')
    expect(xml).toContain('<testsuite name="&lt;b&gt;my &amp; &quot;own&quot;&lt;/b&gt;"')
  })
})

describe('markdown', () => {
  const text = markdownSummary(mixedReport())

  it('begins with what matters', () => {
    expect(text.split('\n')[0]).toBe(
      '## 1 of 4 providers passes, 2 fail, 1 is undecided, 2 were not run',
    )
    expect(markdownSummary(greenReport()).split('\n').length).toBeLessThan(12)
  })

  it('has a row for each provider with engine, version, grade and level', () => {
    expect(text).toContain('| Provider | Engine | Grade | core | ✓ pass |')
    expect(text).toMatch(
      /\| \*\*postgres\*\* 0\.1\.0 \| PostgreSQL 18\.4 \| real \| ✗ fail \| 98 \|/,
    )
  })

  it('leaves out verdicts that do not occur', () => {
    expect(markdownSummary(greenReport())).not.toContain('kit error')
  })

  it('tells each failure with its command', () => {
    expect(text).toContain('- ✗ **CLAIM-01** on postgres: Of any number of clients')
    expect(text).toMatch(/ {2}```sh\n {2}npx holdfast verify \.\/packages\S+ --replay \S+\n {2}```/)
  })

  it('takes nothing for markup', () => {
    expect(text).not.toContain('<b>')
    expect(text).toContain('&lt;b&gt;my &amp; "own"&lt;/b&gt;')
    expect(text).toContain('\\_\\_proto\\_\\_')
  })

  it('lists what was not run and what is not decided', () => {
    expect(text).toContain('- **oracle**: no Oracle here')
    expect(text).toContain('not run on sqlite: CORRUPT-01, CORRUPT-02')
  })
})

function widest() {
  const rules = sampleRules(30)
  const names = ['a', '日本語のプロバイダー', 'x'.repeat(80), 'b', 'c', 'd', 'e', 'f', 'g']
  const outcome: Outcome = {
    verdict: 'fail',
    reason: `${'long '.repeat(60)}\n\t\t${'日'.repeat(90)}`,
  }
  return sampleReport({
    rules,
    kit: {
      version: '1.0.0-very.long.tag',
      specVersion: '1',
      seed: -2_147_483_648,
      runs: 1_000_000,
    },
    providers: names.map((name) =>
      sampleProvider({ name, engine: { name, version: name, grade: 'stand-in' } }, rules, {
        [rules[4]?.id ?? '']: outcome,
        [rules[5]?.id ?? '']: { verdict: 'unknown', reason: name.repeat(9) },
      }),
    ),
    notRun: names.map((name) => ({ name, reason: 'because '.repeat(30) })),
  })
}

/** Every tag is closed, every attribute quoted, and there is nothing that XML 1.0 forbids. */
function wellFormed(xml: string): boolean {
  const open: string[] = []
  const token = /<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>|[^<]+/y
  token.lastIndex = xml.indexOf('?>') + 2
  if (/[^\P{Cc}\n\t]|[\ufffe\uffff]|&(?!(?:amp|lt|gt|quot|#9|#10);)/u.test(xml)) return false
  while (token.lastIndex < xml.length) {
    const found = token.exec(xml)
    if (found === null) return false
    const [, closing, name, , empty] = found
    if (name === undefined) continue
    if (closing === '/' && open.pop() !== name) return false
    if (closing === '' && empty === '') open.push(name)
  }
  return open.length === 0 && xml.isWellFormed()
}
