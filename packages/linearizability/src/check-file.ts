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

/** A history as a file holds it, and the model that it is about. */
export interface ReadHistory {
  readonly format: 'jepsen' | 'kv' | 'json'
  readonly name: ModelName
  readonly model: FileModel
  readonly history: readonly Operation<FileInput, unknown>[]
}

export type FileInput = Readonly<Record<string, unknown>>
export type FileModel = Model<unknown, FileInput, unknown>

/** What a check of a file found. */
export interface FileReport {
  readonly format: ReadHistory['format']
  readonly model: ModelName
  readonly verdict: 'ok' | 'illegal' | 'unknown'
  readonly result: CheckResult<unknown, FileInput, unknown>
  /** The verdict and what led to it, in a few lines. */
  readonly text: string
}

/**
 * Reads the history in a file, in the format that its first line shows: a log of Jepsen ({@link parseJepsenLog}), a log of
 * a key-value store ({@link parseKvLog}) or JSON ({@link parseHistory}).
 * @throws {HistoryError} when it cannot be read
 */
export function readHistoryFile(text: string): ReadHistory {
  const start = text.trimStart()
  if (start === '') throw new HistoryError('the file is empty')
  if (start.startsWith('{:')) {
    return { format: 'kv', name: 'key-value', model: keyValue(), history: parseKvLog(text) }
  }
  if (start.startsWith('{')) {
    const file = parseHistory(text)
    return { format: 'json', name: file.model, model: modelOf(file), history: file.history }
  }
  const history = parseJepsenLog(text)
  return { format: 'jepsen', name: 'register', model: register<number>(), history }
}

/**
 * Checks the history in a file that {@link readHistoryFile} reads.
 * @throws {HistoryError} when it cannot be read
 */
export function checkHistoryFile(text: string, options: CheckOptions = {}): FileReport {
  const { format, name, model, history } = readHistoryFile(text)
  const result = check(model, history, options)
  return { format, model: name, verdict: result.verdict, result, text: explain(model, result) }
}

/** The model that a file names. The inputs were checked when it was read, so that any of its models takes them. */
function modelOf({ model, options }: HistoryFile): FileModel {
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
