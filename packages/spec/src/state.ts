import type { Call } from './backend.ts'
import type { JsonValue } from './json.ts'
import type { CallOptions, WriteOptions } from './provider.ts'

/** A value of a workflow's own state. The workflow need not be stored here. */
export interface StateKey {
  readonly workflowId: string
  readonly key: string
}

/** `value` may be `null`, which is not the same as no entry. */
export interface StateEntry extends StateKey {
  readonly value: JsonValue
}

/** Named values of a workflow (Gorkflow state, Flow Orchestrator custom data). The last write wins. */
export interface StateRepository {
  set(entry: StateEntry, options?: WriteOptions): Promise<void>
  get(key: StateKey, options?: CallOptions): Promise<StateEntry | null>
  /** `false` when it is not there. */
  delete(key: StateKey, options?: WriteOptions): Promise<boolean>
  /** Every entry of a workflow, by key in code point order. */
  getAll(workflowId: string, options?: CallOptions): Promise<readonly StateEntry[]>
}

export interface StateBackend {
  set(entry: StateEntry, call: Call): Promise<void>
  get(key: StateKey, call: Call): Promise<StateEntry | null>
  delete(key: StateKey, call: Call): Promise<boolean>
  getAll(workflowId: string, call: Call): Promise<readonly StateEntry[]>
}
