import type { CheckResult, Progress } from './check.ts'
import type { Operation } from './history.ts'
import type { Model } from './model.ts'
import { canonical } from './models/text.ts'

const SHOWN = 5

/** Says in a few lines what a check found: the first illegal operation, what was before it, and what was under way. */
export function explain<S, I, O>(model: Model<S, I, O>, result: CheckResult<S, I, O>): string {
  const checked = `${count(result.operations, 'operation')}, ${count(result.partitions, 'key')}`
  switch (result.verdict) {
    case 'ok':
      return `ok: ${checked}`
    case 'illegal': {
      const [first, ...others] = result.violations
      const more = others.length > 0 ? `, and ${count(others.length, 'other key')}` : ''
      return [
        `illegal: ${checked}; not linearizable at`,
        `  ${line(model, first.operation)}${more}`,
        ...context(model, first),
      ].join('\n')
    }
    case 'unknown': {
      const [first, ...others] = result.unfinished
      const more = others.length > 0 ? `, and ${count(others.length, 'other key')}` : ''
      const key = first.key === undefined || first.key === '' ? '' : ` at key ${first.key}`
      return [
        `unknown: ${checked}; out of ${first.exhausted}${key}${more}`,
        ...context(model, first),
      ].join('\n')
    }
  }
}

function context<S, I, O>(model: Model<S, I, O>, progress: Progress<S, I, O>): string[] {
  const { linearization, pending, state } = progress
  const recent = linearization.slice(-SHOWN)
  const shown = (operations: readonly Operation<I, O>[]): string[] => {
    const rest = operations.length - SHOWN * 2
    return [
      ...operations.slice(0, SHOWN * 2).map((operation) => `    ${line(model, operation)}`),
      ...(rest > 0 ? [`    and ${rest} more`] : []),
    ]
  }
  return [
    `  longest order: ${count(linearization.length, 'operation')}${recent.length > 0 ? ', the last of them' : ''}`,
    ...shown(recent.map(({ operation }) => operation)),
    `  then the state is ${model.describeState?.(state) ?? canonical(state)}, and none of these leads further`,
    ...shown(pending),
  ]
}

function line<S, I, O>(model: Model<S, I, O>, operation: Operation<I, O>): string {
  const { input, outcome, process, call } = operation
  const output = outcome === 'ok' ? operation.output : undefined
  const what = model.describe?.(input, output) ?? `${canonical(input)} → ${canonical(output)}`
  const until = outcome === 'unknown' || operation.return === null ? 'open' : `${operation.return}`
  return `process ${process} [${call}, ${until}] ${what}`
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
