import type { Codec } from './codec.ts'
import type { ClaimRepository } from './claims.ts'
import type { CommandRepository } from './commands.ts'
import type { ErrorRepository } from './error-log.ts'
import type { EventRepository } from './events.ts'
import type { SnapshotRepository } from './snapshots.ts'
import type { StateRepository } from './state.ts'
import type { StepRepository } from './steps.ts'
import type { SubscriptionRepository } from './subscriptions.ts'
import type { WorkflowRepository } from './workflows.ts'

/** The version of the contract. Providers stamp it on what `ensureStore` makes. */
export const SPEC_VERSION = 1

/** The nine repositories, each optional: a store of snapshots alone is a whole provider. */
export interface Repositories {
  readonly workflows?: WorkflowRepository
  readonly steps?: StepRepository
  readonly state?: StateRepository
  readonly events?: EventRepository
  readonly subscriptions?: SubscriptionRepository
  readonly commands?: CommandRepository
  readonly snapshots?: SnapshotRepository
  readonly claims?: ClaimRepository
  readonly errors?: ErrorRepository
}

export type RepositoryName = keyof Repositories

export const REPOSITORY_NAMES: readonly RepositoryName[] = [
  'workflows',
  'steps',
  'state',
  'events',
  'subscriptions',
  'commands',
  'snapshots',
  'claims',
  'errors',
]

/**
 * A store of workflow state.
 *
 * Every method rejects with a {@link PersistenceError}; `TypeError` is for programming mistakes. Arguments are never
 * mutated; results are copies that belong to the caller. A success means stored and readable.
 */
export interface PersistenceProvider extends Repositories, AsyncDisposable {
  readonly name: string
  /** Frozen: what the provider says here it keeps for its whole life. */
  readonly capabilities: Capabilities
  /**
   * Makes what the store needs (tables, indexes, scripts). Idempotent, keeps existing records, and safe to run from
   * many processes at once. Never implied by another call.
   */
  ensureStore(options?: CallOptions): Promise<void>
  /** Resolves when the store answers. */
  ping(options?: CallOptions): Promise<void>
  /**
   * Waits for calls under way, then closes the clients that the provider made itself; one that was handed in stays
   * open. Later calls reject with `CLOSED`. Idempotent.
   */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * What a provider can do. Declared is kept; what is not declared throws `UNSUPPORTED`, and a repository that is not
 * declared is absent.
 */
export interface Capabilities {
  /** The repositories that the provider has. */
  readonly repositories: readonly RepositoryName[]
  /** Who says what time it is for leases and stamps: the database, this process, or the injected `clock`. */
  readonly clock: 'server' | 'process' | 'injected'
  /** The largest record: bytes of UTF-8 JSON of everything in it, before the codec. At least 327,680. */
  readonly maxPayloadBytes: number
  /** What acknowledged writes outlive: nothing but this process, or also its end. */
  readonly durability: 'process' | 'restart'
  /** `workflows.update` takes `subscriptions`, in one atomic unit. */
  readonly atomicSubscriptions: boolean
  /** `snapshots.save` takes a `fence`. */
  readonly fencing: boolean
}

export interface CallOptions {
  /**
   * Already aborted: rejects with `ABORTED` before any I/O. Aborted on the way: rejects with `ABORTED` at once, and a
   * write is applied wholly or not at all (`outcome: 'unknown'`). The error's cause is the signal's reason.
   */
  readonly signal?: AbortSignal
}

export interface WriteOptions extends CallOptions {
  /**
   * Names this write, so that making it again is the same write: a repeat of one that was applied is no conflict and
   * changes nothing. It returns what the first did, apart from methods that say otherwise, and from deletions, releases
   * and `clearToken`: their repeat finds nothing to do, and is `false`. An identifier; unique to one write.
   *
   * @default a fresh one for each call
   */
  readonly requestId?: string
}

/** Options that every adapter's factory takes. */
export interface ProviderOptions {
  /** Keeps stores in one database apart. 1–63 UTF-16 units of well-formed Unicode. @default 'default' */
  readonly namespace?: string
  /** Epoch ms, for tests: judges leases and stamps records instead of the database's clock. */
  readonly clock?: () => number
  /** How record bodies are stored. @default jsonCodec */
  readonly codec?: Codec
}
