import { check, type CheckOptions, type CheckResult } from './check.ts'
import { explain } from './explain.ts'
import { HistoryError, type Operation } from './history.ts'
import type { Model } from './model.ts'
import { flag } from './models/flag.ts'
import { keyValue } from './models/key-value.ts'
import { lease } from './models/lease.ts'
import { queue } from './models/queue.ts'
import { register } from './models/register.ts'
import { set } from './models/set.ts'
import { parseHistory, type HistoryFile, type ModelName } from './parse-json.ts'
import { parseJepsenLog } from './parse-jepsen.ts'
import { parseKvLog } from './parse-kv.ts'

/** What a check of a file found. */
export interface FileReport {
  readonly format: 'jepsen' | 'kv' | 'json'
  readonly model: ModelName
  readonly verdict: 'ok' | 'illegal' | 'unknown'
  readonly result: CheckResult<unknown, unknown, unknown>
  /** The verdict and what led to it, in a few lines. */
  readonly text: string
}

/**
 * Checks the history in a file, in the format that its first line shows: a log of Jepsen ({@link parseJepsenLog}), a log
 * of a key-value store ({@link parseKvLog}) or JSON ({@link parseHistory}).
 * @throws {HistoryError} when it cannot be read
 */
export function checkHistoryFile(text: string, options: CheckOptions = {}): FileReport {
  const start = text.trimStart()
  if (start === '') throw new HistoryError('the file is empty')
  if (start.startsWith('{:'))
    return report('kv', 'key-value', keyValue(), parseKvLog(text), options)
  if (start.startsWith('{')) {
    const file = parseHistory(text)
    return report('json', file.model, modelOf(file), file.history, options)
  }
  return report('jepsen', 'register', register<number>(), parseJepsenLog(text), options)
}

function report<S, I, O>(
  format: FileReport['format'],
  name: ModelName,
  model: Model<S, I, O>,
  history: readonly Operation<I, O>[],
  options: CheckOptions,
): FileReport {
  const result = check(model, history, options)
  return { format, model: name, verdict: result.verdict, result, text: explain(model, result) }
}

/** The model that a file names. The inputs were checked when it was read, so that any of its models takes them. */
function modelOf({ model, options }: HistoryFile): AnyModel {
  switch (model) {
    case 'register':
      return register<unknown>(options)
    case 'lease':
      return lease(options)
    case 'queue':
      return queue(options)
    case 'set':
      return set(options)
    case 'flag':
      return flag(options)
    case 'key-value':
      return keyValue()
  }
}

type AnyModel = Model<unknown, Readonly<Record<string, unknown>>, unknown>
