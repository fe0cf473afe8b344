import {
  explain,
  shrinkHistory,
  type CheckResult,
  type Model,
  type Operation,
} from '@holdfast/linearizability'
import { Violation } from '../../expect.ts'
import { drawHistory } from './draw-history.ts'

/**
 * The violation that an illegal history is: shrunk, told in words and lanes, and drawn. Instants that are bigints are
 * nanoseconds, others ms. `what` is for instance `update and get of a workflow`; `processOf` tells the process that a
 * client is in.
 */
export function notLinearizable<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<NoInfer<I>, NoInfer<O>>[],
  result: Extract<CheckResult<S, NoInfer<I>, NoInfer<O>>, { verdict: 'illegal' }>,
  what: string,
  processOf?: (client: string) => string,
): Violation {
  const left = shrinkHistory(model, operations) ?? { history: operations, result }
  const title = `${what} is not linearizable`
  return new Violation(`${title}\n${explain(model, left.result)}`, {
    history: drawHistory(model, left.history, left.result, {
      title,
      whole: operations,
      ...(processOf && { processOf }),
    }),
  })
}
