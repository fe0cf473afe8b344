import type { Operation, Outcome, Time } from '../src/index.ts'

/** An operation in one line. Without a return it is of an unknown outcome. */
export function op<I, O>(
  process: string | number,
  call: Time,
  back: Time | null,
  input: I,
  output?: O,
  outcome: Outcome = back === null ? 'unknown' : 'ok',
): Operation<I, O> {
  return {
    process,
    input,
    call,
    return: back,
    outcome,
    ...(output === undefined ? {} : { output }),
  }
}
