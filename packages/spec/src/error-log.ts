import type { Call } from './backend.ts'
import type { JsonValue } from './json.ts'
import type { Page, PageQuery, PageRequest, Slice } from './page.ts'
import type { CallOptions, WriteOptions } from './provider.ts'

/** An error of a workflow's execution (workflow-core ExecutionError). */
export interface ExecutionError {
  readonly id: string
  readonly workflowId: string
  readonly executionPointerId?: string
  readonly stepId?: string
  /** Epoch ms. */
  readonly errorTime: number
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly details?: JsonValue
}

/** The store chooses the id when it is left out. */
export type NewExecutionError = Omit<ExecutionError, 'id'> & Partial<Pick<ExecutionError, 'id'>>

export interface ErrorQuery extends PageRequest {
  readonly workflowId: string
}

export interface ErrorRepository {
  /**
   * Appends up to 1000 errors, all or none, which arrive in the order of the list. An empty list is no I/O.
   * @throws {PersistenceError} `CONFLICT` when an id is taken
   */
  append(errors: readonly NewExecutionError[], options?: WriteOptions): Promise<void>
  /** The errors of a workflow by (errorTime, arrival). */
  list(query: ErrorQuery, options?: CallOptions): Promise<Page<ExecutionError>>
}

/** `arrival` is a number that the store gave, growing with each error. */
export type ErrorPlace = readonly [errorTime: number, arrival: number]

export interface ErrorBackend {
  /** `errors` is not empty, and its ids are distinct. */
  append(errors: readonly ExecutionError[], call: Call): Promise<void>
  list(
    workflowId: string,
    page: PageQuery<ErrorPlace>,
    call: Call,
  ): Promise<Slice<ExecutionError, ErrorPlace>>
}
