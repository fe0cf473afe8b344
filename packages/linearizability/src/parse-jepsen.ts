import { HistoryError, type Operation } from './history.ts'
import type { RegisterInput, RegisterOutput } from './models/register.ts'
import { createPairing, excerpt, linesOf } from './pairing.ts'

const EVENT =
  /INFO\s+jepsen\.util - (\d+)\s+:(invoke|ok|fail|info)\s+:(read|write|cas)\s+(\S.*?)\s*$/
const NEMESIS = /INFO\s+jepsen\.util - :nemesis\s/
const NUMBER = /^-?\d+$/
const PAIR = /^\[(nil|-?\d+) (-?\d+)\]$/

/**
 * Reads a log of Jepsen, as its tests of one register print it, an event a line:
 * `INFO  jepsen.util - PROCESS :invoke|:ok|:fail|:info :read|:write|:cas VALUE`.
 *
 * A compare-and-set that fails has compared, and found another value: that is an output. After `:info`, or without an end,
 * the outcome is unknown. Instants are the numbers of lines; what the fault injector says is passed over.
 * @throws {HistoryError} with the number of a line that cannot be read
 */
export function parseJepsenLog(
  text: string,
): Operation<RegisterInput<number>, RegisterOutput<number>>[] {
  const pairing = createPairing<RegisterInput<number>, RegisterOutput<number>>()
  for (const [line, content] of linesOf(text)) {
    if (NEMESIS.test(content)) continue
    const [, process, type, op, value] = EVENT.exec(content) ?? []
    if (process === undefined || type === undefined || op === undefined || value === undefined) {
      throw new HistoryError(`this is no event of a register: ${excerpt(content)}`, { line })
    }
    if (type === 'invoke') {
      pairing.invoke(process, inputOf(op, value, line), line)
      continue
    }
    pairing.settle(
      process,
      line,
      (input) =>
        input.op === op &&
        (type === 'info' || op === 'read' || sameArguments(input, inputOf(op, value, line))),
      () => {
        if (type === 'info') return { outcome: 'unknown' }
        if (op === 'cas') return { outcome: 'ok', output: type === 'ok' }
        if (type === 'fail') return { outcome: 'fail' }
        return op === 'read' ? { outcome: 'ok', output: valueOf(value, line) } : { outcome: 'ok' }
      },
    )
  }
  return pairing.finish()
}

function inputOf(op: string, value: string, line: number): RegisterInput<number> {
  if (op === 'read') return { op }
  if (op === 'write' && NUMBER.test(value)) return { op, value: Number(value) }
  const [, from, to] = PAIR.exec(value) ?? []
  if (op === 'cas' && from !== undefined && to !== undefined) {
    return { op, from: valueOf(from, line), to: Number(to) }
  }
  throw new HistoryError(`${excerpt(value)} is no value of a ${op}`, { line })
}

function valueOf(value: string, line: number): number | null {
  if (value === 'nil') return null
  if (NUMBER.test(value)) return Number(value)
  throw new HistoryError(`${excerpt(value)} is no value of a register`, { line })
}

function sameArguments(a: RegisterInput<number>, b: RegisterInput<number>): boolean {
  if (a.op === 'write' && b.op === 'write') return a.value === b.value
  return a.op === 'cas' && b.op === 'cas' && a.from === b.from && a.to === b.to
}
