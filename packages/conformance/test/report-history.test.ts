import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { check, register } from '@holdfast/linearizability'
import { describe, expect, it } from 'vitest'
import { runRule, type Rule } from '../src/index.ts'
import { consoleSummary } from '../src/report/console.ts'
import { drawHistory } from '../src/report/history/draw-history.ts'
import type { DrawnHistory } from '../src/report/history/drawn-history.ts'
import { clip, layOut, timeText } from '../src/report/history/layout.ts'
import { notLinearizable } from '../src/report/history/not-linearizable.ts'
import { historyPage } from '../src/report/history/page.ts'
import { htmlReport } from '../src/report/html.ts'
import type { Report } from '../src/report/report.ts'
import { writeReports } from '../src/report/write.ts'
import { twoHolders } from './history-samples.ts'
import { sampleProvider, sampleReport, sampleRules } from './report-samples.ts'
import { memoryTarget } from './support.ts'

const history = twoHolders()

describe('what is drawn', () => {
  it('is the operations up to the first illegal one, in ms from the first call', () => {
    expect(
      history.operations.map(({ name, argument, result }) => [name, argument, result]),
    ).toEqual([
      ['claim', '60000000000', '1'],
      ['claim', '60000000000', 'null'],
      ['claim', '60000000000', '2'],
      ['release', '#1', undefined],
      ['extend', '#1, 60000000000', undefined],
    ])
    expect(history.operations.map(({ start, end }) => [start, end])).toEqual([
      [0, 3],
      [1, 4],
      [2, 6],
      [4, 5],
      [5, null],
    ])
    expect(history.firstIllegal).toBe(2)
    expect(history.shrunkFrom).toBe(6)
  })

  it('has its clients in the order of their names, with their processes', () => {
    expect(history.clients).toEqual([
      { id: 'client-2', process: 'process 9' },
      { id: 'client-3', process: 'process 12' },
      { id: 'client-10', process: 'process 9' },
    ])
  })

  it('has the longest order with its states, and says in a sentence where it ends', () => {
    expect(history.initial).toBe('free')
    expect(history.linearized.map(({ operation }) => operation)).toEqual([0, 1, 4])
    expect(history.linearized[0]?.state).toMatch(/^held by #1 until/)
    expect(history.sentence).toBe(
      'No order of these operations explains claim(60000000000) → 2 by client-3. The longest order that there is ends with the state held by #1, and nothing can follow.',
    )
  })

  it('leaves out what the model puts before an operation: its key', () => {
    const model = register<string>()
    const one = { process: 1, call: 1, return: 2, outcome: 'ok' } as const
    const reads = [{ ...one, input: { op: 'read', key: 'a: b' } as const, output: 'x → y' }]
    const result = check(model, reads)
    if (result.verdict !== 'illegal') throw new Error('nobody wrote it')
    const [operation] = drawHistory(model, reads, result, { title: '' }).operations
    expect(operation).toMatchObject({ name: 'read', argument: '', result: '"x → y"', key: 'a: b' })
  })
})

describe('the layout', () => {
  const { bars, points, states, ticks, width } = layOut(history)

  it('keeps each effect within its interval, and effects in their order', () => {
    for (const [place, { operation }] of history.linearized.entries()) {
      expect(points[place]).toBeGreaterThan(bars[operation]?.from ?? NaN)
      expect(points[place]).toBeLessThan(bars[operation]?.to ?? NaN)
    }
    expect(points).toEqual(points.toSorted((a, b) => a - b))
  })

  it('shows as overlapping what overlaps, also at one instant', () => {
    for (const [a, one] of history.operations.entries()) {
      for (const [b, other] of history.operations.entries()) {
        const drawn = (bars[a]?.to ?? NaN) < (bars[b]?.from ?? NaN)
        expect([a, b, drawn]).toEqual([a, b, (one.end ?? Infinity) < other.start])
      }
    }
  })

  it('has room for every label and state of a small history, and none of them overlap', () => {
    expect(bars.map(({ label }) => label)).toEqual([
      'claim(60000000000) → 1',
      'claim(60000000000) → null',
      'claim(60000000000) → 2',
      'release(#1)',
      'extend(#1, 60000000000)',
    ])
    expect(states.map(({ from }) => from).slice(1)).toEqual(states.map(({ to }) => to).slice(0, -1))
    expect(states.at(-1)?.to).toBe(width)
    expect(ticks[0]).toMatchObject({ text: '0' })
  })

  it('does not grow without bounds: two hundred operations are some screens', () => {
    const operations = Array.from({ length: 200 }, (_, index) => ({
      client: index % 8,
      name: 'write',
      argument: `${index}`,
      start: index,
      end: index + 7.5,
      outcome: 'ok' as const,
      key: '',
    }))
    const clients = Array.from({ length: 8 }, (_, index) => ({ id: `${index}`, process: '' }))
    const linearized = operations.map((_, operation) => ({ operation, state: `${operation}` }))
    const drawn = layOut({ ...history, clients, operations, linearized })
    expect(drawn.width).toBeLessThan(12_000)
    expect(drawn.bars.filter(({ label }) => label !== '').length).toBeGreaterThan(150)
  })

  it('clips texts to their room, and times to three digits', () => {
    expect([clip('write(1)', 100), clip('write(1)', 40), clip('write(1)', 10)]).toEqual([
      'write(1)',
      'writ…',
      '',
    ])
    expect([0, 0.1234, 3.14159, 1234.56].map(timeText)).toEqual(['0', '0.123', '3.14', '1235'])
  })
})

describe('the page', () => {
  const source = {
    rule: { id: 'RACE-01', title: 'Exactly one client claims a task' },
    provider: 'my on My 1.0',
    command: 'npx holdfast verify ./my.ts --replay abc',
    report: 'index.html',
  }
  const page = historyPage(history, source)

  it('loads nothing, and runs its own script only', () => {
    expect(page).not.toMatch(/@import|url\((?!#)|https?:|src=/)
    const script = /<script type="module">([^]*?)<\/script>/.exec(page)?.[1] ?? ''
    const hash = createHash('sha256').update(script).digest('base64')
    expect(page).toContain(`script-src &#39;sha256-${hash}&#39;`)
    expect(() => new Script(script)).not.toThrow()
    expect(page.match(/<script/g)).toHaveLength(1)
  })

  it('says what was broken, where, and how to see it again', () => {
    for (const text of [
      'Two clients hold one lease',
      'RACE-01',
      'Exactly one client claims a task',
      history.sentence,
      'my on My 1.0',
      '--replay abc',
      'href="index.html"',
    ]) {
      expect(page).toContain(text)
    }
  })

  it('has every operation as a picture with a name, one of them in the order of the tab key', () => {
    expect(page.match(/class="op [^"]*"\s+role="img"/g)).toHaveLength(5)
    expect(page.match(/tabindex="0"/g)).toHaveLength(1)
    expect(page).toContain(
      'aria-label="client-3: claim(60000000000) → 2, from 2 to 6, the first illegal operation"',
    )
    expect(page).toContain(
      'aria-label="client-2: extend(#1, 60000000000), from 5, never seen to return, number 3 in the order"',
    )
  })

  it('says the same in a table', () => {
    const rows = page.match(/<tr id="op-\d+">/g)
    expect(rows).toEqual([0, 1, 2, 3, 4].map((index) => `<tr id="op-${index}">`))
    expect(page).toContain('✗ fits into none')
    expect(page).toContain('no reply')
    expect(page).toContain('failed')
  })

  it('escapes what comes from outside', () => {
    const evil = '</script><script>alert(1)</script>"\u0000\ud800'
    const operations = history.operations.map((one) => ({ ...one, name: evil, result: evil }))
    const clients = history.clients.map(() => ({ id: evil, process: evil }))
    const text = historyPage({ ...history, title: evil, sentence: evil, operations, clients })
    expect(text.match(/<script/g)).toHaveLength(1)
    expect(text.isWellFormed()).toBe(true)
    expect(text).not.toContain('\u0000')
  })

  it('draws a history that nothing was checked of', () => {
    const { firstIllegal: _, ...rest } = history
    const raw: DrawnHistory = { ...rest, linearized: [] }
    expect(historyPage(raw)).toContain('Two clients hold one lease')
    expect(historyPage({ ...raw, operations: [], clients: [] })).toContain('Operations')
  })
})

describe('a report with histories', () => {
  const rules = sampleRules(12)
  const failing = {
    'CLAIM-01': { verdict: 'fail', reason: 'one\ntwo\nthree\nfour\nfive', history },
  } as const
  const reportOf = (...names: string[]): Report =>
    sampleReport({
      rules,
      providers: names.map((name) => sampleProvider({ name }, rules, failing)),
    })

  it.each([
    [['memory'], ['history-CLAIM-01.html']],
    [
      ['a', 'b'],
      ['history-CLAIM-01-a.html', 'history-CLAIM-01-b.html'],
    ],
    [
      ['a/x', 'a x'],
      ['history-CLAIM-01-a-x-1.html', 'history-CLAIM-01-a-x-2.html'],
    ],
  ])('of %j has %j, which its page links', async (providers, files) => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-report-'))
    const written = await writeReports(reportOf(...providers), folder)
    const names = await readdir(folder)
    expect(names.filter((name) => name.startsWith('history-'))).toEqual(files)
    expect(written).toHaveLength(4 + files.length)
    const index = await readFile(join(folder, 'index.html'), 'utf8')
    for (const file of files) {
      expect(index).toContain(`href="${file}"`)
      expect(index).toContain(`"history":"${file}"`)
      const page = await readFile(join(folder, file), 'utf8')
      expect(page).toContain('--replay')
      expect(page).toContain('href="index.html"')
    }
  })

  it('links nothing where nothing is drawn', () => {
    expect(htmlReport(sampleReport())).not.toContain('history-')
  })

  it('shows the lanes on the console, where other reasons are cut', () => {
    expect(consoleSummary(reportOf('memory'))).toContain('    five\n')
    const others = {
      'CLAIM-01': { verdict: 'fail', reason: 'one\ntwo\nthree\nfour\nfive' },
    } as const
    const report = sampleReport({ rules, providers: [sampleProvider({}, rules, others)] })
    expect(consoleSummary(report)).toContain('    … 1 more lines')
  })
})

it('a rule that finds a history illegal carries it, shrunk, into its result', async () => {
  const model = register<number>()
  const step = (
    process: string,
    at: number,
  ): { process: string; call: number; return: number; outcome: 'ok' } => ({
    process,
    call: at,
    return: at + 1,
    outcome: 'ok',
  })
  const operations = [1, 2, 3, 4].flatMap((value) => [
    { ...step('a', value * 10), input: { op: 'write', value } as const },
    {
      ...step('b', value * 10 + 5),
      input: { op: 'read' } as const,
      output: value === 4 ? 1 : value,
    },
  ])
  const illegal = check(model, operations)
  if (illegal.verdict !== 'illegal') throw new Error('the last read is stale')
  const [rule] = sampleRules(1)
  if (rule === undefined) throw new Error('there is no rule')
  const failing: Rule = {
    ...rule,
    async check(store) {
      await store.ensureStore()
      throw notLinearizable(model, operations, illegal, 'a register')
    },
  }
  const result = await runRule(memoryTarget(), failing, { seed: 1 })
  expect(result.verdict).toBe('fail')
  expect(result.reason).toMatch(/^a register is not linearizable\nillegal: 3 operations/)
  expect(result.history?.operations.map(({ name }) => name)).toEqual(['write', 'write', 'read'])
  expect(result.history?.shrunkFrom).toBe(8)
})
