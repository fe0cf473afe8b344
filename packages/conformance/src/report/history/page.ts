import { html, raw, type Markup } from '../html/markup.ts'
import { mark } from '../html/parts.ts'
import { pageOf } from '../html/page.ts'
import { count } from '../text.ts'
import { drawing } from './drawing.ts'
import type { DrawnHistory } from './drawn-history.ts'
import { labelOf, timeText } from './layout.ts'
import { HISTORY_SCRIPT } from './script.ts'
import { HISTORY_STYLE } from './style.ts'

/** Where a history comes from. */
export interface HistorySource {
  /** The rule that it breaks. */
  readonly rule?: { readonly id: string; readonly title: string }
  /** Who was tested, on what. */
  readonly provider?: string
  /** What runs it again. */
  readonly command?: string
  /** The report that it belongs to, beside it. */
  readonly report?: string
}

/** One page that needs nothing else: the lanes, what they mean, and every operation in a table. */
export function historyPage(history: DrawnHistory, source: HistorySource = {}): string {
  const { rule } = source
  return pageOf({
    title: `Holdfast: ${rule === undefined ? '' : `${rule.id}, `}${history.title}`,
    style: HISTORY_STYLE,
    script: HISTORY_SCRIPT,
    body: html`${top(history, source)}
      <main>
        <figure aria-label="The history">${drawing(history)} ${legend(history)}</figure>
        ${table(history)}
      </main>
      <footer>
        Drawn by the Holdfast conformance kit. This page loads
        nothing.${source.report === undefined ? undefined : html` <a href="${source.report}">The whole report</a>`}
      </footer>`,
  })
}

function top(history: DrawnHistory, { rule, provider, command }: HistorySource): Markup {
  const { operations, clients, shrunkFrom } = history
  const keys = [...new Set(operations.map(({ key }) => key))].filter((key) => key !== '')
  const processes = new Set(clients.map(({ process }) => process)).size
  const facts: [string, string][] = [
    ['Checked as', history.model],
    ['Operations', `${operations.length}${shrunkFrom === undefined ? '' : ` of ${shrunkFrom}`}`],
    ['Clients', `${clients.length}${processes > 1 ? ` in ${processes} processes` : ''}`],
    ...(keys.length === 0 ? [] : [['Key', keys.join(', ')] satisfies [string, string]]),
    ...(provider === undefined ? [] : [['Provider', provider] satisfies [string, string]]),
  ]
  return html`<header class="top">
    <p class="brand">Holdfast · a history of ${count(clients.length, 'client')}</p>
    <h1>
      ${mark(history.firstIllegal === undefined ? 'unknown' : 'fail')} <span>${history.title}</span>
    </h1>
    ${rule === undefined ? undefined : html`<p class="rule-of"><b class="id">${rule.id}</b> ${rule.title}</p>`}
    <p class="sentence">${history.sentence}</p>
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
      command === undefined
        ? undefined
        : html`<div class="replay">
            <code>${command}</code><button type="button" class="copy">Copy</button>
          </div>`
    }
  </header>`
}

const SWATCH = { width: 44, height: 18 }

function swatch(content: string): Markup {
  const { width, height } = SWATCH
  return raw(
    `<svg class="lanes" style="min-width:0" width="${width}" height="${height}" aria-hidden="true">${content}</svg>`,
  )
}

/** Only what occurs. */
function legend(history: DrawnHistory): Markup {
  const { operations, linearized, firstIllegal, shrunkFrom } = history
  const ordered = new Set(linearized.map(({ operation }) => operation))
  const bar = '<rect class="span" x="1" y="3" width="42" height="12" rx="4"'
  const entries: [boolean, Markup, string][] = [
    [
      linearized.length > 0,
      swatch(
        `<g class="op ordered">${bar} /><circle class="point" cx="22" cy="9" r="8" /><text class="number" x="22" y="12.6">1</text></g>`,
      ),
      'takes effect here, in this order: the longest that there is',
    ],
    [
      firstIllegal !== undefined,
      swatch(
        `<g class="op illegal">${bar} /><circle class="point" cx="22" cy="9" r="8" /><text class="number" x="22" y="12.6">✗</text></g>`,
      ),
      'the first operation that fits into no order',
    ],
    [
      operations.some(
        ({ outcome }, index) => outcome !== 'fail' && !ordered.has(index) && index !== firstIllegal,
      ),
      swatch(`<g class="op pending">${bar} /></g>`),
      'not in the order: it does not lead on',
    ],
    [
      operations.some(({ end, outcome }) => end === null && outcome === 'unknown'),
      swatch(`<g class="op">${bar} mask="url(#open)" /></g>`),
      'no reply was seen: it may take effect at any time, or never',
    ],
    [
      operations.some(({ outcome }) => outcome === 'fail'),
      swatch(`<g class="op fail">${bar} /></g>`),
      'failed: it took no effect',
    ],
  ]
  const notes = [
    'Time runs to the right; from one event to the next is a step, however long it took.',
    ...(shrunkFrom === undefined
      ? []
      : [
          `Of ${count(shrunkFrom, 'operation')}, those that the violation does not need are left out.`,
        ]),
  ]
  return html`<figcaption>
    ${entries.filter(([occurs]) => occurs).map(([, picture, text]) => html`<span>${picture} ${text}</span>`)}
    ${notes.map((note) => html`<span>${note}</span>`)}
  </figcaption>`
}

/** The same in words. */
function table(history: DrawnHistory): Markup {
  const { operations, clients, linearized, unit, initial, firstIllegal } = history
  const processes = new Set(clients.map(({ process }) => process)).size > 1
  const start = (index: number): number => operations[index]?.start ?? 0
  const rows = [...operations.keys()].sort((a, b) => start(a) - start(b))
  return html`<section class="operations" aria-labelledby="operations">
    <h2 id="operations">Operations</h2>
    <p class="lead">By the time of their calls. Before all of them the state is ${initial}.</p>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">Operation</th>
            <th scope="col">Client</th>
            ${processes ? html`<th scope="col">Process</th>` : undefined}
            <th scope="col">From, ${unit}</th>
            <th scope="col">To, ${unit}</th>
            <th scope="col">Order</th>
            <th scope="col">State after it</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map((index) => {
            const operation = operations[index]
            if (operation === undefined) return html``
            const place = linearized.findIndex((step) => step.operation === index)
            const client = clients[operation.client]
            return html`<tr id="op-${index}">
              <th scope="row"><a href="#op-${index}">${labelOf(operation)}</a></th>
              <td class="text">${client?.id}</td>
              ${processes ? html`<td>${client?.process}</td>` : undefined}
              <td>${timeText(operation.start)}</td>
              <td>${operation.end === null ? 'no reply' : timeText(operation.end)}</td>
              <td>
                ${
                  index === firstIllegal
                    ? html`<span class="bad">✗ fits into none</span>`
                    : operation.outcome === 'fail'
                      ? 'failed'
                      : place >= 0
                        ? `${place + 1}`
                        : 'not in it'
                }
              </td>
              <td class="text">${place >= 0 ? linearized[place]?.state : ''}</td>
            </tr>`
          })}
        </tbody>
      </table>
    </div>
  </section>`
}
