import type { CheckResult, Progress } from './check.ts'
import { compare } from './events.ts'
import type { Operation } from './history.ts'
import type { Model } from './model.ts'
import { lanes } from './lanes.ts'
import { canonical } from './models/text.ts'

/** Operations of the longest order that are shown, its last ones; and of those that do not lead further. */
const SHOWN = { order: 4, pending: 4 }

/**
 * Says in at most twenty lines what a check found: the first illegal operation, a lane for each process with what was
 * before it and at its time, and the state where nothing leads further.
 */
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
        ...context(model, first, first.operation),
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

function context<S, I, O>(
  model: Model<S, I, O>,
  { linearization, pending, state }: Progress<S, I, O>,
  illegal?: Operation<I, O>,
): string[] {
  const order = linearization.slice(-SHOWN.order).map(({ operation }) => operation)
  const others = pending.filter((operation) => operation !== illegal)
  const stuck = illegal ? [illegal, ...others] : others
  const shown = stuck.slice(0, stuck.length > SHOWN.pending ? SHOWN.pending - 1 : SHOWN.pending)
  const labels = new Map<Operation<I, O>, string>([
    ...order.map((operation, index) => [operation, `${index + 1}`] as const),
    ...shown.map((operation) => [operation, operation === illegal ? '✗' : '?'] as const),
  ])
  const labelled = (operation: Operation<I, O>): string =>
    `    ${labels.get(operation)} ${line(model, operation)}`
  const bars = [...labels.keys()]
    .sort((a, b) => compare(a.call, b.call))
    .map((operation) => ({
      process: `${operation.process}`,
      call: operation.call,
      return: endOf(operation),
      label: labels.get(operation) ?? '',
    }))
  const rest = stuck.length - shown.length
  return [
    ...(bars.length > 0 ? lanes(bars).map((lane) => `    ${lane}`) : []),
    `  longest order: ${count(linearization.length, 'operation')}${order.length > 0 ? ', the last of them' : ''}`,
    ...order.map(labelled),
    `  then the state is ${model.describeState?.(state) ?? canonical(state)}, and none of these leads further`,
    ...shown.map(labelled),
    ...(rest > 0 ? [`    and ${rest} more`] : []),
  ]
}

function line<S, I, O>(model: Model<S, I, O>, operation: Operation<I, O>): string {
  const { input, outcome, process, call } = operation
  const output = outcome === 'ok' ? operation.output : undefined
  const what = model.describe?.(input, output) ?? `${canonical(input)} → ${canonical(output)}`
  return `process ${process} [${call}, ${endOf(operation) ?? 'open'}] ${what}`
}

function endOf<I, O>({ outcome, return: back }: Operation<I, O>): Operation<I, O>['return'] {
  return outcome === 'unknown' ? null : back
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
