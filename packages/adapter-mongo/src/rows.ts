import type { SnapshotStatus, WorkflowStatus } from '@holdfast/spec'
import type { Collection } from './database.ts'

// What is looked up, ordered or often changed is a field of its own; what is left is the body, one string, so that no
// name or value in it means anything to the server. `owner` is the namespace and the id of the workflow that a record
// goes away with.

/** A document. */
export interface Row {
  /** The namespace and the ids of the record. */
  readonly _id: string
}

/** A document with the rest of its record. A body that is not there cannot be read, which makes the record `CORRUPT`. */
export interface BodyRow extends Row {
  readonly body: string
}

export interface WorkflowRow extends BodyRow {
  readonly ns: string
  readonly definitionId: string
  readonly reference: string | null
  readonly resourceId: string | null
  readonly status: WorkflowStatus
  readonly nextExecution: number | null
  /** `nextExecution` of a runnable one. */
  readonly due: number | null
  readonly completedAt: number | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
  readonly createdBy: string
  readonly updatedBy: string
  /** Subscriptions that this update opens, until they are stored. Only where there are no transactions. */
  readonly opens?: readonly SubscriptionRow[]
}

export interface StepRow extends BodyRow {
  readonly owner: string
  readonly executionIndex: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
  readonly createdBy: string
  readonly updatedBy: string
}

export interface EventRow extends BodyRow {
  readonly ns: string
  /** Namespace, event name and event key. */
  readonly topic: string
  readonly eventTime: number
  readonly arrival: number
  readonly processed: boolean
  readonly createdBy: string
}

export interface SubscriptionRow extends BodyRow {
  readonly owner: string
  /** Namespace, event name and event key. */
  readonly topic: string
  readonly subscribeAsOf: number
  readonly token: string | null
  readonly workerId: string | null
  readonly tokenExpiry: number | null
  readonly createdBy: string
}

export interface CommandRow extends BodyRow {
  readonly ns: string
  readonly owner: string | null
  readonly executeAt: number
  /** Whether a processor took it; then also the two below. */
  readonly held: boolean
  /** Namespace and token. Unique, and not there when nobody took it. */
  readonly token?: string
  readonly leaseUntil: number | null
  /** When it was scheduled anew meanwhile. */
  readonly rearmAt?: number
}

export interface SnapshotRow extends BodyRow {
  readonly ns: string
  readonly status: SnapshotStatus
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
  readonly updatedBy: string
  /** What a list shows, apart from what may be large; encoded like the body. */
  readonly brief: string
  /** Tells the tasks that the snapshot lists from others. */
  readonly listed: string
  /** Its tasks are not stored yet. Only where there are no transactions. */
  readonly unlisted?: true
}

export interface TaskRow extends BodyRow {
  readonly ns: string
  /** Whether the snapshot lists it. */
  readonly ready: boolean
  readonly readyAt: number
  /** The version of the snapshot that last put it on the list, or took it off. */
  readonly listing: number
  readonly priority: number
  readonly tags: readonly string[]
  /** The token of its last claim. */
  readonly token: number
  readonly held: boolean
  readonly workerId: string | null
  readonly claimedAt: number | null
  /** `null` also when nobody holds it. */
  readonly expiresAt: number | null
  /** Namespace and request. Unique, and not there when nobody holds it. */
  readonly claimRequest?: string
  /** The fenced save that last looked at the claim. */
  readonly fencedBy?: string
}

export interface ErrorRow extends BodyRow {
  readonly owner: string
  readonly errorTime: number
  readonly arrival: number
  readonly createdBy: string
}

/** What there is once in a namespace; its `_id`. */
export interface MetaRow extends Row {
  /** Of the contract. */
  readonly version?: number
  /** The number that the last event or error got. */
  readonly arrival?: number
  /** Counts the saves that listed new tasks. */
  readonly epoch?: number
}

/** A unit of several documents that is under way, or that its client has left. Only where there are no transactions. */
export interface UnitRow extends Row, Intent {
  readonly ns: string
  /** Epoch ms at which it began. */
  readonly at: number
}

/**
 * What a unit does, and the `_id` of the document whose write decides that it is done. `open`: opens the subscriptions
 * that are in a workflow. `list`: makes the tasks of a snapshot ready. `dropWorkflow`, `dropSnapshot`: deletes it with
 * all that belongs to it.
 */
export interface Intent {
  readonly kind: 'open' | 'list' | 'dropWorkflow' | 'dropSnapshot'
  readonly target: string
  /** The request. */
  readonly by: string
}

export interface Collections {
  readonly workflows: Collection<WorkflowRow>
  readonly steps: Collection<StepRow>
  readonly outputs: Collection<BodyRow>
  readonly state: Collection<BodyRow>
  readonly events: Collection<EventRow>
  readonly subscriptions: Collection<SubscriptionRow>
  readonly commands: Collection<CommandRow>
  readonly snapshots: Collection<SnapshotRow>
  readonly tasks: Collection<TaskRow>
  readonly errors: Collection<ErrorRow>
  readonly meta: Collection<MetaRow>
  readonly units: Collection<UnitRow>
}
