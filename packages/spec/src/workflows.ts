import type { Call } from './backend.ts'
import type { JsonObject, JsonValue } from './json.ts'
import type { Page, PageQuery, PageRequest, Slice } from './page.ts'
import type { CallOptions, WriteOptions } from './provider.ts'
import type { NewSubscription, Subscription } from './subscriptions.ts'

/** `pending`: not started. `runnable`: to be run when due. `complete`, `failed`, `terminated`: over. */
export type WorkflowStatus =
  | 'pending'
  | 'runnable'
  | 'suspended'
  | 'complete'
  | 'failed'
  | 'terminated'

export type PointerStatus =
  | 'legacy'
  | 'pending'
  | 'running'
  | 'complete'
  | 'sleeping'
  | 'waitingForEvent'
  | 'failed'
  | 'compensated'
  | 'cancelled'
  | 'pendingPredecessor'

/** One place of execution in a workflow (workflow-core ExecutionPointer). */
export interface ExecutionPointer {
  readonly id: string
  readonly stepId: string
  readonly stepName?: string
  readonly active: boolean
  readonly status: PointerStatus
  /** Epoch ms. */
  readonly sleepUntil?: number
  readonly startTime?: number
  readonly endTime?: number
  readonly eventName?: string
  readonly eventKey?: string
  readonly eventPublished: boolean
  readonly eventData?: JsonValue
  readonly persistenceData?: JsonValue
  readonly extensionAttributes?: JsonObject
  readonly retryCount: number
  readonly children: readonly string[]
  readonly contextItem?: JsonValue
  readonly predecessorId?: string
  readonly outcome?: JsonValue
  /** Ids of the enclosing pointers, a stack: the order counts. */
  readonly scope: readonly string[]
}

/** Why a workflow failed (Gorkflow WorkflowError). */
export interface WorkflowError {
  readonly message: string
  readonly code?: string
  readonly step?: string
  readonly timestamp?: number
  readonly details?: JsonValue
}

/** A running or finished workflow (workflow-core WorkflowInstance, Gorkflow WorkflowRun). */
export interface WorkflowInstance {
  readonly id: string
  readonly definitionId: string
  readonly definitionVersion?: string
  readonly description?: string
  /** The caller's own name for it. Not unique. */
  readonly reference?: string
  readonly resourceId?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly status: WorkflowStatus
  /** Epoch ms at which it is due; `null` when it waits for something else. `null` is not 0. */
  readonly nextExecution: number | null
  readonly pointers: readonly ExecutionPointer[]
  readonly data?: JsonValue
  readonly input?: JsonValue
  readonly output?: JsonValue
  readonly context?: JsonValue
  readonly error?: WorkflowError
  /** 0 to 1. */
  readonly progress?: number
  readonly startedAt?: number
  readonly completedAt?: number
  /** Epoch ms; never changes. */
  readonly createdAt: number
  /** Epoch ms by the store's clock; never goes back. */
  readonly updatedAt: number
  /** 1 when created, one more with each update. */
  readonly version: number
}

/** A workflow to create. The store chooses what is left out. */
export type NewWorkflow = Omit<WorkflowInstance, 'id' | 'createdAt' | 'updatedAt' | 'version'> &
  Partial<Pick<WorkflowInstance, 'id' | 'createdAt' | 'updatedAt'>>

/** The whole new content. `version` is the one that was read; `createdAt` and `updatedAt` may be there and are not written. */
export type WorkflowUpdate = Omit<WorkflowInstance, 'createdAt' | 'updatedAt'> &
  Partial<Pick<WorkflowInstance, 'createdAt' | 'updatedAt'>>

export interface UpdateWorkflowOptions extends WriteOptions {
  /** Opened in the same atomic unit. Needs `capabilities.atomicSubscriptions`. */
  readonly subscriptions?: readonly NewSubscription[]
}

export interface RunnableQuery extends PageRequest {
  /** Epoch ms. Due means at or before it. */
  readonly asOf: number
}

/** Every condition given must hold. */
export interface WorkflowQuery extends PageRequest {
  readonly status?: WorkflowStatus
  readonly definitionId?: string
  readonly reference?: string
  readonly resourceId?: string
  /** Epoch ms, included. */
  readonly createdFrom?: number
  /** Epoch ms, included. */
  readonly createdTo?: number
}

export interface WorkflowPurge {
  readonly status: WorkflowStatus
  /** Epoch ms, not included: takes workflows whose `completedAt ?? updatedAt` is before it. */
  readonly olderThan: number
}

export interface WorkflowRepository {
  /**
   * Stores a new workflow and returns it with id, times and version 1.
   * @throws {PersistenceError} `CONFLICT` when the id is taken; the workflow that has it stays as it is
   */
  create(workflow: NewWorkflow, options?: WriteOptions): Promise<WorkflowInstance>
  get(id: string, options?: CallOptions): Promise<WorkflowInstance | null>
  /** Those of at most 1000 ids that exist, in the order asked, each once. */
  getMany(ids: readonly string[], options?: CallOptions): Promise<readonly WorkflowInstance[]>
  /**
   * Replaces the whole workflow and returns it with its new version. Of several writers that saw one version exactly
   * one succeeds.
   * @throws {PersistenceError} `NOT_FOUND`; `CONFLICT` when `version` is not the stored one, or the id of a
   *   subscription is taken: then nothing is written
   */
  update(workflow: WorkflowUpdate, options?: UpdateWorkflowOptions): Promise<WorkflowInstance>
  /**
   * Deletes the workflow with its subscriptions, steps, outputs, state, snapshots, claims, commands and errors, in one
   * atomic unit. `false` when it is not there.
   */
  delete(id: string, options?: WriteOptions): Promise<boolean>
  /** Ids of workflows with status `runnable` and `nextExecution` at or before `asOf`, by (nextExecution, id). */
  getRunnable(query: RunnableQuery, options?: CallOptions): Promise<Page<string>>
  /** Newest first: by (createdAt, id), both falling. */
  list(query?: WorkflowQuery, options?: CallOptions): Promise<Page<WorkflowInstance>>
  /** Deletes, like {@link WorkflowRepository.delete}, every workflow that matches. Returns how many. */
  purge(query: WorkflowPurge, options?: WriteOptions): Promise<number>
}

/** A workflow to insert. A `null` time is the store's now. */
export type WorkflowRow = Omit<WorkflowInstance, 'createdAt' | 'updatedAt' | 'version'> & {
  readonly createdAt: number | null
  readonly updatedAt: number | null
}

/** The content of an update. */
export type WorkflowChange = Omit<WorkflowInstance, 'createdAt' | 'updatedAt'>

export type DuePlace = readonly [nextExecution: number, id: string]
export type WorkflowPlace = readonly [createdAt: number, id: string]
export type WorkflowFilter = Omit<WorkflowQuery, keyof PageRequest>

export interface WorkflowBackend {
  create(workflow: WorkflowRow, call: Call): Promise<WorkflowInstance>
  get(id: string, call: Call): Promise<WorkflowInstance | null>
  /** `ids` are distinct and at least one. */
  getMany(ids: readonly string[], call: Call): Promise<readonly WorkflowInstance[]>
  update(
    workflow: WorkflowChange,
    subscriptions: readonly Subscription[],
    call: Call,
  ): Promise<WorkflowInstance>
  delete(id: string, call: Call): Promise<boolean>
  getRunnable(asOf: number, page: PageQuery<DuePlace>, call: Call): Promise<Slice<string, DuePlace>>
  list(
    filter: WorkflowFilter,
    page: PageQuery<WorkflowPlace>,
    call: Call,
  ): Promise<Slice<WorkflowInstance, WorkflowPlace>>
  purge(query: WorkflowPurge, call: Call): Promise<number>
}
