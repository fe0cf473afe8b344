import type { Call } from './backend.ts'
import type { JsonValue } from './json.ts'
import type { Page, PageQuery, PageRequest, Slice } from './page.ts'
import type { CallOptions, WriteOptions } from './provider.ts'

export type StepStatus = 'pending' | 'running' | 'complete' | 'failed' | 'skipped' | 'retrying'

export interface StepError {
  readonly message: string
  readonly code?: string
  readonly timestamp?: number
  readonly attempt?: number
  readonly details?: JsonValue
}

/** A step of a workflow. The workflow need not be stored here. */
export interface StepKey {
  readonly workflowId: string
  readonly stepId: string
}

/** One step's execution (Gorkflow StepExecution). */
export interface StepExecution extends StepKey {
  /** The step's place in its workflow, from 0. */
  readonly executionIndex: number
  readonly status: StepStatus
  /** From 0. */
  readonly attempt: number
  readonly startedAt?: number
  readonly completedAt?: number
  readonly durationMs?: number
  readonly input?: JsonValue
  readonly output?: JsonValue
  readonly error?: StepError
  /** Epoch ms; never changes. */
  readonly createdAt: number
  /** Epoch ms by the store's clock; never goes back. */
  readonly updatedAt: number
  /** 1 when created, one more with each update. */
  readonly version: number
}

type Times = 'createdAt' | 'updatedAt'

export type NewStep = Omit<StepExecution, Times | 'version'> & Partial<Pick<StepExecution, Times>>

/** The whole new content; `createdAt` and `updatedAt` may be there and are not written. */
export type StepUpdate = Omit<StepExecution, Times> & Partial<Pick<StepExecution, Times>>

export interface StepQuery extends PageRequest {
  readonly workflowId: string
}

/** What a step produced. `output` may be `null`. */
export interface StepOutput extends StepKey {
  readonly output: JsonValue
}

export interface StepRepository {
  /** @throws {PersistenceError} `CONFLICT` when the workflow has such a step; it stays as it is */
  create(step: NewStep, options?: WriteOptions): Promise<StepExecution>
  get(key: StepKey, options?: CallOptions): Promise<StepExecution | null>
  /**
   * Replaces the whole step and returns it with its new version.
   * @throws {PersistenceError} `NOT_FOUND`; `CONFLICT` when `version` is not the stored one
   */
  update(step: StepUpdate, options?: WriteOptions): Promise<StepExecution>
  /** The steps of a workflow by (executionIndex, stepId). */
  list(query: StepQuery, options?: CallOptions): Promise<Page<StepExecution>>
  /** Stores or replaces a step's output. Outputs live apart from steps: the step need not be there. */
  saveOutput(output: StepOutput, options?: WriteOptions): Promise<void>
  /** `null` when no output was saved, which an output of `null` is not. */
  loadOutput(key: StepKey, options?: CallOptions): Promise<StepOutput | null>
}

/** A step to insert. A `null` time is the store's now. */
export type StepRow = Omit<StepExecution, Times | 'version'> & {
  readonly createdAt: number | null
  readonly updatedAt: number | null
}

export type StepChange = Omit<StepExecution, Times>
export type StepPlace = readonly [executionIndex: number, stepId: string]

export interface StepBackend {
  create(step: StepRow, call: Call): Promise<StepExecution>
  get(key: StepKey, call: Call): Promise<StepExecution | null>
  update(step: StepChange, call: Call): Promise<StepExecution>
  list(
    workflowId: string,
    page: PageQuery<StepPlace>,
    call: Call,
  ): Promise<Slice<StepExecution, StepPlace>>
  saveOutput(output: StepOutput, call: Call): Promise<void>
  loadOutput(key: StepKey, call: Call): Promise<StepOutput | null>
}
