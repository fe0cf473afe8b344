export const STYLE: string = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f8f7f4, #141413);
  --surface: light-dark(#ffffff, #1d1d1b);
  --sunken: light-dark(#f1efea, #272724);
  --ink: light-dark(#1d1c1a, #ecebe6);
  --muted: light-dark(#67635b, #a5a198);
  --line: light-dark(#e3e0d9, #34332f);
  --strong: light-dark(#c9c5bb, #4a4944);
  --link: light-dark(#1f5fa8, #8ab8f0);
  --pass: light-dark(#1b7a47, #66c693);
  --pass-soft: light-dark(#9fd4b6, #2f7350);
  --fail: light-dark(#bd2a2a, #ff9a8f);
  --fail-fill: light-dark(#c33030, #c9403a);
  --fail-soft: light-dark(#fdf0ee, #2e1d1b);
  --unknown: light-dark(#8c5800, #e5b454);
  --unknown-fill: light-dark(#f2b53c, #d9a032);
  --not-run: light-dark(#67635b, #a5a198);
  --unsupported: light-dark(#67635b, #a5a198);
  --kit-error: light-dark(#7a3fa8, #cba0ee);
  --kit-error-fill: light-dark(#7a3fa8, #8a4fb8);
  --mono: ui-monospace, 'SF Mono', 'Cascadia Code', 'JetBrains Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
* { box-sizing: border-box; margin: 0 }
html { background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; -webkit-text-size-adjust: 100%; scroll-padding-top: 6rem }
body { max-width: 74rem; margin: 0 auto; padding: 3.5rem 1.5rem 4rem }
[hidden] { display: none !important }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
a { color: var(--link); text-underline-offset: .2em; text-decoration-thickness: 1px }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px }
h2 { font-size: 1.25rem; line-height: 1.3; font-weight: 650; letter-spacing: -.01em }
section { margin-top: 3.5rem }
section > h2 { margin-bottom: 1rem }
.lead { color: var(--muted); margin: -.5rem 0 1rem }
.id { font: 600 .8125rem/1.5 var(--mono); white-space: nowrap }
.v-pass { --v: var(--pass) } .v-fail { --v: var(--fail) } .v-unknown { --v: var(--unknown) }
.v-not-run { --v: var(--not-run) } .v-unsupported { --v: var(--unsupported) } .v-kit-error { --v: var(--kit-error) }
.mark { display: inline-grid; place-items: center; width: 1.35em; height: 1.35em; border-radius: 50%; color: var(--v); font-weight: 700; line-height: 1; flex: none }
.mark.v-fail { background: var(--fail-fill); color: #fff }
.mark.v-kit-error { background: var(--kit-error-fill); color: #fff }
.mark.v-unknown { background: var(--unknown-fill); color: #1d1c1a }

.top .brand { font-size: .8125rem; color: var(--muted); letter-spacing: .01em }
.top h1 { display: flex; gap: .5em; align-items: flex-start; font-size: clamp(1.6rem, 5vw, 2.4rem); line-height: 1.2; font-weight: 650; letter-spacing: -.022em; margin: .35rem 0 1.5rem; text-wrap: balance }
.top h1 .mark { font-size: .62em; width: 1.7em; height: 1.7em; margin-top: .13em }
.top h1 .mark.v-pass { background: var(--pass); color: var(--surface) }
.facts { display: flex; flex-wrap: wrap; gap: .9rem 2.25rem }
.facts dt { font-size: .75rem; color: var(--muted) }
.facts dd { font-variant-numeric: tabular-nums; font-weight: 550 }
.note { margin-top: 1.5rem; padding: .75rem 1rem; border-radius: 8px; border: 1px solid var(--unknown); color: var(--unknown); max-width: 46rem }

.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15.5rem), 1fr)); margin-top: 2.5rem }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem; display: flex; flex-direction: column; min-width: 0 }
.card header { display: flex; justify-content: space-between; gap: .75rem; align-items: baseline; flex-wrap: wrap }
.card h2 { font-size: 1.125rem; overflow-wrap: anywhere }
.card h2 small { font-weight: 400; font-size: .8125rem; color: var(--muted) }
.levels { display: flex; gap: .4rem; flex-wrap: wrap }
.level { font-size: .8125rem; font-weight: 600; color: var(--v); border: 1px solid currentColor; border-radius: 99px; padding: .05rem .6rem; white-space: nowrap; text-transform: capitalize }
.level.v-fail { background: var(--fail-fill); border-color: var(--fail-fill); color: #fff }
.engine { display: flex; gap: .6rem; align-items: baseline; flex-wrap: wrap; margin-top: .15rem; color: var(--muted); font-size: .9375rem }
.engine b { font-weight: 550; color: var(--ink); overflow-wrap: anywhere }
.grade { font-size: .75rem; font-weight: 550; border-radius: 5px; padding: 0 .45rem; line-height: 1.45rem; background: var(--sunken); color: var(--ink) }
.g-emulator, .g-stand-in { background: none; box-shadow: inset 0 0 0 1px var(--strong) }
.g-unstated { background: none; box-shadow: inset 0 0 0 1px var(--unknown); color: var(--unknown) }
.tiles { display: flex; flex-wrap: wrap; gap: 2px; margin: 1.1rem 0 1rem }
.tiles a { width: 9px; height: 13px; border-radius: 2px; background: var(--v) }
.tiles a:hover { outline: 2px solid var(--ink); outline-offset: 1px }
.tiles .v-pass { background: var(--pass-soft) }
.tiles .v-fail { background: var(--fail-fill) }
.tiles .v-unknown { background: var(--unknown-fill) }
.tiles .v-not-run { background: none; box-shadow: inset 0 0 0 1px var(--strong) }
.tiles .v-unsupported { background: var(--line) }
.counts { font-size: .9375rem; font-variant-numeric: tabular-nums }
.counts span:not([aria-hidden]) { color: var(--v); margin-right: .75em; white-space: nowrap; font-weight: 550 }
.cost { color: var(--muted); font-size: .8125rem; margin-top: .1rem }

.findings details { border: 1px solid var(--line); border-left: 3px solid var(--fail-fill); border-radius: 8px; background: var(--surface); margin-bottom: .75rem }
.findings summary { display: grid; grid-template-columns: auto auto 1fr auto; gap: .65rem; align-items: baseline; padding: .75rem 1rem; cursor: pointer; list-style: none }
.findings summary::-webkit-details-marker { display: none }
.findings summary .title { font-weight: 550 }
.where { color: var(--muted); font-size: .875rem }
.evidence { padding: .75rem 1rem 1rem; border-top: 1px solid var(--line) }
.evidence h3 { font-size: .875rem; font-weight: 600; margin: 0 0 .4rem }
.strength { font-size: .6875rem; font-weight: 600; color: var(--muted); border: 1px solid var(--strong); border-radius: 4px; padding: 0 .3rem; vertical-align: .1em }
pre { font: .8125rem/1.6 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; background: var(--sunken); border-radius: 6px; padding: .7rem .9rem; max-height: 24rem; overflow: auto; tab-size: 2 }
.drawn { margin-top: .6rem; font-size: .9375rem }
.replay { display: flex; gap: .5rem; align-items: stretch; margin-top: .5rem }
.replay code { flex: 1; min-width: 0; font: .8125rem/1.6 var(--mono); overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 6px; padding: .35rem .9rem; background: var(--page) }
button { font: inherit; color: inherit; background: none; border: 0; cursor: pointer }
.copy { font-size: .8125rem; font-weight: 550; border: 1px solid var(--strong); border-radius: 6px; width: 4.75rem; flex: none; background: var(--surface) }
.copy:hover { background: var(--sunken) }
.undecided ul { list-style: none; padding: 0 }
.undecided li { display: flex; gap: .75rem; padding: .65rem 0; border-top: 1px solid var(--line) }
.undecided li > div { min-width: 0; overflow-wrap: anywhere }
.undecided p > span { color: var(--v) }
.ids { display: flex; flex-wrap: wrap; gap: .1rem .75rem }
.ids a { font: .8125rem/1.7 var(--mono) }

.filters { position: sticky; top: 0; z-index: 2; display: flex; gap: .75rem 1rem; align-items: center; justify-content: space-between; flex-wrap: wrap; background: var(--page); padding: .6rem 0; margin-bottom: .25rem }
fieldset { border: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .4rem; min-width: 0 }
.chip { position: relative }
.chip input { position: absolute; opacity: 0; inset: 0; width: 100%; height: 100%; cursor: pointer }
.chip > span { display: block; font-size: .875rem; line-height: 1.9rem; padding: 0 .8rem; border: 1px solid var(--line); border-radius: 99px; background: var(--surface); white-space: nowrap; color: var(--v, var(--ink)) }
.chip b { font-weight: 550; font-variant-numeric: tabular-nums; opacity: .8; margin-left: .15rem }
.chip:hover > span { border-color: var(--strong) }
.chip input:checked + span { background: var(--ink); border-color: var(--ink); color: var(--page) }
.chip input:focus-visible + span { outline: 2px solid var(--link); outline-offset: 2px }
.search { flex: 0 1 15rem }
.search input { width: 100%; font: inherit; font-size: .875rem; line-height: 1.9rem; height: 2.05rem; padding: 0 .9rem; color: inherit; background: var(--surface); border: 1px solid var(--line); border-radius: 99px }
.search input::placeholder { color: var(--muted); opacity: 1 }

table { width: 100%; border-collapse: collapse }
thead th { font-size: .8125rem; font-weight: 600; color: var(--muted); text-align: left; padding: .5rem .25rem; vertical-align: bottom; border-bottom: 1px solid var(--strong) }
thead th.provider { width: 5.75rem; text-align: center; overflow-wrap: anywhere }
.few thead th { position: sticky; top: 3.25rem; z-index: 1; background: var(--page) }
.many thead th.provider { width: 3rem }
.many thead th.provider span { writing-mode: vertical-rl; rotate: 180deg; max-height: 11rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.family th { text-align: left; font-size: .75rem; font-weight: 650; letter-spacing: .06em; padding: 1.4rem .25rem .35rem }
.family td { text-align: center; font-size: .75rem; font-variant-numeric: tabular-nums; padding: 1.4rem 0 .35rem; color: var(--muted) }
.family td span { color: var(--v) } .family td .v-pass { color: var(--muted) }
tr[data-rule] { border-top: 1px solid var(--line) }
tr[data-rule]:hover { background: var(--surface) }
tr[data-rule] th { font-weight: 400; text-align: left; padding: .3rem .25rem; display: flex; gap: 1rem; align-items: baseline; font-size: .9375rem }
tr[data-rule] th .id { flex: 0 0 7rem }
tr[data-rule] td { padding: 1px; text-align: center }
.cell { width: 2.75rem; height: 2rem; border-radius: 6px; color: var(--v); font-weight: 700; line-height: 1 }
.cell:hover { box-shadow: inset 0 0 0 1px var(--strong) }
.cell.v-fail { background: var(--fail-fill); color: #fff }
.cell.v-kit-error { background: var(--kit-error-fill); color: #fff }
.cell.v-unknown { background: var(--unknown-fill); color: #1d1c1a }
.cell[aria-expanded='true'] { box-shadow: inset 0 0 0 2px var(--ink) }
.detail td { padding: .25rem 0 .9rem; text-align: left }
.panel { position: relative; background: var(--surface); border: 1px solid var(--strong); border-top: 3px solid var(--v); border-radius: 8px; padding: 1rem 1.25rem 1.15rem }
.panel .verdict { color: var(--v); font-size: .8125rem; font-weight: 650 }
.panel h3 { font-size: 1.0625rem; font-weight: 600; line-height: 1.4; margin: .1rem 2rem .75rem 0 }
.panel dl { display: flex; flex-wrap: wrap; gap: .65rem 2rem; margin-top: .9rem }
.panel dt { font-size: .75rem; color: var(--muted) }
.panel dd { font-size: .9375rem; font-variant-numeric: tabular-nums }
.panel .meaning { color: var(--muted); font-size: .9375rem }
.panel .bugs { margin-top: .8rem; font-size: .8125rem; color: var(--muted) }
.panel .close { position: absolute; top: .5rem; right: .5rem; width: 2.25rem; height: 2.25rem; font-size: 1.4rem; line-height: 1; color: var(--muted); border-radius: 6px }
.panel .close:hover { background: var(--sunken) }

.slowest ol { list-style: none; padding: 0; display: grid; gap: .3rem }
.slowest li { display: grid; grid-template-columns: 7.5rem 7rem 1fr 5rem; gap: 1rem; align-items: center }
.slowest .where { overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.bar { height: 6px }
.bar i { display: block; height: 100%; border-radius: 3px; background: var(--strong) }
.time { text-align: right; font-size: .875rem; font-variant-numeric: tabular-nums }
.notrun dl, .legend dl { display: grid; gap: .5rem }
.notrun dl > div, .legend dl > div { display: grid; grid-template-columns: 10rem 1fr; gap: 1rem; align-items: baseline; border-top: 1px solid var(--line); padding-top: .5rem }
.notrun dt, .legend dt { font-weight: 550; overflow-wrap: anywhere }
.notrun dd { white-space: pre-wrap; overflow-wrap: anywhere; color: var(--muted); font-size: .9375rem }
.legend dd, .legend > p { color: var(--muted); font-size: .9375rem; max-width: 46rem }
.legend > p { margin-top: 1rem } .legend b { color: var(--ink); font-weight: 550 }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .8125rem; color: var(--muted) }

@media screen and (max-width: 44rem) {
  body { padding: 1.75rem 1rem 3rem }
  section { margin-top: 2.75rem }
  .facts { gap: .75rem 1.75rem }
  .findings summary { grid-template-columns: auto 1fr auto }
  .findings summary .title { grid-column: 1 / -1; grid-row: 2 }
  .filters { position: static }
  .search { flex: 1 1 100% }
  table, thead, tbody, tr.detail, tr.detail td { display: block }
  thead tr, tr.family, tr[data-rule] { display: grid; grid-template-columns: minmax(6.5rem, 1fr) repeat(var(--providers), 2.5rem); align-items: end }
  thead th.provider { width: auto; padding: .5rem 0 }
  thead th.provider span { writing-mode: vertical-rl; rotate: 180deg; max-height: 7rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
  thead tr { border-bottom: 1px solid var(--strong); background: var(--page) }
  thead th { border: 0 }
  .few thead { position: sticky; top: 0; z-index: 1 }
  .few thead th { position: static }
  tr[data-rule] th { display: contents }
  tr[data-rule] th .id { grid-area: 1 / 1; line-height: 2.6rem }
  tr[data-rule] th .title { grid-area: 2 / 1 / 3 / -1; padding: 0 0 .5rem; line-height: 1.4; margin-top: -.2rem }
  tr[data-rule] td { grid-row: 1; align-self: start }
  .cell { width: 2.35rem; height: 2.35rem }
  .many { overflow-x: auto }
  .many table { min-width: calc(6.5rem + var(--providers) * 2.5rem) }
  .many .id, .many .title, .many .panel, .many .family th, .many thead th:first-child { position: sticky; left: 0 }
  .many .id, .many .family th, .many thead th:first-child { background: var(--page) }
  .many .title, .many .panel { max-width: calc(100vw - 2rem) }
  .slowest li { grid-template-columns: 1fr auto; gap: 0 1rem }
  .slowest .where { grid-row: 1; grid-column: 1; padding-left: 7.5rem }
  .slowest .id { grid-row: 1; grid-column: 1 }
  .slowest .bar { grid-row: 2; grid-column: 1 / -1 }
  .notrun dl > div, .legend dl > div { grid-template-columns: 1fr; gap: 0 }
  .replay { flex-direction: column }
  .copy { height: 2.5rem; width: 100% }
}
@media print {
  :root { color-scheme: light }
  html { font-size: 9.5pt; background: none }
  .cell { height: 1.3rem }
  thead th.provider { width: 4.75rem }
  body { max-width: none; padding: 0 }
  .filters, .copy, .detail, .said { display: none !important }
  .few thead th { position: static }
  pre { max-height: none }
  .card, .evidence, .undecided li, tr, .slowest, .legend { break-inside: avoid }
  .mark, .cell, .tiles a, .level, .bar, .bar i { print-color-adjust: exact; -webkit-print-color-adjust: exact }
}
`
