import { comparePlaces, sliceOf, type PageQuery, type Place, type Slice } from '@holdfast/spec'

/** A stored record: its body as the codec wrote it, and what is looked up by. */
export interface WorkflowRow {
  readonly id: string
  readonly definitionId: string
  readonly reference: string | undefined
  readonly resourceId: string | undefined
  readonly status: string
  readonly nextExecution: number | null
  readonly completedAt: number | undefined
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
  readonly createdBy: string
  readonly updatedBy: string
  readonly body: string
}

export interface StepRow {
  readonly workflowId: string
  readonly stepId: string
  readonly executionIndex: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
  readonly createdBy: string
  readonly updatedBy: string
  readonly body: string
}

export interface OutputRow {
  readonly workflowId: string
  readonly body: string
}

export interface StateRow {
  readonly workflowId: string
  readonly key: string
  readonly body: string
}

export interface EventRow {
  readonly id: string
  readonly eventName: string
  readonly eventKey: string
  readonly eventTime: number
  readonly arrival: number
  readonly processed: boolean
  readonly createdBy: string
  readonly body: string
}

export interface SubscriptionRow {
  readonly id: string
  readonly workflowId: string
  readonly eventName: string
  readonly eventKey: string
  readonly subscribeAsOf: number
  readonly token: string | null
  readonly workerId: string | null
  readonly tokenExpiry: number | null
  readonly createdBy: string
  readonly body: string
}

export interface CommandRow {
  readonly key: string
  readonly executeAt: number
  /** When it was scheduled anew while being handled. */
  readonly rearmAt: number | null
  readonly token: string | null
  readonly leaseUntil: number
  readonly workflowId: string | undefined
  readonly body: string
}

export interface SnapshotRow {
  readonly instanceId: string
  readonly workflowId: string
  readonly status: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
  readonly updatedBy: string
  readonly body: string
}

/** A task that was ready once. It stays when it is not any more, for as long as somebody may hold it. */
export interface TaskRow {
  readonly instanceId: string
  readonly workflowId: string
  readonly taskId: string
  readonly ready: boolean
  readonly readyAt: number
  readonly priority: number
  readonly tags: readonly string[]
  readonly body: string
  readonly token: number
  readonly held: boolean
  readonly workerId: string
  readonly claimedAt: number
  readonly expiresAt: number | null
  readonly claimRequest: string
}

export interface ErrorRow {
  readonly id: string
  readonly workflowId: string
  readonly errorTime: number
  readonly arrival: number
  readonly createdBy: string
  readonly body: string
}

/** The rows of one namespace. */
export interface Tables {
  readonly workflows: Map<string, WorkflowRow>
  readonly steps: Map<string, StepRow>
  readonly outputs: Map<string, OutputRow>
  readonly state: Map<string, StateRow>
  readonly events: Map<string, EventRow>
  readonly subscriptions: Map<string, SubscriptionRow>
  readonly commands: Map<string, CommandRow>
  readonly snapshots: Map<string, SnapshotRow>
  readonly tasks: Map<string, TaskRow>
  readonly errors: Map<string, ErrorRow>
  /** The next arrival number. */
  arrivals: number
  /** The last fencing token. */
  tokens: number
}

/** What providers of one process share, as they would share a database server. */
export interface MemoryDatabase {
  /** The rows of a namespace, from its first use on. */
  tables(namespace: string): Tables
}

export function createMemoryDatabase(): MemoryDatabase {
  const namespaces = new Map<string, Tables>()
  return {
    tables(namespace) {
      const tables = namespaces.get(namespace) ?? createTables()
      namespaces.set(namespace, tables)
      return tables
    },
  }
}

function createTables(): Tables {
  return {
    workflows: new Map(),
    steps: new Map(),
    outputs: new Map(),
    state: new Map(),
    events: new Map(),
    subscriptions: new Map(),
    commands: new Map(),
    snapshots: new Map(),
    tasks: new Map(),
    errors: new Map(),
    arrivals: 0,
    tokens: 0,
  }
}

/** The key of a record that several ids name together; injective, whatever characters they hold. */
export function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts)
}

/** One page of the rows that match, in the order of their places. */
export function pageOf<Row, T, P extends Place>(
  rows: Iterable<Row>,
  page: PageQuery<P>,
  placeOf: (row: Row) => P,
  read: (row: Row) => T,
  idOf: (row: Row) => string,
  direction: 1 | -1 = 1,
): Slice<T, P> {
  const { limit, after } = page
  const rest = [...rows]
    .filter((row) => after === null || direction * comparePlaces(placeOf(row), after) > 0)
    .sort((a, b) => direction * comparePlaces(placeOf(a), placeOf(b)))
  return sliceOf(rest.slice(0, limit + 1), limit, read, placeOf, idOf)
}

/** Deletes the rows that match. */
export function deleteWhere<Row>(table: Map<string, Row>, matches: (row: Row) => boolean): void {
  for (const [key, row] of table) if (matches(row)) table.delete(key)
}
