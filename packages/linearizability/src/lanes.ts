import { compare } from './events.ts'
import type { Time } from './history.ts'

/** An operation in its lane. */
export interface Bar {
  readonly process: string
  readonly call: Time
  /** `null`: it never ended. */
  readonly return: Time | null
  /** What stands on it. */
  readonly label: string
}

/**
 * A line for each process, with its operations side by side. From one instant to the next it is always as far: what
 * overlaps is seen, not how long it took.
 */
export function lanes(bars: readonly Bar[]): string[] {
  const step = Math.max(...bars.map(({ label }) => label.length)) + 2
  const instants = bars
    .flatMap(({ call, return: back }) => (back === null ? [call] : [call, back]))
    .sort(compare)
    .filter((instant, index, all) => index === 0 || compare(instant, all[index - 1] ?? 0) !== 0)
  const column = (instant: Time): number => step * instants.findIndex((one) => one === instant)
  const end = step * instants.length
  const byProcess = Map.groupBy(bars, ({ process }) => process)
  const names = Math.max(...[...byProcess.keys()].map((name) => name.length))
  return [...byProcess].map(([process, own]) => {
    const line = own.reduce((before, { call, return: back, label }) => {
      const from = column(call)
      const to = back === null ? end : column(back)
      return `${before.padEnd(from)}${barOf(label, to - from + 1, back === null)}`
    }, '')
    return `${process.padEnd(names)}  ${line}`.trimEnd()
  })
}

function barOf(label: string, width: number, open: boolean): string {
  if (width === 1) return label
  const left = Math.ceil((width - 2 - label.length) / 2)
  const right = width - 2 - label.length - left
  return open
    ? `├${'─'.repeat(left)}${label}${'┄'.repeat(right + 1)}`
    : `├${'─'.repeat(left)}${label}${'─'.repeat(right)}┤`
}
