import { headline } from './headline.ts'
import { legend, slowest } from './html/about.ts'
import { cards, notRunCards } from './html/cards.ts'
import { findings, undecided } from './html/findings.ts'
import { html, type Markup } from './html/markup.ts'
import { pageOf } from './html/page.ts'
import { mark } from './html/parts.ts'
import { SCRIPT } from './html/script.ts'
import { table } from './html/table.ts'
import { matrixOf } from './matrix.ts'
import { overallOf, type Report } from './report.ts'
import { formatDuration, formatInstant, formatNumber } from './text.ts'

/** One page that needs nothing else: what ran, how it went, and every cell of the matrix. */
export function htmlReport(report: Report): string {
  const matrix = matrixOf(report)
  return pageOf({
    title: `Holdfast: ${headline(report)}`,
    script: SCRIPT,
    body: html`${top(report)}
      <main>
        ${cards(report, matrix)} ${findings(report)} ${undecided(report)}
        ${notRunCards(report.notRun)} ${table(report, matrix)} ${slowest(report)} ${legend()}
      </main>
      <footer>
        Written by the Holdfast conformance kit ${report.kit.version}. This page loads nothing;
        report.json beside it has the same for programs.
      </footer>`,
  })
}

function top(report: Report): Markup {
  const { kit, startedAt, durationMs, rules, providers } = report
  const operations = providers.reduce((sum, provider) => sum + provider.operations, 0)
  const facts: [string, string | Markup][] = [
    ['Started', html`<time datetime="${startedAt}">${formatInstant(startedAt)}</time>`],
    ['Took', formatDuration(durationMs)],
    ['Rules', formatNumber(rules.length)],
    ['Operations', formatNumber(operations)],
    ['Seed', String(kit.seed)],
    ['Runs per property', formatNumber(kit.runs)],
    ['Kit', kit.version],
    ['Contract', kit.specVersion],
  ]
  return html`<header class="top">
    <p class="brand">Holdfast conformance report</p>
    <h1>${mark(overallOf(report))} <span>${headline(report)}</span></h1>
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    ${
      report.interrupted
        ? html`<p class="note">The run was interrupted: what came after was not run.</p>`
        : undefined
    }
    ${
      report.partial
        ? html`<p class="note">Only some of the rules were chosen: no level can be had.</p>`
        : undefined
    }
  </header>`
}
