import { createHash } from 'node:crypto'
import { Script } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { htmlReport } from '../src/report/html.ts'
import {
  greenReport,
  mixedReport,
  sampleProvider,
  sampleReport,
  sampleRules,
} from './report-samples.ts'

const mixed = htmlReport(mixedReport())

describe('the page', () => {
  it('loads nothing', () => {
    for (const page of [mixed, htmlReport(greenReport())]) {
      const links = [...page.matchAll(/\b(?:src|href|action|content)="([^"]*)"/g)].map(
        ([, to]) => to,
      )
      expect(links.filter((to) => /^(?:[a-z]+:)?\/\//.test(to ?? ''))).toEqual([])
      expect(page).not.toMatch(/@import|url\(|https?:/)
    }
  })

  it('runs its own script and no other', () => {
    const script = /<script type="module">([^]*?)<\/script>/.exec(mixed)?.[1] ?? ''
    const hash = createHash('sha256').update(script).digest('base64')
    expect(mixed).toContain(`script-src &#39;sha256-${hash}&#39;`)
    expect(() => new Script(script)).not.toThrow()
    expect(mixed.match(/<script/g)).toHaveLength(2)
  })

  it('escapes what comes from outside', () => {
    expect(mixed).not.toContain('<b>my')
    expect(mixed).not.toContain('<script>alert')
    expect(mixed).toContain('&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(mixed).toContain('\\u001b[31m\\u0000red &amp; &quot;quoted&quot; \\ud800')
    expect(mixed.isWellFormed()).toBe(true)
  })

  it('says what ran on what', () => {
    expect(mixed).toContain('<title>Holdfast: 1 of 4 providers passes, 2 fail, 1 is undecided')
    expect(mixed).toContain('PostgreSQL <b>18.4</b>')
    expect(mixed).toMatch(/class="grade g-unstated"[^>]*>unstated</)
    expect(mixed).toContain('<time datetime="2026-08-22T14:03:09.000Z">2026-08-22 14:03 UTC</time>')
  })

  it('has a cell for each rule and provider, one of them in the order of the tab key', () => {
    expect(mixed.match(/class="cell /g)).toHaveLength(440)
    expect(mixed.match(/data-column="\d"\s+tabindex="0"/g)).toHaveLength(1)
    expect(mixed).toContain('aria-label="CLAIM-01, postgres: fail"')
  })

  it('carries the details of every cell', () => {
    const text =
      /<script type="application\/json" id="data">([^]*?)<\/script>/.exec(mixed)?.[1] ?? ''
    const data = JSON.parse(text) as {
      providers: string[]
      rules: { id: string; clause: string; cells: Record<string, unknown>[] }[]
    }
    expect(data.providers).toHaveLength(4)
    expect(data.rules).toHaveLength(110)
    const claim = data.rules.find(({ id }) => id === 'CLAIM-01')
    expect(claim?.clause).toMatch(/^\d+\. [A-Z]/)
    expect(claim?.cells[2]).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining("expected: [ 'worker-3' ]") as string,
      command: expect.stringContaining('--replay') as string,
    })
  })

  it('tells failures, undecided rules and absent providers without scripts', () => {
    const still = mixed.slice(mixed.indexOf('<main>'), mixed.indexOf('id="matrix"'))
    expect(still).toContain('4 failing rules')
    expect(still).toContain('actual:   [ &#39;worker-3&#39;, &#39;worker-5&#39; ]')
    expect(still).toContain('The check asked the provider nothing')
    expect(still).toContain('HOLDFAST_DYNAMODB_URL is not set')
  })

  it('of a green run shows no failures', () => {
    const page = htmlReport(greenReport())
    expect(page).not.toContain('id="findings"')
    expect(page).not.toContain('class="cell v-fail')
    expect(page).toContain('All 3 providers pass')
  })

  it('of a run of nothing says so', () => {
    const page = htmlReport(sampleReport({ providers: [], rules: [], interrupted: true }))
    expect(page).toContain('Nothing was run')
    expect(page).toContain('The run was interrupted')
    expect(page).not.toContain('id="matrix"')
  })

  it('takes names that no address can hold', () => {
    const rules = sampleRules(2)
    const provider = sampleProvider({ name: 'half \ud800' }, rules)
    expect(htmlReport(sampleReport({ rules, providers: [provider] }))).toContain('@half%20%5Cud800')
  })
})
