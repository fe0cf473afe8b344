import { stripVTControlCharacters, styleText } from 'node:util'

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
const numbers = new Intl.NumberFormat('en')

/** `1 rule`, `1,204 rules`. */
export function count(amount: number, noun: string): string {
  return `${formatNumber(amount)} ${noun}${amount === 1 ? '' : 's'}`
}

export function formatNumber(value: number): string {
  return numbers.format(value)
}

/** `812 ms`, `41.2 s`, `3 min 12 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** An instant as people write it, in UTC: `2026-08-22 14:03 UTC`. */
export function formatInstant(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}

/**
 * The same text without anything that a terminal, a browser or an XML parser would obey or refuse: controls other than
 * tab and line feed, and halves of surrogate pairs, are spelled out.
 */
export function visible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu, (character) =>
      character === '\n' || character === '\t' ? character : escapeOf(character),
    )
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

export function firstLine(text: string): string {
  return visible(text).trimStart().split('\n', 1)[0]?.trimEnd() ?? ''
}

/** Columns that a terminal takes for a line, coloured or not. Good enough for East Asian scripts and emoji. */
export function widthOf(text: string): number {
  let width = 0
  for (const { segment } of segmenter.segment(stripVTControlCharacters(text)))
    width += isWide(segment) ? 2 : 1
  return width
}

/** At most `width` columns of a text without colours, the last one an ellipsis where something was left out. */
export function clip(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  let used = 0
  for (const { segment } of segmenter.segment(text)) {
    used += isWide(segment) ? 2 : 1
    if (used > width - 1) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}

export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** Lines of at most `width` columns. The parts are not broken. */
export function flow(parts: readonly string[], gap: string, width: number): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    const longer = `${last}${gap}${part}`
    if (last !== undefined && widthOf(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(part)
  }
  return lines
}

export type Paint = (format: Parameters<typeof styleText>[0], text: string) => string

/** Colours, or the text as it is. Whether to colour is decided by whoever knows the terminal. */
export function painter(colours: boolean): Paint {
  return colours
    ? (format, text) => styleText(format, text, { validateStream: false })
    : (_format, text) => text
}

function isWide(segment: string): boolean {
  return /\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u.test(
    segment,
  )
}
