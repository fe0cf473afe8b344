import { html, type Markup } from '../html/markup.ts'
import type { DrawnClient, DrawnHistory, DrawnOperation } from './drawn-history.ts'
import { callerOf, clip, labelOf, layOut, timeText, type Layout } from './layout.ts'

/** Pixels. */
const TOP = 30
const LANE = 54
const BAR = { y: 28, height: 14 }
const GROUP = 26
const STATE = { gap: 20, height: 26 }
/** Lines go on where the page is wider than the drawing. */
const BEYOND = 9999

const { compare: natural } = new Intl.Collator('en', { numeric: true })

interface Lane {
  readonly client: number
  readonly y: number
}

interface Group {
  readonly process: string
  readonly y: number
  readonly lanes: readonly Lane[]
}

/** The lanes of the clients, by process, and below them the state. */
export function drawing(history: DrawnHistory): Markup {
  const layout = layOut(history)
  const groups = groupsOf(history.clients)
  const lanes = groups.flatMap((group) => group.lanes)
  const stateY = (lanes.at(-1)?.y ?? TOP) + LANE + STATE.gap
  const height = stateY + STATE.height + 8
  const yOf = new Map(lanes.map(({ client, y }) => [client, y + BAR.y + BAR.height / 2]))
  const centre = ({ client }: DrawnOperation): number => yOf.get(client) ?? 0
  return html`<div class="drawing">
    <div class="names" style="height:${height}px" aria-hidden="true">
      <p class="process" style="top:3px">${history.unit}</p>
      ${groups.map((group) => names(group, history.clients))}
      <p class="name" style="top:${stateY + 2}px">state</p>
    </div>
    <div class="scroll" tabindex="-1">
      <svg
        class="lanes"
        role="group"
        aria-label="Operations by client, from left to right. The arrow keys go from one to the next."
        width="${layout.width}"
        height="${height}"
        viewBox="0 0 ${layout.width} ${height}"
        preserveAspectRatio="xMinYMin"
      >
        <defs>
          <linearGradient id="fade">
            <stop offset="0" stop-color="#fff" />
            <stop offset=".55" stop-color="#fff" />
            <stop offset="1" stop-color="#000" />
          </linearGradient>
          <mask id="open" maskContentUnits="objectBoundingBox">
            <rect width="1" height="1" fill="url(#fade)" />
          </mask>
        </defs>
        ${ticks(layout, stateY - STATE.gap / 2)}
        ${lanes.map(
          ({ client, y }) =>
            html`<line class="rule" x1="0" x2="${BEYOND}" y1="${y + LANE}" y2="${y + LANE}" /><text
                class="printed"
                aria-hidden="true"
                x="2"
                y="${y + 11}"
              >
                ${history.clients[client]?.id}
              </text>`,
        )}
        ${order(history, layout, centre, stateY)}
        ${byStart(history).map((index) => operation(history, layout, index, centre))}
        ${states(history, layout, stateY)}
      </svg>
    </div>
  </div>`
}

/** The order in which the arrow keys and readers go through the operations. */
function byStart({ operations }: DrawnHistory): number[] {
  const start = (index: number): number => operations[index]?.start ?? 0
  return [...operations.keys()].sort((a, b) => start(a) - start(b))
}

function groupsOf(clients: readonly DrawnClient[]): Group[] {
  let y = TOP
  const byProcess = Map.groupBy([...clients.entries()], ([, { process }]) => process)
  const sorted = [...byProcess].sort(([a], [b]) => natural(a, b))
  return sorted.map(([process, members]) => {
    if (process !== '') y += GROUP
    const top = y - GROUP
    const lanes = members.map(([client]) => {
      y += LANE
      return { client, y: y - LANE }
    })
    return { process, y: top, lanes }
  })
}

function names({ process, y, lanes }: Group, clients: readonly DrawnClient[]): Markup {
  return html`${process === '' ? undefined : html`<p class="process" style="top:${y + 4}px">${process}</p>`}
  ${lanes.map(
    (lane) =>
      html`<p class="name" style="top:${lane.y + BAR.y - 6}px">${clients[lane.client]?.id}</p>`,
  )}`
}

function ticks({ ticks: all }: Layout, bottom: number): Markup {
  return html`<g class="ticks" aria-hidden="true">
    ${all.map(
      ({ at, text }) =>
        html`<line x1="${px(at)}" x2="${px(at)}" y1="20" y2="${bottom}" /><text x="${px(at)}" y="15"
            >${text}</text
          >`,
    )}
  </g>`
}

/** The line through the points at which the operations took effect. */
function order(
  { operations, linearized }: DrawnHistory,
  { points }: Layout,
  centre: (operation: DrawnOperation) => number,
  stateY: number,
): Markup {
  const path = linearized.map(({ operation: index }, place) => {
    const operation = operations[index]
    return `${place === 0 ? 'M' : 'L'}${px(points[place] ?? 0)} ${operation ? centre(operation) : 0}`
  })
  return html`<g class="order" aria-hidden="true">
    ${linearized.map(({ operation: index }, place) => {
      const operation = operations[index]
      const x = px(points[place] ?? 0)
      return html`<line
        class="drop"
        x1="${x}"
        x2="${x}"
        y1="${operation ? centre(operation) : 0}"
        y2="${stateY}"
      />`
    })}
    <path d="${path.join('')}" />
  </g>`
}

function operation(
  history: DrawnHistory,
  { bars, points }: Layout,
  index: number,
  centre: (operation: DrawnOperation) => number,
): Markup {
  const { operations, linearized, clients, firstIllegal } = history
  const one = operations[index]
  const bar = bars[index]
  if (one === undefined || bar === undefined) return html``
  const place = linearized.findIndex((step) => step.operation === index)
  const illegal = index === firstIllegal
  const y = centre(one) - BAR.height / 2
  const width = Math.max(BAR.height, bar.to - bar.from)
  const kind = illegal ? 'illegal' : place >= 0 ? 'ordered' : 'pending'
  const said = [
    `${callerOf(clients[one.client]?.id ?? '')}: ${labelOf(one)}`,
    one.end === null
      ? `from ${timeText(one.start)}, never seen to return`
      : `from ${timeText(one.start)} to ${timeText(one.end)}`,
    illegal ? 'the first illegal operation' : '',
    place >= 0 ? `number ${place + 1} in the order` : '',
    one.outcome === 'fail' ? 'failed' : '',
  ]
  return html`<g
    class="op ${kind} ${one.outcome}"
    role="img"
    tabindex="${illegal ? 0 : -1}"
    data-op="${index}"
    aria-label="${said.filter((text) => text !== '').join(', ')}"
  >
    <rect
      class="hit"
      x="${px(bar.from - 4)}"
      y="${px(y - 20)}"
      width="${px(width + 8)}"
      height="${BAR.height + 26}"
    />
    <text class="label" x="${px(bar.from)}" y="${px(y - 6)}">${bar.label}</text>
    <rect
      class="span"
      x="${px(bar.from)}"
      y="${px(y)}"
      width="${px(width)}"
      height="${BAR.height}"
      rx="4"
      ${one.end === null ? html` mask="url(#open)"` : undefined}
    />
    ${place >= 0 ? point(points[place] ?? 0, centre(one), String(place + 1)) : undefined}
    ${illegal ? point(bar.from + width / 2, centre(one), '✗') : undefined}
  </g>`
}

function point(x: number, y: number, text: string): Markup {
  const radius = text.length > 2 ? 11 : 9
  return html`<circle class="point" cx="${px(x)}" cy="${px(y)}" r="${radius}" /><text
      class="number"
      x="${px(x)}"
      y="${px(y + 3.6)}"
      >${text}</text
    >`
}

/** What the model holds; at the end, where nothing leads on. */
function states({ firstIllegal }: DrawnHistory, { states: all }: Layout, y: number): Markup {
  return html`<g class="states" aria-hidden="true">
    ${all.map(({ from, to, text }, index) => {
      const last = index === all.length - 1
      return html`<g class="${last && firstIllegal !== undefined ? 'state end' : 'state'}">
        <title>${text}</title>
        <rect
          x="${px(from)}"
          y="${y}"
          width="${px(last ? BEYOND : to - from)}"
          height="${STATE.height}"
        />
        <text x="${px(from + 9)}" y="${y + 17}">${clip(text, to - from - 16)}</text>
      </g>`
    })}
  </g>`
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10)
}
