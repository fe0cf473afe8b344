import type { Call } from './backend.ts'
import type { JsonValue } from './json.ts'
import type { Page, PageQuery, PageRequest, Slice } from './page.ts'
import type { CallOptions, WriteOptions } from './provider.ts'
import type { SnapshotKey } from './snapshots.ts'

/** A task of a snapshot. */
export interface TaskKey extends SnapshotKey {
  readonly taskId: string
}

/** A worker's hold on a task. It lasts until it expires or is released. */
export interface TaskClaim extends TaskKey {
  readonly workerId: string
  /** The fencing token: strictly grows with each claim of a task, across release, expiry and deletion. */
  readonly token: number
  /** Epoch ms by the store's clock. */
  readonly claimedAt: number
  /** Epoch ms; expired at it. `null`: never. */
  readonly expiresAt: number | null
}

export interface ClaimRequest extends TaskKey {
  readonly workerId: string
  /** ms, or `null` for a claim that never expires. */
  readonly ttl: number | null
}

/** What to look for. Without `tags` a worker takes tasks with any tags; with them, those whose every tag is among them. */
export interface TaskFilter {
  readonly tags?: readonly string[]
}

export interface TaskQuery extends TaskFilter, PageRequest {}

export interface NextClaimRequest extends TaskFilter {
  readonly workerId: string
  readonly ttl: number | null
}

/** A ready task that nobody holds. */
export interface AvailableTask extends TaskKey {
  readonly input?: JsonValue
  readonly tags: readonly string[]
  readonly priority: number
  readonly definitionHash: string
  /** Epoch ms of the save since which it has been listed in a `running` snapshot. */
  readonly readyAt: number
}

export interface ClaimedTask {
  readonly claim: TaskClaim
  readonly task: AvailableTask
}

/** A task is available when it is ready in a `running` snapshot, and nobody holds it. */
export interface ClaimRepository {
  /** Takes an available task. `null`, and no change, when it is not available. One winner among any number of workers. */
  claim(request: ClaimRequest, options?: WriteOptions): Promise<TaskClaim | null>
  /**
   * Holds a claim until `now + ttl`. `null`, and no change, when it is not held any more: it is never revived. Repeated
   * with its request id it may be one extension or two: it never ends earlier than the first answer said.
   */
  extend(claim: TaskClaim, ttl: number | null, options?: WriteOptions): Promise<TaskClaim | null>
  /** Lets go of a claim. `false`, and no change, when it is not held any more. */
  release(claim: TaskClaim, options?: WriteOptions): Promise<boolean>
  /** By (priority, readyAt, instanceId, workflowId, taskId). */
  findAvailable(query?: TaskQuery, options?: CallOptions): Promise<Page<AvailableTask>>
  /**
   * Takes the first available task in the order of {@link ClaimRepository.findAvailable}; while others take, one close
   * to it.
   * @throws {PersistenceError} `CORRUPT` when its stored bytes cannot be read: it stays claimed, so that its neighbours
   *   come next
   */
  claimNext(request: NextClaimRequest, options?: WriteOptions): Promise<ClaimedTask | null>
}

export type TaskPlace = readonly [
  priority: number,
  readyAt: number,
  instanceId: string,
  workflowId: string,
  taskId: string,
]

export interface ClaimBackend {
  claim(request: ClaimRequest, call: Call): Promise<TaskClaim | null>
  extend(claim: TaskClaim, ttl: number | null, call: Call): Promise<TaskClaim | null>
  release(claim: TaskClaim, call: Call): Promise<boolean>
  findAvailable(
    filter: TaskFilter,
    page: PageQuery<TaskPlace>,
    call: Call,
  ): Promise<Slice<AvailableTask, TaskPlace>>
  claimNext(request: NextClaimRequest, call: Call): Promise<ClaimedTask | null>
}
