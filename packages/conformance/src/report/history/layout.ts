import type { DrawnHistory, DrawnOperation } from './drawn-history.ts'

/** Where everything is, in pixels. Time runs to the right, a step for each event, however long it took. */
export interface Layout {
  readonly width: number
  /** By operation. */
  readonly bars: readonly Bar[]
  /** Where the operations took effect, in their order. */
  readonly points: readonly number[]
  /** What the model holds, from one change to the next. */
  readonly states: readonly State[]
  readonly ticks: readonly Tick[]
}

export interface Span {
  readonly from: number
  readonly to: number
}

export interface Bar extends Span {
  /** As much of what it says as there is room for. */
  readonly label: string
}

export interface State extends Span {
  readonly text: string
}

export interface Tick {
  readonly at: number
  readonly text: string
}

/** Of a character of the labels, which are of a fixed width. */
const CHARACTER = 7.3
const MARGIN = 16
/** A small history fills the page all the same. */
const LEAST = 960
const TICKS_APART = 72

/** More operations than that, and labels have to fit where there is room, instead of making it. */
const SPACIOUS = 40

export function layOut(history: DrawnHistory): Layout {
  const { operations, linearized } = history
  const spacious = operations.length <= SPACIOUS
  const columns = columnsOf(history)
  const labels = operations.map(labelOf)
  const widths = columns.all.map((kind) => (kind === 'point' ? 22 : 12) * (spacious ? 1 : 0.7))
  const ends = operations.map((operation, index) => ({
    from: columns.call(operation),
    to: operation.end === null ? columns.all.length : columns.back(operation.end),
    until: nextOf(history, index, columns.call) ?? columns.all.length,
  }))
  const pointColumns = linearized.map((_, index) => columns.point(index))

  const longest = spacious ? 34 : 4
  for (const [index, { from, until }] of ends.entries()) {
    const label = labels[index]?.slice(0, longest) ?? ''
    widen(widths, from, until, label.length * CHARACTER + 14)
  }
  const states = statesOf(history)
  const statesFrom = states.map(({ point }) => (point === undefined ? 0 : columns.point(point)))
  for (const [index, { text }] of states.entries()) {
    const until = statesFrom[index + 1] ?? columns.all.length
    const last = index === states.length - 1
    const characters = Math.min(text.length, last ? 60 : spacious ? 32 : 3)
    widen(widths, statesFrom[index] ?? 0, until, characters * CHARACTER + 26)
  }

  const sum = widths.reduce((all, width) => all + width, 0)
  const stretch = Math.max(1, (LEAST - 2 * MARGIN) / sum)
  const xs: number[] = [MARGIN]
  for (const width of widths) xs.push((xs.at(-1) ?? 0) + width * stretch)
  const x = (column: number): number => xs[column] ?? 0
  const width = x(columns.all.length) + MARGIN
  return {
    width,
    bars: ends.map(({ from, to, until }, index) => ({
      from: x(from),
      to: x(to),
      label: clip(labels[index] ?? '', x(until) - x(from) - 8),
    })),
    points: pointColumns.map(x),
    states: states.map(({ text }, index) => ({
      from: index === 0 ? 0 : x(statesFrom[index] ?? 0),
      to: index + 1 < states.length ? x(statesFrom[index + 1] ?? 0) : width,
      text,
    })),
    ticks: ticksOf(columns.instants, x),
  }
}

/** `write(1)`, `read → 2`. */
export function labelOf({
  name,
  argument,
  result,
}: Pick<DrawnOperation, 'name' | 'argument' | 'result'>): string {
  const call = argument === '' && result !== undefined ? name : `${name}(${argument})`
  return `${call}${result === undefined ? '' : ` → ${result}`}`
}

/** `client-3`, and `client 3` of one that has a number only. */
export function callerOf(id: string): string {
  return /^\d+$/.test(id) ? `client ${id}` : id
}

/** As much of a text as fits into a width; nothing where even a few characters do not. */
export function clip(text: string, width: number): string {
  const room = Math.floor(width / CHARACTER)
  if (text.length <= room) return text
  return room < 3 ? '' : `${text.slice(0, room - 1)}…`
}

interface StateFrom {
  readonly text: string
  /** The operation that led to it, by its place in the order; `undefined` for the first state. */
  readonly point: number | undefined
}

/** The first state, and those that an operation changed it to. The last one says what does not follow it. */
function statesOf({ initial, linearized, operations, firstIllegal }: DrawnHistory): StateFrom[] {
  const illegal = operations[firstIllegal ?? -1]
  const all: StateFrom[] = [
    { text: initial, point: undefined },
    ...linearized.map(({ state }, point) => ({ text: state, point })),
  ]
  const states = all.filter(({ text }, index) => {
    const deadEnd = illegal !== undefined && index === all.length - 1
    return deadEnd || text !== all[index - 1]?.text
  })
  const last = states.pop()
  if (last === undefined) return states
  const text = illegal === undefined ? last.text : `${last.text}  ✗ ${labelOf(illegal)}`
  return [...states, { ...last, text }]
}

interface Columns {
  readonly all: readonly ('call' | 'point' | 'return')[]
  call(operation: DrawnOperation): number
  point(order: number): number
  back(end: number): number
  readonly instants: readonly { readonly time: number; readonly column: number }[]
}

/**
 * The events from left to right. At one instant the calls come first and the returns last, since an interval is closed. An
 * operation takes effect as early as its call and the order allow, which is before its return.
 */
function columnsOf({ operations, linearized }: DrawnHistory): Columns {
  let last = -Infinity
  const effects = linearized.map(({ operation }) => {
    last = Math.max(last, operations[operation]?.start ?? last)
    return last
  })
  const times = operations.flatMap(({ start, end }) => (end === null ? [start] : [start, end]))
  const all: ('call' | 'point' | 'return')[] = []
  const calls = new Map<number, number>()
  const points: number[] = []
  const returns = new Map<number, number>()
  const instants = [...new Set(times)].sort((a, b) => a - b)
  const called = new Set(operations.map(({ start }) => start))
  const returned = new Set(operations.map(({ end }) => end))
  for (const time of instants) {
    if (called.has(time)) calls.set(time, all.push('call') - 1)
    for (let order = points.length; effects[order] === time; order++) {
      points.push(all.push('point') - 1)
    }
    if (returned.has(time)) returns.set(time, all.push('return') - 1)
  }
  return {
    all,
    call: ({ start }) => calls.get(start) ?? 0,
    point: (order) => points[order] ?? 0,
    back: (end) => returns.get(end) ?? all.length,
    instants: instants.map((time) => ({
      time,
      column: calls.get(time) ?? returns.get(time) ?? 0,
    })),
  }
}

/** The column where the next operation of the same client begins. */
function nextOf(
  { operations }: DrawnHistory,
  index: number,
  call: (operation: DrawnOperation) => number,
): number | undefined {
  const client = operations[index]?.client
  const from = operations[index]?.start ?? 0
  const later = operations.filter((other) => other.client === client && other.start > from)
  return later.length === 0 ? undefined : Math.min(...later.map(call))
}

/** Makes room between two columns. */
function widen(widths: number[], from: number, to: number, wanted: number): void {
  const have = widths.slice(from, to).reduce((sum, width) => sum + width, 0)
  if (have >= wanted || to <= from) return
  const more = (wanted - have) / (to - from)
  for (let column = from; column < to; column++) widths[column] = (widths[column] ?? 0) + more
}

function ticksOf(instants: Columns['instants'], x: (column: number) => number): Tick[] {
  const ticks: Tick[] = []
  for (const { time, column } of instants) {
    const at = x(column)
    const before = ticks.at(-1)
    if (before === undefined || at - before.at >= TICKS_APART)
      ticks.push({ at, text: timeText(time) })
  }
  return ticks
}

/** `0`, `12`, `3.25`: three digits are enough to find an instant again. */
export function timeText(time: number): string {
  return String(Number(time.toPrecision(Math.max(3, String(Math.trunc(time)).length))))
}
