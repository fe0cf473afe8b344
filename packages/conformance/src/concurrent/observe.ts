import {
  check,
  explain,
  shrinkHistory,
  type Model,
  type Operation,
} from '@holdfast/linearizability'
import { isPersistenceError } from '@holdfast/spec'
import { Inconclusive, Violation } from '../expect.ts'
import { drawHistory } from '../report/history/draw-history.ts'
import type { Trial } from '../trial.ts'
import type { Client } from './clients.ts'

/** What several clients did to some records, and what they were told. */
export interface Observed<I, O> {
  readonly operations: Operation<I, O>[]
  /** The host of each client, by name. */
  readonly hosts: Map<string, string>
  /** Makes a call, and puts it down. `undefined` when nothing came back. */
  note(
    client: Pick<Client, 'name' | 'host' | 'last'>,
    input: I,
    call: () => Promise<O>,
  ): Promise<O | undefined>
}

export function observe<I, O>(): Observed<I, O> {
  const operations: Operation<I, O>[] = []
  const hosts = new Map<string, string>()
  return {
    operations,
    hosts,
    async note(client, input, call) {
      const put = (outcome: Operation<I, O>['outcome'], output?: O): void => {
        const { start, end } = client.last
        const process = client.name
        hosts.set(process, client.host)
        operations.push({ process, input, output, call: start, return: end, outcome })
      }
      try {
        const output = await call()
        put('ok', output)
        return output
      } catch (error) {
        if (!isPersistenceError(error)) throw error
        put(error.outcome === 'unknown' ? 'unknown' : 'fail')
        return undefined
      }
    },
  }
}

/**
 * The history could have come from a store that does one operation after the other. `conflicts` tells how often clients
 * were in each other's way: returns whether they were.
 */
export function linearizable<S, I, O>(
  trial: Trial,
  model: Model<S, I, O>,
  { operations, hosts }: Observed<I, O>,
  what: string,
): boolean {
  const result = check(model, operations)
  trial.count('operations in histories', result.operations)
  if (result.verdict === 'illegal') {
    const { history, result: found } = shrinkHistory(model, operations) ?? {
      history: operations,
      result,
    }
    const title = `${what} is not linearizable`
    const processOf = (client: string): string => hosts.get(client) ?? ''
    throw new Violation(`${title}\n${explain(model, found)}`, {
      history: drawHistory(model, history, found, { title, processOf, whole: operations }),
    })
  }
  if (result.verdict === 'unknown') throw new Inconclusive(`${what}: ${explain(model, result)}`)
  return operations.some((one) =>
    operations.some(
      (other) =>
        one.process !== other.process &&
        other.return !== null &&
        one.return !== null &&
        one.call <= other.return &&
        other.call <= one.return,
    ),
  )
}
