import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RuleResult, Verdict } from '../src/index.ts'
import { createProgress, liveLine } from '../src/report/progress.ts'
import { sampleProvider, sampleRules } from './report-samples.ts'

const ENGINE = { name: 'SQLite', version: '3.50.4', grade: 'real' } as const
const IDS = ['CLAIM-01', 'CLAIM-02', 'CLAIM-03']

function result(id: string, verdict: Verdict = 'pass'): RuleResult {
  const [rule] = sampleRules(1)
  const [one] = sampleProvider({}, rule ? [{ ...rule, id }] : [], {
    [id]: { verdict, reason: 'It broke' },
  }).rules
  if (one === undefined) throw new Error('The sample has no result')
  return one
}

function stream(options: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = []
  return { ...options, written, write: (text: string) => written.push(text) }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('on a terminal', () => {
  it('one line shows the provider, the rule that runs, the time and the failures', () => {
    const out = stream({ isTTY: true, columns: 80 })
    const progress = createProgress(out)
    progress.onProvider('sqlite', ENGINE, 3, IDS)
    progress.onResult(result('CLAIM-01'), 1, 3)
    vi.advanceTimersByTime(2100)
    expect(out.written.at(-1)).toBe('\r\x1b[2Ksqlite  1 of 3  CLAIM-02  2 s')
    progress.onResult(result('CLAIM-02', 'fail'), 2, 3)
    expect(out.written.at(-2)).toMatch(/✗ sqlite {2}CLAIM-02 {2}.+: It broke\n$/)
    expect(out.written.at(-1)).toBe('\r\x1b[2Ksqlite  2 of 3  CLAIM-03  2 s  1 failed')
  })

  it('the line makes way for the result', () => {
    const out = stream({ isTTY: true })
    const progress = createProgress(out)
    progress.onProvider('sqlite', ENGINE, 1, IDS)
    progress.onResult(result('CLAIM-01'), 1, 1)
    progress.onEnd()
    expect(out.written.at(-1)).toBe('\r\x1b[2Ksqlite: 1 rule in 0 ms, 1 pass\n')
    const before = out.written.length
    vi.advanceTimersByTime(5000)
    expect(out.written).toHaveLength(before)
  })

  it('the line never fills the last column', () => {
    const state = { name: 'x'.repeat(90), done: 1, total: 2, failures: 0, elapsedMs: 0 }
    expect(liveLine(state, 40)).toHaveLength(39)
  })
})

describe('elsewhere', () => {
  it('a line begins each provider and ends it, and failures are told at once', () => {
    const out = stream()
    const progress = createProgress(out)
    progress.onProvider('sqlite', ENGINE, 3, IDS)
    progress.onResult(result('CLAIM-01'), 1, 3)
    progress.onResult(result('CLAIM-02', 'fail'), 2, 3)
    progress.onResult(result('CLAIM-03', 'unknown'), 3, 3)
    progress.onProvider('postgres', { ...ENGINE, name: 'PostgreSQL' }, 3)
    progress.onEnd()
    expect(out.written).toEqual([
      'sqlite: 3 rules on SQLite 3.50.4 (real)\n',
      expect.stringMatching(/^✗ sqlite {2}CLAIM-02 {2}.+: It broke\n$/),
      'sqlite: 3 rules in 0 ms, 1 pass, 1 unknown, 1 fail\n',
      'postgres: 3 rules on PostgreSQL 3.50.4 (real)\n',
      'postgres: 0 of 3 rules in 0 ms\n',
    ])
  })

  it('a long run says every ten seconds where it is', () => {
    const out = stream()
    const progress = createProgress(out)
    progress.onProvider('sqlite', ENGINE, 100)
    for (let done = 1; done < 50; done += 1) {
      vi.advanceTimersByTime(500)
      progress.onResult(result(`CLAIM-${done}`), done, 100)
    }
    expect(out.written.slice(1)).toEqual([
      'sqlite: 20 of 100, 0 failed, 10.0 s\n',
      'sqlite: 40 of 100, 0 failed, 20.0 s\n',
    ])
  })

  it('an end without a beginning is nothing', () => {
    const out = stream()
    createProgress(out).onEnd()
    expect(out.written).toEqual([])
  })
})
