import { HistoryError, type Operation } from './history.ts'

interface Pending<I> {
  readonly input: I
  readonly call: number
  readonly slot: number
}

/** Joins the calls and the returns of a log. The number of a line is its instant. */
export interface Pairing<I, O> {
  invoke(process: string, input: I, line: number): void
  /** `what` has to be what the process called, by `same`. Returns its input. */
  settle(
    process: string,
    line: number,
    same: (input: I) => boolean,
    result: (input: I) => Pick<Operation<I, O>, 'outcome' | 'output'>,
  ): void
  /** The operations by call. What never returned is of an unknown outcome. */
  finish(): Operation<I, O>[]
}

export function createPairing<I, O>(): Pairing<I, O> {
  const pending = new Map<string, Pending<I>>()
  const operations: (Operation<I, O> | undefined)[] = []
  const unsettled = (process: string, { input, call }: Pending<I>): Operation<I, O> => ({
    process,
    input,
    call,
    return: null,
    outcome: 'unknown',
  })
  return {
    invoke(process, input, line) {
      const busy = pending.get(process)
      if (busy) {
        throw new HistoryError(
          `process ${process} calls before its call of line ${busy.call} is over`,
          { line },
        )
      }
      pending.set(process, { input, call: line, slot: operations.push(undefined) - 1 })
    },
    settle(process, line, same, result) {
      const call = pending.get(process)
      if (!call)
        throw new HistoryError(`process ${process} returns, but has called nothing`, { line })
      if (!same(call.input)) {
        throw new HistoryError(
          `process ${process} returns from something else than it called at line ${call.call}`,
          { line },
        )
      }
      pending.delete(process)
      const settled = result(call.input)
      operations[call.slot] = {
        ...unsettled(process, call),
        ...settled,
        ...(settled.outcome === 'unknown' ? {} : { return: line }),
      }
    },
    finish() {
      for (const [process, call] of pending) operations[call.slot] = unsettled(process, call)
      return operations.filter((operation) => operation !== undefined)
    },
  }
}

/** The lines of a text that hold something, with their numbers. */
export function* linesOf(text: string): Generator<[number, string]> {
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() !== '') yield [index + 1, line]
  }
}

/** The beginning of a line that could not be read, for a message. */
export function excerpt(line: string): string {
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line)
}
