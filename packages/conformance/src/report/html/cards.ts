import type { Grade } from '../../target.ts'
import {
  LEVEL_MARKS,
  MARKS,
  VERDICT_NAMES,
  countVerdicts,
  occurring,
  type FamilyRow,
} from '../matrix.ts'
import { levelsOf, togetherOf, type NotRun, type Report, type ReportedProvider } from '../report.ts'
import { count, formatDuration } from '../text.ts'
import { html, type Markup } from './markup.ts'
import { addressOf, mark } from './parts.ts'

export const GRADES: Readonly<Record<Grade, string>> = {
  real: 'the product itself',
  emulator: 'its vendor’s own emulator',
  'stand-in': 'somebody else’s implementation of its protocol',
  unstated: 'the target does not say what it is',
}

/** A card for each provider: what it ran on, what it has, and every rule as a tile. */
export function cards({ providers }: Report, matrix: readonly FamilyRow[]): Markup | undefined {
  if (providers.length === 0) return undefined
  return html`<section class="cards" aria-label="Providers">
    ${providers.map((provider, column) => card(provider, matrix, column))}
  </section>`
}

function card(provider: ReportedProvider, matrix: readonly FamilyRow[], column: number): Markup {
  const { name, version, engine, rules, operations, durationMs } = provider
  const counts = occurring(countVerdicts(rules))
  const together = togetherOf(provider)
  return html`<article class="card">
    <header>
      <h2>${name}${version === 'unstated' ? undefined : html` <small>${version}</small>`}</h2>
      <p class="levels">
        ${levelsOf(provider).map(
          ([level, verdict]) =>
            html`<span class="level v-${verdict}"
              ><span aria-hidden="true">${LEVEL_MARKS[verdict]}</span> ${level}
              <span class="said">${verdict}</span></span
            >`,
        )}
      </p>
    </header>
    <p class="engine">
      <span>${engine.name} <b>${engine.version}</b></span>
      <span class="grade g-${engine.grade}" title="${GRADES[engine.grade]}">${engine.grade}</span>
    </p>
    <div class="tiles" aria-hidden="true">${matrix.map((row) => tilesOf(row, column))}</div>
    <p class="counts">
      ${counts.map(
        ([verdict, amount]) =>
          html`<span class="v-${verdict}"
            ><span aria-hidden="true">${MARKS[verdict]}</span> ${amount}
            ${VERDICT_NAMES[verdict]}</span
          > `,
      )}
    </p>
    <p class="cost">
      ${count(operations, 'operation')} in
      ${formatDuration(durationMs)}${together && `; ${together}`}
    </p>
  </article>`
}

function tilesOf({ rows }: FamilyRow, column: number): Markup {
  const tiles = rows.map(({ rule, cells }) => {
    const cell = cells[column]
    if (cell === undefined) return html``
    const { provider, result } = cell
    return html`<a
      class="v-${result.verdict}"
      tabindex="-1"
      href="${addressOf(rule.id, provider)}"
      title="${rule.id} ${VERDICT_NAMES[result.verdict]}"
    ></a>`
  })
  return html`${tiles}`
}

/** What was to be tested, and why it was not. */
export function notRunCards(notRun: readonly NotRun[]): Markup | undefined {
  if (notRun.length === 0) return undefined
  return html`<section class="notrun" aria-labelledby="notrun">
    <h2 id="notrun">Providers that were not run</h2>
    <p class="lead">Nothing is said about these.</p>
    <dl>
      ${notRun.map(
        ({ name, reason }) =>
          html`<div>
            <dt>${mark('not-run')} ${name}</dt>
            <dd>${reason}</dd>
          </div>`,
      )}
    </dl>
  </section>`
}
