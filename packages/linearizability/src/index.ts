export { check } from './check.ts'
export type {
  Budget,
  CheckOptions,
  CheckResult,
  Linearized,
  Progress,
  Unfinished,
  Violation,
} from './check.ts'
export * from './check-file.ts'
export { explain } from './explain.ts'
export * from './history.ts'
export * from './model.ts'
export * from './models/flag.ts'
export * from './models/key-value.ts'
export * from './models/lease.ts'
export * from './models/queue.ts'
export * from './models/register.ts'
export * from './models/set.ts'
export { parseHistory } from './parse-json.ts'
export type { HistoryFile, ModelName } from './parse-json.ts'
export { parseJepsenLog } from './parse-jepsen.ts'
export { parseKvLog } from './parse-kv.ts'
export * from './shrink.ts'
