/** An instant of one monotonic clock that all processes of a history share, for instance `process.hrtime.bigint()`. */
export type Time = number | bigint

/**
 * What the caller knows of an operation: `ok`, it was applied and answered; `fail`, it was certainly not applied;
 * `unknown`, it may have been applied, and may still be applied later.
 */
export type Outcome = 'ok' | 'fail' | 'unknown'

/** One call of one process. */
export interface Operation<I, O> {
  /** Who called. A process calls one operation at a time. */
  readonly process: string | number
  readonly input: I
  /** What came back. Not looked at unless the outcome is `ok`. */
  readonly output?: O | undefined
  readonly call: Time
  /** When the caller stopped waiting. `null`, never, only with the outcome `unknown`. */
  readonly return: Time | null
  readonly outcome: Outcome
}

/** A history, or a file that holds one, that cannot be read. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError'
  /** The line of the file, from 1, where there is one. */
  readonly line: number | undefined
  /** The place of the operation in the history, from 0, where there is one. */
  readonly index: number | undefined

  constructor(
    message: string,
    place: { readonly line?: number; readonly index?: number } = {},
    options?: ErrorOptions,
  ) {
    const where =
      place.line !== undefined
        ? `line ${place.line}: `
        : place.index !== undefined
          ? `operation ${place.index}: `
          : ''
    super(where + message, options)
    this.line = place.line
    this.index = place.index
  }
}
