import type { Verdict } from '../../verdict.ts'
import { MARKS, VERDICT_NAMES } from '../matrix.ts'
import { replayCommand, type ReportedProvider } from '../report.ts'
import { visible } from '../text.ts'
import { html, type Markup } from './markup.ts'

/** The mark of a verdict. Its name is beside it or in the label of what holds it. */
export function mark(verdict: Verdict): Markup {
  return html`<span class="mark v-${verdict}" aria-hidden="true">${MARKS[verdict]}</span>`
}

export function markWithName(verdict: Verdict): Markup {
  return html`${mark(verdict)}<span class="said">${VERDICT_NAMES[verdict]}</span>`
}

/** Where a cell is shown: its rule and its provider. */
export function addressOf(id: string, provider: Pick<ReportedProvider, 'name'>): string {
  return `#${encodeURIComponent(id)}@${encodeURIComponent(visible(provider.name))}`
}

/** What runs a failure again, with a button that copies it. */
export function replayOf(
  provider: ReportedProvider,
  result: Parameters<typeof replayCommand>[1],
): Markup | undefined {
  const command = replayCommand(provider, result)
  if (command === undefined) return undefined
  return html`<div class="replay">
    <code>${command}</code><button type="button" class="copy">Copy</button>
  </div>`
}

/** Leads to the drawing of what several clients did. */
export function historyLink(file: string | undefined): Markup | undefined {
  if (file === undefined) return undefined
  return html`<p class="drawn"><a href="${encodeURI(file)}">The history, drawn</a></p>`
}
