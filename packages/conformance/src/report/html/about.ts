import type { Verdict } from '../../verdict.ts'
import { MARKS, VERDICTS, VERDICT_NAMES } from '../matrix.ts'
import type { Report } from '../report.ts'
import { formatDuration } from '../text.ts'
import { GRADES } from './cards.ts'
import { html, type Markup } from './markup.ts'
import { addressOf, mark } from './parts.ts'

const SLOWEST = 8

export const MEANINGS: Readonly<Record<Verdict, string>> = {
  pass: 'The rule is kept, as far as this run shows. It is no proof: another seed tries other values.',
  fail: 'The rule was seen to be broken. The command shows it again.',
  unsupported: 'The provider declares that it cannot do this, and was seen to refuse.',
  'not-run': 'Something that the rule needs was not given, or the run ended before.',
  unknown: 'The run does not tell, for instance because nothing was exercised. Never green.',
  'kit-error': 'The kit itself failed. Nothing is said about the provider.',
}

/** Where the time went. */
export function slowest({ providers }: Report): Markup | undefined {
  const all = providers
    .flatMap((provider) => provider.rules.map((result) => ({ provider, result })))
    .sort((a, b) => b.result.durationMs - a.result.durationMs)
    .slice(0, SLOWEST)
  const most = all[0]?.result.durationMs ?? 0
  if (most === 0) return undefined
  return html`<section class="slowest" aria-labelledby="slowest">
    <h2 id="slowest">Slowest rules</h2>
    <ol>
      ${all.map(({ provider, result }) => {
        const share = Math.max(0.5, (result.durationMs / most) * 100).toFixed(1)
        return html`<li>
          <a class="id" href="${addressOf(result.id, provider)}">${result.id}</a>
          <span class="where">${provider.name}</span>
          <span class="bar" aria-hidden="true"><i style="width:${share}%"></i></span>
          <span class="time">${formatDuration(result.durationMs)}</span>
        </li>`
      })}
    </ol>
  </section>`
}

export function legend(): Markup {
  return html`<section class="legend" aria-labelledby="legend">
    <h2 id="legend">How to read this</h2>
    <dl>
      ${VERDICTS.toReversed().map(
        (verdict) =>
          html`<div>
            <dt>${mark(verdict)} ${VERDICT_NAMES[verdict]}</dt>
            <dd>${MEANINGS[verdict]}</dd>
          </div>`,
      )}
    </dl>
    <p>
      A provider has a level when every MUST of it is ${MARKS.pass} or ${MARKS.unsupported}, and at
      least one is ${MARKS.pass}. The grade says what the tests ran against:
      ${Object.entries(GRADES).map(
        ([grade, meaning], index) => html`${index === 0 ? '' : '; '}<b>${grade}</b>, ${meaning}`,
      )}.
    </p>
  </section>`
}
