import type { CheckResult, Model, Operation, Time } from '@holdfast/linearizability'
import { callerOf, labelOf } from './layout.ts'
import type { DrawnClient, DrawnHistory, DrawnOperation } from './drawn-history.ts'

export interface DrawOptions<I, O> {
  /** What happened, in a few words. */
  readonly title: string
  /** What instants count that are numbers. Bigints are nanoseconds, and drawn as ms from the first call on. @default 'ms' */
  readonly unit?: string
  /** The process of the operating system that a client is in. @default none */
  readonly processOf?: (client: string) => string
  /** The history before it was shrunk. @default the history itself */
  readonly whole?: readonly Operation<I, O>[]
}

/**
 * What a drawing needs of an illegal history: of the key that was violated first, the operations up to the return of the
 * illegal one, the longest order that they have, and where it ends.
 */
export function drawHistory<S, I, O>(
  model: Model<S, I, O>,
  history: readonly Operation<I, O>[],
  result: Extract<CheckResult<S, I, O>, { verdict: 'illegal' }>,
  options: DrawOptions<NoInfer<I>, NoInfer<O>>,
): DrawnHistory {
  const { title, unit = 'ms', processOf, whole = history } = options
  const { key, operation: illegal, linearization, state } = result.violations[0]
  const own = history
    .filter(({ input, call }) => model.key?.(input) === key && call <= (illegal.return ?? call))
    .sort((a, b) => Number(a.call) - Number(b.call))
  const names = [...new Set(own.map(({ process }) => String(process)))].sort(natural)
  const start = own[0]?.call ?? 0
  const clients = names.map((id): DrawnClient => ({ id, process: processOf?.(id) ?? '' }))
  const operations = own.map((operation): DrawnOperation => {
    const { call, return: back, outcome } = operation
    return {
      client: names.indexOf(String(operation.process)),
      ...textsOf(model, operation),
      start: since(start, call),
      end: back === null || outcome === 'unknown' ? null : since(start, back),
      outcome,
      key: key === undefined ? '' : String(key),
    }
  })
  const text = (one: S): string => model.describeState?.(one) ?? show(one)
  const firstIllegal = own.indexOf(illegal)
  return {
    title,
    sentence: `No order of these operations explains ${labelOf(textsOf(model, illegal))} by ${callerOf(String(illegal.process))}. The longest order that there is ends with the state ${text(state)}, and nothing can follow.`,
    model: model.name,
    unit,
    clients,
    operations,
    initial: text(model.init()),
    linearized: linearization.map((step) => ({
      operation: own.indexOf(step.operation),
      state: text(step.state),
    })),
    firstIllegal,
    ...(whole.length > own.length && { shrunkFrom: whole.length }),
  }
}

const { compare: natural } = new Intl.Collator('en', { numeric: true })

function since(start: Time, instant: Time): number {
  if (typeof start !== 'bigint' || typeof instant !== 'bigint') return Number(instant)
  return Number(instant - start) / 1e6
}

/** `write`, `1` and nothing of `k0: write(1)`. */
function textsOf<S, I, O>(
  model: Model<S, I, O>,
  { input, output, outcome }: Operation<I, O>,
): Pick<DrawnOperation, 'name' | 'argument' | 'result'> {
  const answer = outcome === 'ok' ? output : undefined
  const text = model.describe?.(input, answer) ?? `${show(input)}() → ${show(answer)}`
  const [, name = text, argument = '', result] =
    /^(?:.*?: )?([\w-]+)\((.*?)\)(?: → (.*))?$/s.exec(text) ?? []
  return { name, argument, ...(result !== undefined && result !== '?' && { result }) }
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
