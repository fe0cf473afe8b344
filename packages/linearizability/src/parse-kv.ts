import { HistoryError, type Operation } from './history.ts'
import type { KeyValueInput } from './models/key-value.ts'
import { createPairing, excerpt, linesOf } from './pairing.ts'

const TEXT = String.raw`"(?:[^"\\]|\\.)*"`
const EVENT = new RegExp(
  String.raw`^\s*\{:process (\d+), :type :(invoke|ok|fail|info), :f :(get|put|append), :key (${TEXT}), :value (nil|${TEXT})\}\s*$`,
)

/**
 * Reads a log of a key-value store, an event a line:
 * `{:process 0, :type :invoke|:ok|:fail|:info, :f :get|:put|:append, :key "…", :value "…"|nil}`.
 *
 * After `:info`, or without an end, the outcome is unknown. Instants are the numbers of lines.
 * @throws {HistoryError} with the number of a line that cannot be read
 */
export function parseKvLog(text: string): Operation<KeyValueInput, string>[] {
  const pairing = createPairing<KeyValueInput, string>()
  for (const [line, content] of linesOf(text)) {
    const [, process, type, op, quotedKey, quoted] = EVENT.exec(content) ?? []
    if (process === undefined || quotedKey === undefined || quoted === undefined) {
      throw new HistoryError(`this is no event of a key-value store: ${excerpt(content)}`, { line })
    }
    const key = unquote(quotedKey, line) ?? ''
    const value = unquote(quoted, line)
    if (type === 'invoke') {
      pairing.invoke(process, inputOf(op, key, value, line), line)
      continue
    }
    pairing.settle(
      process,
      line,
      (input) =>
        input.op === op &&
        input.key === key &&
        (type === 'info' || input.op === 'get' || input.value === value),
      (input) => {
        if (type === 'info') return { outcome: 'unknown' }
        if (type === 'fail') return { outcome: 'fail' }
        if (input.op !== 'get') return { outcome: 'ok' }
        if (value === null) throw new HistoryError('a get gives a text, not nil', { line })
        return { outcome: 'ok', output: value }
      },
    )
  }
  return pairing.finish()
}

function inputOf(
  op: string | undefined,
  key: string,
  value: string | null,
  line: number,
): KeyValueInput {
  if (op === 'get') return { op, key }
  if ((op === 'put' || op === 'append') && value !== null) return { op, key, value }
  throw new HistoryError(`nil is no value of a ${op}`, { line })
}

function unquote(text: string, line: number): string | null {
  if (text === 'nil') return null
  try {
    return String(JSON.parse(text))
  } catch (cause) {
    throw new HistoryError(`${excerpt(text)} is no text`, { line }, { cause })
  }
}
