import type { Model, Operation } from '../src/index.ts'

/** A model, and what random histories of it are made of. */
export interface Kind<S, I, O> {
  readonly model: Model<S, I, O>
  readonly inputs: readonly I[]
  /** What an input may give, right or wrong; `undefined` when it gives nothing. */
  outputs(input: I): readonly (O | undefined)[]
}

interface Draft<I, O> {
  readonly process: number
  readonly input: I
  readonly call: number
  readonly back: number
  readonly instant: number
  output: O | undefined
}

/**
 * A few operations of two to four processes with many ties. Outputs are those of a store that works at one instant of
 * each call; then some are changed, some operations fail, and some lose their reply.
 */
export function randomHistory<S, I, O>(
  { model, inputs, outputs }: Kind<S, I, O>,
  next: () => number,
): Operation<I, O>[] {
  const below = (limit: number): number => Math.floor(next() * limit)
  const pick = <T>(items: readonly T[]): T => {
    const item = items[below(items.length)]
    if (item === undefined && items.length === 0) throw new Error('nothing to pick from')
    return item as T
  }
  const processes = 2 + below(3)
  const clocks = Array.from({ length: processes }, () => 0)
  const drafts = Array.from({ length: 3 + below(5) }, (): Draft<I, O> => {
    const process = below(processes)
    const call = (clocks[process] ?? 0) + below(4)
    const back = call + below(7)
    clocks[process] = back
    const instant = call + below(back - call + 1)
    return { process, input: pick(inputs), call, back, instant, output: undefined }
  })

  const states = new Map<string | number, S>()
  for (const draft of drafts.toSorted((a, b) => a.instant - b.instant)) {
    const key = model.key?.(draft.input) ?? ''
    const state = states.get(key) ?? model.init()
    const at = operationOf(draft, draft.instant, draft.instant)
    const legal = outputs(draft.input).flatMap((output) => {
      const after = model.step(state, draft.input, output, at)
      return after === undefined ? [] : [{ output, after }]
    })
    if (legal.length === 0) continue
    const { output, after } = pick(legal)
    draft.output = output
    states.set(key, after)
  }

  const wrong = next() < 0.6 ? 0.25 : 0
  const lost = next() < 0.5 ? 0.3 : 0
  return drafts.map((draft): Operation<I, O> => {
    if (next() < wrong) draft.output = pick(outputs(draft.input))
    const operation = operationOf(draft, draft.call, draft.back)
    if (next() >= lost) return operation
    const { output: _output, ...rest } = operation
    if (next() < 0.3) return { ...rest, outcome: 'fail' }
    return { ...rest, outcome: 'unknown', return: next() < 0.5 ? null : draft.back }
  })
}

function operationOf<I, O>(
  { process, input, output }: Draft<I, O>,
  call: number,
  back: number,
): Operation<I, O> {
  const known = output === undefined ? {} : { output }
  return { process, input, ...known, call, return: back, outcome: 'ok' }
}
