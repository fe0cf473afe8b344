import type { Call } from './backend.ts'
import type { TaskClaim } from './claims.ts'
import type { JsonObject, JsonValue } from './json.ts'
import type { Page, PageQuery, PageRequest, Slice } from './page.ts'
import type { CallOptions, WriteOptions } from './provider.ts'

/** Only tasks of a `running` snapshot can be claimed. */
export type SnapshotStatus = 'running' | 'paused' | 'complete' | 'failed' | 'cancelled'

export interface SnapshotKey {
  /** The execution. A workflow that is stored with this id takes its snapshots with it when it is deleted. */
  readonly instanceId: string
  /** What is executed. */
  readonly workflowId: string
}

/** A task that a worker may take (sayiir AvailableTask). */
export interface ReadyTask {
  readonly taskId: string
  readonly input?: JsonValue
  /** A worker needs every one of them. */
  readonly tags: readonly string[]
  /** The lower comes first; a 32-bit integer. */
  readonly priority: number
}

/** `tags` are `[]`, and `priority` is 0, when they are left out. */
export type NewReadyTask = Omit<ReadyTask, 'tags' | 'priority'> &
  Partial<Pick<ReadyTask, 'tags' | 'priority'>>

/** The state of an execution (WorkflowForge, Flow Orchestrator, sayiir). */
export interface Snapshot extends SnapshotKey {
  readonly status: SnapshotStatus
  /** Tells the definition that made it from a changed one. */
  readonly definitionHash: string
  /** The engine's own, opaque. */
  readonly state: JsonValue
  readonly metadata?: JsonObject
  /** Task ids are distinct. */
  readonly readyTasks: readonly ReadyTask[]
  /** Epoch ms; never changes. */
  readonly createdAt: number
  /** Epoch ms by the store's clock; never goes back. */
  readonly updatedAt: number
  /** 1 when first saved, one more with each save. */
  readonly version: number
}

type Times = 'createdAt' | 'updatedAt'

/**
 * A snapshot to save. `version` is the one that was loaded, 0 for the first save. `createdAt` counts only then;
 * `updatedAt` may be there and is not written.
 */
export type NewSnapshot = Omit<Snapshot, Times | 'readyTasks'> &
  Partial<Pick<Snapshot, Times>> & { readonly readyTasks: readonly NewReadyTask[] }

/** A snapshot without what may be large. */
export type SnapshotSummary = Omit<Snapshot, 'state' | 'metadata' | 'readyTasks'>

export interface SnapshotQuery extends PageRequest {
  readonly status?: SnapshotStatus
}

export interface SaveSnapshotOptions extends WriteOptions {
  /** Save only while this claim, on a task of this snapshot, is held. Needs `capabilities.fencing`. */
  readonly fence?: TaskClaim
}

export interface SnapshotRepository {
  /**
   * Stores the whole snapshot and returns it with its new version. Of several writers that saw one version exactly one
   * succeeds.
   * @throws {PersistenceError} `CLAIM_LOST` when the fence is stale, whatever the version; `CONFLICT` when `version` is
   *   not the stored one; `NOT_FOUND` when it is not 0 and there is no snapshot. Nothing is written then
   */
  save(snapshot: NewSnapshot, options?: SaveSnapshotOptions): Promise<Snapshot>
  load(key: SnapshotKey, options?: CallOptions): Promise<Snapshot | null>
  /** Deletes the snapshot with the claims on its tasks. `false` when it is not there. */
  delete(key: SnapshotKey, options?: WriteOptions): Promise<boolean>
  /** By (instanceId, workflowId) in code point order. */
  list(query?: SnapshotQuery, options?: CallOptions): Promise<Page<SnapshotSummary>>
}

/** `createdAt`, where `null` is the store's now, counts for a first save only. */
export type SnapshotRow = Omit<Snapshot, Times> & { readonly createdAt: number | null }

export type SnapshotPlace = readonly [instanceId: string, workflowId: string]

export interface SnapshotBackend {
  /** `snapshot.version` is the version seen, 0 for a first save. */
  save(snapshot: SnapshotRow, fence: TaskClaim | null, call: Call): Promise<Snapshot>
  load(key: SnapshotKey, call: Call): Promise<Snapshot | null>
  delete(key: SnapshotKey, call: Call): Promise<boolean>
  list(
    filter: Pick<SnapshotQuery, 'status'>,
    page: PageQuery<SnapshotPlace>,
    call: Call,
  ): Promise<Slice<SnapshotSummary, SnapshotPlace>>
}
