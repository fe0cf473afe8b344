import { clauses } from '../../clauses.ts'
import { historyFiles } from '../history/files.ts'
import {
  MARKS,
  VERDICTS,
  VERDICT_NAMES,
  occurring,
  type Counts,
  type FamilyRow,
  type RuleRow,
} from '../matrix.ts'
import { replayCommand, type Report, type ReportedRule } from '../report.ts'
import { formatDuration, formatNumber, visible } from '../text.ts'
import { MEANINGS } from './about.ts'
import { html, json, type Markup } from './markup.ts'

/**
 * Every rule and every provider. The script opens the cells and filters the rows. The roles are those that the elements
 * have: on a phone the rows are laid out as grids, and browsers then forget them.
 */
export function table(report: Report, matrix: readonly FamilyRow[]): Markup | undefined {
  const { providers } = report
  const rows = matrix.flatMap((family) => family.rows)
  if (providers.length === 0 || rows.length === 0) return undefined
  const starts = matrix.map((_, index) =>
    matrix.slice(0, index).reduce((sum, family) => sum + family.rows.length, 0),
  )
  const size = providers.length > 4 ? 'many' : 'few'
  return html`<section class="matrix" aria-labelledby="rules">
      <h2 id="rules">Rules</h2>
      ${filters(rows)}
      <div class="scroll ${size}">
        <table id="matrix" role="table" style="--providers:${providers.length}">
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col">Rule</th>
              ${providers.map(({ name }) => html`<th role="columnheader" scope="col" class="provider"><span>${name}</span></th>`)}
            </tr>
          </thead>
          ${matrix.map((family, index) => familyBody(family, starts[index] ?? 0))}
        </table>
      </div>
      <p id="nothing" class="lead" hidden>No rule is like that.</p>
    </section>
    <script type="application/json" id="data">
      ${json(dataOf(report, rows))}
    </script>`
}

function filters(rows: readonly RuleRow[]): Markup {
  const kinds = VERDICTS.map((verdict) => ({
    verdict,
    amount: rows.filter(({ cells }) => cells.some(({ result }) => result.verdict === verdict))
      .length,
  })).filter(({ verdict, amount }) => amount > 0 && verdict !== 'pass')
  return html`<form class="filters" hidden>
    <fieldset>
      <legend class="said">Show</legend>
      <label class="chip"
        ><input type="radio" name="show" value="" checked /><span
          >All <b>${rows.length}</b></span
        ></label
      >
      ${kinds.map(
        ({ verdict, amount }) =>
          html`<label class="chip v-${verdict}"
            ><input type="radio" name="show" value="${verdict}" /><span
              ><span aria-hidden="true">${MARKS[verdict]}</span> ${VERDICT_NAMES[verdict]}
              <b>${amount}</b></span
            ></label
          >`,
      )}
    </fieldset>
    <label class="search"
      ><span class="said">Find a rule</span
      ><input type="search" name="text" placeholder="Find a rule  /" autocomplete="off" />
    </label>
    <output id="count" class="said"></output>
  </form>`
}

function familyBody({ family, rows, counts }: FamilyRow, start: number): Markup {
  return html`<tbody role="rowgroup">
    <tr role="row" class="family">
      <th role="rowheader" scope="rowgroup">${family}</th>
      ${counts.map((one) => html`<td role="cell">${summaryOf(one, rows.length)}</td>`)}
    </tr>
    ${rows.map((row, index) => ruleRow(row, start + index))}
  </tbody>`
}

function summaryOf(counts: Counts, total: number): Markup {
  const [worst] = occurring(counts)
  return html`<span class="v-${worst?.[0] ?? 'pass'}"
    >${counts.pass === total ? total : `${counts.pass}/${total}`}</span
  >`
}

function ruleRow({ rule, cells }: RuleRow, index: number): Markup {
  return html`<tr role="row" data-rule="${index}" id="${rule.id}">
    <th role="rowheader" scope="row">
      <span class="id">${rule.id}</span>
      <span class="title"
        >${rule.title}${rule.strength === 'MUST' ? undefined : html` <small class="strength">${rule.strength}</small>`}</span
      >
    </th>
    ${cells.map(
      ({ provider, result }, column) =>
        html`<td role="cell">
          <button
            type="button"
            class="cell v-${result.verdict}"
            data-column="${column}"
            tabindex="${index === 0 && column === 0 ? 0 : -1}"
            aria-expanded="false"
            aria-label="${rule.id}, ${provider.name}: ${VERDICT_NAMES[result.verdict]}"
          >
            ${MARKS[result.verdict]}
          </button>
        </td>`,
    )}
  </tr>`
}

/** `12. Identifiers` */
function clauseOf({ clause }: ReportedRule): string {
  const name = clauses[clause]?.split(':', 1)[0]
  return name === undefined ? String(clause) : `${clause}. ${name}`
}

/** What the script shows of a cell. */
function dataOf(report: Report, rows: readonly RuleRow[]): unknown {
  const { providers } = report
  const files = historyFiles(report)
  return {
    providers: providers.map(({ name }) => visible(name)),
    meanings: MEANINGS,
    rules: rows.map(({ rule, cells }) => ({
      id: rule.id,
      title: visible(rule.title),
      clause: clauseOf(rule),
      strength: rule.strength,
      level: rule.level,
      bugs: rule.bugs.map(visible),
      cells: cells.map(({ provider, result }) => {
        const command = replayCommand(provider, result)
        const history = files.get(result)
        return {
          verdict: result.verdict,
          said: VERDICT_NAMES[result.verdict],
          ...(result.reason !== undefined && { reason: visible(result.reason) }),
          operations: formatNumber(result.operations),
          time: formatDuration(result.durationMs),
          counters: Object.entries(result.counters ?? {}).map(([name, amount]) => [
            visible(name),
            formatNumber(amount),
          ]),
          ...(command !== undefined && { command: visible(command) }),
          ...(history !== undefined && { history }),
        }
      }),
    })),
  }
}
