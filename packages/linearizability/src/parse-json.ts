import { HistoryError, type Operation, type Outcome, type Time } from './history.ts'

export const MODEL_NAMES = ['register', 'lease', 'queue', 'set', 'flag', 'key-value'] as const

export type ModelName = (typeof MODEL_NAMES)[number]

/** A history in a file of its own, with the model that it is checked against. */
export interface HistoryFile {
  readonly model: ModelName
  /** The options of the model. */
  readonly options: Readonly<Record<string, unknown>>
  readonly history: readonly Operation<Readonly<Record<string, unknown>>, unknown>[]
  /** What the check is expected to say, and why. */
  readonly verdict?: 'ok' | 'illegal' | 'unknown'
  /** The place of the operation that is expected to be the first illegal one. */
  readonly illegal?: number
  readonly why?: string
}

type Members = Readonly<Record<string, unknown>>
type Check = (value: unknown) => boolean

const any: Check = (value) => value !== undefined
const text: Check = (value) => typeof value === 'string'
const number: Check = (value) => typeof value === 'number'
const ttl: Check = (value) => value === null || typeof value === 'number'

const flag: Check = (value) => typeof value === 'boolean'
const optionKinds: Readonly<Record<string, Check>> = {
  initial: any,
  slack: number,
  mayRefuse: flag,
  order: (value) => value === 'fifo' || value === 'any',
  whole: flag,
}

/** What each operation of each model needs besides its name. */
const shapes: Readonly<
  Record<ModelName, Readonly<Record<string, Readonly<Record<string, Check>>>>>
> = {
  register: { read: {}, write: { value: any }, cas: { from: any, to: any } },
  lease: {
    claim: { ttl },
    extend: { token: number, ttl },
    release: { token: number },
    use: { token: number },
  },
  queue: { add: { command: text }, take: {}, done: { command: text }, back: { command: text } },
  set: { add: { element: text }, remove: { element: text }, has: { element: text }, members: {} },
  flag: { get: {}, set: {}, clear: {}, 'test-and-set': {} },
  'key-value': {
    get: { key: text },
    put: { key: text, value: text },
    append: { key: text, value: text },
  },
}

/**
 * Reads a history in JSON: `{ "model": "register", "options"?: {…}, "history": [{ "process", "call", "return", "outcome"?,
 * "input": { "op", … }, "output"? }, …], "verdict"?, "illegal"?, "why"? }`. The outcome is `ok` unless it says otherwise, and
 * `unknown` without a return.
 * @throws {HistoryError} with the place of the operation that cannot be read
 */
export function parseHistory(json: string): HistoryFile {
  let file: unknown
  try {
    file = JSON.parse(json)
  } catch (cause) {
    throw new HistoryError(`this is not JSON: ${String(cause)}`, {}, { cause })
  }
  if (!isObject(file)) throw new HistoryError('this is not an object with a history')
  const model = MODEL_NAMES.find((name) => name === file['model'])
  if (model === undefined) {
    throw new HistoryError(
      `there is no model ${JSON.stringify(file['model'])}, only ${MODEL_NAMES.join(', ')}`,
    )
  }
  const { history, options = {}, verdict, illegal, why } = file
  if (!Array.isArray(history)) throw new HistoryError('its history is not an array')
  if (!isObject(options)) throw new HistoryError('its options are not an object')
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(optionKinds, name) || !optionKinds[name]?.(value)) {
      throw new HistoryError(`its option ${name} is unknown or of another kind`)
    }
  }
  if (verdict !== undefined && verdict !== 'ok' && verdict !== 'illegal' && verdict !== 'unknown') {
    throw new HistoryError(`its verdict is ${JSON.stringify(verdict)}, not ok, illegal or unknown`)
  }
  return {
    model,
    options,
    history: history.map((item: unknown, index) => operationOf(model, item, index)),
    ...(verdict === undefined ? {} : { verdict }),
    ...(typeof illegal === 'number' ? { illegal } : {}),
    ...(typeof why === 'string' ? { why } : {}),
  }
}

function operationOf(model: ModelName, item: unknown, index: number): Operation<Members, unknown> {
  if (!isObject(item)) throw new HistoryError('it is not an object', { index })
  const { process, call, input, output } = item
  const back = item['return'] ?? null
  const outcome = item['outcome'] ?? (back === null ? 'unknown' : 'ok')
  if (typeof process !== 'string' && typeof process !== 'number') {
    throw new HistoryError('it has no process', { index })
  }
  if (!isTime(call)) throw new HistoryError('its call is not a number', { index })
  if (back !== null && !isTime(back)) {
    throw new HistoryError('its return is neither a number nor null', { index })
  }
  if (!isOutcome(outcome)) {
    throw new HistoryError('its outcome is not ok, fail or unknown', { index })
  }
  if (!isObject(input)) throw new HistoryError('its input is not an object', { index })
  validateInput(model, input, index)
  return {
    process,
    call,
    return: back,
    outcome,
    input,
    ...(output === undefined ? {} : { output }),
  }
}

function validateInput(model: ModelName, input: Members, index: number): void {
  const { op, key } = input
  const shape =
    typeof op === 'string' && Object.hasOwn(shapes[model], op) ? shapes[model][op] : null
  if (!shape) {
    throw new HistoryError(`a ${model} has no operation ${JSON.stringify(op)}`, { index })
  }
  if (key !== undefined && typeof key !== 'string') {
    throw new HistoryError('its key is not a text', { index })
  }
  for (const [name, isValid] of Object.entries(shape)) {
    if (!isValid(input[name])) {
      throw new HistoryError(`the ${name} of its ${String(op)} is missing or of another kind`, {
        index,
      })
    }
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTime(value: unknown): value is Time {
  return typeof value === 'number'
}

function isOutcome(value: unknown): value is Outcome {
  return value === 'ok' || value === 'fail' || value === 'unknown'
}
