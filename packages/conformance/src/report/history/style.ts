/** What the drawing of a history has beyond the style of the reports. */
export const HISTORY_STYLE: string = `
body { max-width: 92rem }
.sentence { font-size: 1.125rem; line-height: 1.5; max-width: 52rem; margin: -.5rem 0 1.5rem; overflow-wrap: anywhere }
.rule-of { margin: -.75rem 0 1.25rem; color: var(--muted) }
.top .replay { max-width: 52rem; margin-top: 1.5rem }
figure { margin-top: 2.25rem; background: var(--surface); border: 1px solid var(--line); border-radius: 12px; overflow: hidden }
.drawing { display: flex; position: relative }
.names { position: relative; flex: none; width: 7.5rem; background: var(--surface); border-right: 1px solid var(--line) }
.names p { position: absolute; left: 1rem; right: .5rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.name { font: 600 .8125rem/1.6 var(--mono) }
.process { font-size: .75rem; color: var(--muted) }
.drawing .scroll { flex: 1; min-width: 0; overflow-x: auto; overscroll-behavior-x: contain }
.lanes { display: block; min-width: 100% }
.lanes text { font: 12px var(--mono); fill: var(--ink) }
.label { paint-order: stroke; stroke: var(--surface); stroke-width: 4; stroke-linejoin: round }
.rule { stroke: var(--line) }
.ticks line { stroke: var(--line); stroke-dasharray: 1 4 }
.ticks text { fill: var(--muted); font-size: 11px }
.order path { fill: none; stroke: var(--link); stroke-width: 1.5; stroke-linejoin: round; opacity: .55 }
.order .drop { stroke: var(--link); stroke-dasharray: 1 4; opacity: .5 }
.op { cursor: default; outline: none }
.hit { fill: transparent }
.span { fill: light-dark(#f1efea, #35342f); stroke: var(--strong) }
.op.pending .span { fill: var(--surface); stroke-dasharray: none }
.op.pending .label { fill: var(--muted) }
.op.fail .span { fill: none; stroke-dasharray: 3 3 }
.op.fail .label { fill: var(--muted) }
.op.illegal .span { fill: var(--fail-soft); stroke: var(--fail-fill); stroke-width: 1.5 }
.op.illegal .label { fill: var(--fail); font-weight: 700 }
.point { fill: var(--link); stroke: var(--surface); stroke-width: 2 }
.op.illegal .point { fill: var(--fail-fill) }
.lanes .number { font: 700 10px system-ui, sans-serif; fill: var(--surface); text-anchor: middle }
.op.illegal .number { fill: #fff; font-size: 11px }
.op:hover .span, .op:focus .span, .op.on .span { stroke: var(--ink); stroke-width: 2 }
.op:focus-visible .hit { stroke: var(--link); stroke-width: 2; rx: 6 }
.state rect { fill: var(--sunken); stroke: var(--surface) }
.state.end rect { fill: var(--fail-soft) }
.state.end text { fill: var(--fail) }
figcaption { border-top: 1px solid var(--line); padding: .8rem 1rem; font-size: .8125rem; color: var(--muted); display: flex; flex-wrap: wrap; gap: .4rem 1.6rem }
figcaption span { display: inline-flex; gap: .5rem; align-items: center }
figcaption svg { flex: none }
.tip { position: fixed; z-index: 5; left: 0; top: 0; max-width: 26rem; background: var(--ink); color: var(--page); border-radius: 8px; padding: .6rem .8rem; font-size: .8125rem; line-height: 1.45; pointer-events: none; box-shadow: 0 6px 24px rgb(0 0 0 / .22) }
.tip b { font: 600 .875rem/1.4 var(--mono); display: block; overflow-wrap: anywhere; margin-bottom: .25rem }
.tip dl { display: grid; grid-template-columns: auto 1fr; gap: 0 .8rem }
.tip dt { opacity: .7 }
.tip dd { overflow-wrap: anywhere; font-variant-numeric: tabular-nums }
.operations .wide { overflow-x: auto }
.operations table { display: table; font-size: .875rem }
.operations thead { display: table-header-group } .operations tbody { display: table-row-group }
.operations thead tr { display: table-row; background: none; border: 0 }
.operations th, .operations td { text-align: left; padding: .4rem .9rem .4rem .25rem; vertical-align: baseline; white-space: nowrap }
.operations tbody tr { border-top: 1px solid var(--line) }
.operations tbody tr:hover, .operations tbody tr.on { background: var(--surface) }
.operations tbody th { font: 600 .8125rem/1.5 var(--mono); white-space: normal; overflow-wrap: anywhere; min-width: 12rem }
.operations td { font-variant-numeric: tabular-nums }
.operations .text { font: .8125rem/1.5 var(--mono); white-space: normal; overflow-wrap: anywhere }
.operations .bad { color: var(--fail); font-weight: 600 }
@media screen { .lanes .printed { display: none } }
@media screen and (max-width: 44rem) {
  .names { width: 4.5rem }
  .names p { left: .6rem; right: .25rem }
}
@page { size: landscape; margin: 12mm }
@media print {
  figure { break-inside: avoid; border-color: #ccc }
  .drawing .scroll { overflow: visible }
  .lanes { max-width: 100%; height: auto; min-width: 0 }
  .names { display: none }
  .lanes .printed { font-size: 10px; fill: var(--muted) }
  .tip { display: none }
  .span, .point, .state rect { print-color-adjust: exact; -webkit-print-color-adjust: exact }
}
`
