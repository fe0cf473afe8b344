import type { RuleResult } from '../../verdict.ts'
import { historyFiles } from '../history/files.ts'
import { VERDICT_NAMES, cellsWith, groupByReason, type Cell } from '../matrix.ts'
import type { Report } from '../report.ts'
import { count } from '../text.ts'
import { html, type Markup } from './markup.ts'
import { addressOf, historyLink, mark, markWithName, replayOf } from './parts.ts'

/** So many are open when the page opens. */
const OPEN = 5

/** What failed, rule by rule, with everything that the provider was seen to do. Readable without scripts. */
export function findings(report: Report): Markup | undefined {
  const cells = cellsWith(report, ['fail', 'kit-error'])
  if (cells.length === 0) return undefined
  const files = historyFiles(report)
  const rules = [...Map.groupBy(cells, ({ result }) => result.id).values()]
  return html`<section class="findings" aria-labelledby="findings">
    <h2 id="findings">${count(rules.length, 'failing rule')}</h2>
    ${rules.map((members, index) => finding(members, files, index < OPEN))}
  </section>`
}

function finding(
  cells: readonly Cell[],
  files: ReadonlyMap<RuleResult, string>,
  open: boolean,
): Markup {
  const [first] = cells
  if (first === undefined) return html``
  const { id, title, strength, verdict } = first.result
  return html`<details${open ? html` open` : undefined}>
    <summary>
      ${markWithName(verdict)} <b class="id">${id}</b>
      <span class="title"
        >${title}${strength === 'MUST' ? undefined : html` <small class="strength">${strength}</small>`}</span
      >
      <span class="where">${cells.map(({ provider }) => provider.name).join(', ')}</span>
    </summary>
    ${cells.map(
      ({ provider, result }) =>
        html`<div class="evidence">
          ${cells.length === 1 ? undefined : html`<h3>${provider.name}</h3>`}
          <pre>${result.reason ?? VERDICT_NAMES[result.verdict]}</pre>
          ${historyLink(files.get(result))} ${replayOf(provider, result)}
        </div>`,
    )}
  </details>`
}

/** What was not decided: each reason once, with the rules that lack it. */
export function undecided(report: Report): Markup | undefined {
  const groups = groupByReason(cellsWith(report, ['unknown', 'not-run']))
  if (groups.length === 0) return undefined
  return html`<section class="undecided" aria-labelledby="undecided">
    <h2 id="undecided">Not decided</h2>
    <ul>
      ${groups.map(
        ({ verdict, provider, reason, ids }) =>
          html`<li>
            ${mark(verdict)}
            <div>
              <p>
                <b>${provider.name}</b> <span class="v-${verdict}">${VERDICT_NAMES[verdict]}</span>:
                ${reason}
              </p>
              <p class="ids">
                ${ids.map((id) => html`<a href="${addressOf(id, provider)}">${id}</a> `)}
              </p>
            </div>
          </li>`,
      )}
    </ul>
  </section>`
}
