import { createHash } from 'node:crypto'
import { html, raw, type Markup } from './markup.ts'
import { COPY_SCRIPT } from './copy.ts'
import { STYLE } from './style.ts'

export interface Page {
  readonly title: string
  /** Beyond {@link STYLE}. @default none */
  readonly style?: string
  readonly script: string
  readonly body: Markup
}

/** A page that needs nothing else: nothing is loaded, and no script runs but the one that it came with. */
export function pageOf({ title, style = '', script, body }: Page): string {
  const whole = COPY_SCRIPT + script
  const hash = createHash('sha256').update(whole).digest('base64')
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <style>
          ${raw(STYLE + style)}
        </style>
      </head>
      <body>
        ${body} ${raw(`<script type="module">${whole}</script>`)}
      </body>
    </html> `
  return page.markup
}
