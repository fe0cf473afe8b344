import {
  comparePlaces,
  type ErrorCode,
  type ExecutionError,
  type Place,
  type ScheduledCommand,
  type Snapshot,
  type StateEntry,
  type StepExecution,
  type StepOutput,
  type Subscription,
  type TaskClaim,
  type WorkflowEvent,
  type WorkflowInstance,
} from '@holdfast/spec'

/**
 * What a store holds, as plainly as it can be said: lists, searched from one end to the other. It is written from the
 * contract and shares nothing with an adapter, so that a mistake has to be made twice to go unnoticed.
 */
export interface Model {
  workflows: readonly WorkflowInstance[]
  steps: readonly StepExecution[]
  outputs: readonly StepOutput[]
  state: readonly StateEntry[]
  /** In the order of arrival. */
  events: readonly WorkflowEvent[]
  subscriptions: readonly Subscription[]
  commands: readonly ModelCommand[]
  snapshots: readonly ModelSnapshot[]
  /** The last claim of each task, also when it has expired. */
  claims: readonly TaskClaim[]
  /** The highest fencing token of each task that was ever claimed. */
  tokens: ReadonlyMap<string, number>
  /** In the order of arrival. */
  errors: readonly ExecutionError[]
}

export interface ModelCommand extends ScheduledCommand {
  /** When it was scheduled anew while somebody handled it. */
  readonly anew: number | null
  /** Who handles it, or began to and did not finish. */
  readonly hold: { readonly by: symbol; readonly until: number } | null
}

export interface ModelSnapshot {
  readonly content: Snapshot
  /** Since when each task can be taken, by task id. */
  readonly readyAt: ReadonlyMap<string, number>
}

export function createModel(): Model {
  return {
    workflows: [],
    steps: [],
    outputs: [],
    state: [],
    events: [],
    subscriptions: [],
    commands: [],
    snapshots: [],
    claims: [],
    tokens: new Map(),
    errors: [],
  }
}

/** The contract answers with this error. */
export class Refusal extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode) {
    super(code)
    this.code = code
  }
}

export function refuse(code: ErrorCode): never {
  throw new Refusal(code)
}

/** Those of one place stay in the order of their arrival. */
export function inOrder<T>(items: readonly T[], placeOf: (item: T) => Place): readonly T[] {
  return items.toSorted((a, b) => comparePlaces(placeOf(a), placeOf(b)))
}

/** The list with the item in the place of the old one. */
export function replaced<T>(items: readonly T[], old: T, item: T): readonly T[] {
  return items.map((other) => (other === old ? item : other))
}
