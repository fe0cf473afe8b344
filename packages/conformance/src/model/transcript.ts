/** One operation of a report. */
export interface Line {
  readonly number: string
  readonly text: string
  outcome: string
}

/** What was done in a sequence, in lines that are numbered; what a handler did is numbered under its operation. */
export interface Transcript {
  begin(text: string): Line
  say(text: string): void
  /** Numbers what comes from now on under the last line. */
  enter(): void
  leave(): void
  /** Forgets a line: the last reading is of interest only where it fails. */
  drop(line: Line): void
  toString(): string
}

export function createTranscript(): Transcript {
  const lines: Line[] = []
  const counters = [0]
  return {
    begin(text) {
      counters.push((counters.pop() ?? 0) + 1)
      const line = { number: `${counters.join('.')}. `, text, outcome: '' }
      lines.push(line)
      return line
    },
    say(text) {
      lines.push({ number: '', text, outcome: '' })
    },
    enter: () => void counters.push(0),
    leave: () => void counters.pop(),
    drop(line) {
      lines.splice(lines.indexOf(line))
      counters.push((counters.pop() ?? 0) - 1)
    },
    toString: () =>
      lines
        .map(({ number, text, outcome }) =>
          outcome === '' ? `  ${number}${text}` : `  ${number}${text} → ${outcome}`,
        )
        .join('\n'),
  }
}
