import { visible } from '../text.ts'

/** Text that is HTML already. */
export interface Markup {
  readonly markup: string
}

type Value = string | number | Markup | readonly Markup[] | undefined

/** HTML with its values escaped, unless they are HTML themselves. `undefined` is nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const parts = strings.map(
    // The indentation of the source is for its readers.
    (text, index) => text.replaceAll(/\s*\n\s*/g, '\n') + written(values[index]),
  )
  return { markup: parts.join('') }
}

/** HTML as it is. */
export function raw(markup: string): Markup {
  return { markup }
}

/** Data for a script of the page; nothing in it can end the element. */
export function json(value: unknown): Markup {
  return raw(JSON.stringify(value).replaceAll('<', '\\u003c'))
}

function written(value: Value): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return escapeHtml(value)
  if ('markup' in value) return value.markup
  return value.map(({ markup }) => markup).join('')
}

function escapeHtml(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
