import { describe, expect, it } from 'vitest'
import { headline } from '../src/report/headline.ts'
import { matrixOf } from '../src/report/matrix.ts'
import { clip, firstLine, flow, formatDuration, pad, visible, widthOf } from '../src/report/text.ts'
import {
  greenReport,
  mixedReport,
  sampleProvider,
  sampleReport,
  sampleRules,
  type Outcome,
} from './report-samples.ts'

describe('text', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1.0 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 0 s'],
    [119_700, '2 min 0 s'],
    [3_723_000, '62 min 3 s'],
  ])('%d ms are %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it('spells out what a terminal would obey', () => {
    expect(visible('a\u001b[31mb\u0000\u0085\u202e\ud800\uffffc')).toBe(
      'a\\u001b[31mb\\u0000\\u0085\\u202e\\ud800\\uffffc',
    )
    expect(visible('tab\tline\r\nnext 🙂 é')).toBe('tab\tline\nnext 🙂 é')
  })

  it.each([
    ['abc', 3],
    ['日本', 4],
    ['🙂', 2],
    ['e\u0301', 1],
    ['\u001b[31mred\u001b[39m', 3],
  ])('%j is %d columns wide', (text, width) => {
    expect(widthOf(text)).toBe(width)
    expect(widthOf(pad(text, 8))).toBe(8)
  })

  it('clips at columns, not at units', () => {
    expect(clip('abcdef', 6)).toBe('abcdef')
    expect(clip('abcdefg', 6)).toBe('abcde…')
    expect(clip('日本語日本語', 6)).toBe('日本…')
  })

  it('flows parts that are not broken', () => {
    expect(flow(['aaa', 'bbb', 'cccccccc', 'd'], '  ', 8)).toEqual(['aaa  bbb', 'cccccccc', 'd'])
  })

  it('finds the first line that says something', () => {
    expect(firstLine('\n\n  It broke \n at x')).toBe('It broke')
    expect(firstLine('')).toBe('')
  })
})

describe('headline', () => {
  const rules = sampleRules(3)
  const providers = (...outcomes: (Outcome | undefined)[]) =>
    outcomes.map((outcome) =>
      sampleProvider({}, rules, outcome && { [rules[0]?.id ?? '']: outcome }),
    )
  const fail: Outcome = { verdict: 'fail', reason: 'x' }
  const unknown: Outcome = { verdict: 'unknown', reason: 'x' }
  const notRun = [{ name: 'oracle', reason: 'no Oracle here' }]

  it.each([
    [{ providers: providers(undefined) }, 'memory passes'],
    [{ providers: providers(undefined), notRun }, 'memory passes, 1 was not run'],
    [{ providers: providers(fail) }, 'memory fails'],
    [{ providers: providers(unknown), notRun }, 'memory is undecided, 1 was not run'],
    [{ providers: providers(undefined, undefined) }, 'All 2 providers pass'],
    [{ providers: providers(fail, fail) }, 'None of 2 providers pass, 2 fail'],
    [
      { providers: providers(undefined, fail, unknown) },
      '1 of 3 providers passes, 1 fails, 1 is undecided',
    ],
    [
      { providers: providers({ verdict: 'kit-error', reason: 'x' }) },
      'The kit itself failed: memory is undecided',
    ],
    [{ providers: providers(undefined), partial: true }, 'The chosen rules pass'],
    [{ providers: providers(fail, fail), partial: true }, '1 of the chosen rules fails'],
    [{ providers: providers(unknown), partial: true }, 'The chosen rules are not all decided'],
    [{ providers: [], notRun }, 'Nothing was run'],
  ])('%#: says %s', (members, text) => {
    expect(headline(sampleReport({ rules, ...members }))).toBe(text)
  })
})

describe('matrixOf', () => {
  it('has a row for each rule and a cell for each provider', () => {
    const matrix = matrixOf(greenReport())
    expect(matrix.flatMap(({ rows }) => rows)).toHaveLength(110)
    expect(matrix.every(({ rows }) => rows.every(({ cells }) => cells.length === 3))).toBe(true)
  })

  it('a rule without a result was not run', () => {
    const rules = sampleRules(3)
    const report = sampleReport({ rules, providers: [sampleProvider({}, rules.slice(0, 2))] })
    const verdicts = matrixOf(report).flatMap(({ rows }) =>
      rows.map(({ cells }) => cells[0]?.result.verdict),
    )
    expect(verdicts).toEqual(['pass', 'pass', 'not-run'])
  })

  it('counts family by family', () => {
    const claims = matrixOf(mixedReport()).find(({ family }) => family === 'CLAIM')
    expect(claims?.counts[2]).toMatchObject({ pass: 8, fail: 1 })
    expect(claims?.counts[3]).toMatchObject({ unsupported: 8, fail: 1 })
  })
})
