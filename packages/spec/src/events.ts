import type { Call } from './backend.ts'
import type { JsonValue } from './json.ts'
import type { Page, PageQuery, PageRequest, Slice } from './page.ts'
import type { CallOptions, WriteOptions } from './provider.ts'

/** Something that happened, for whoever subscribes to its name and key, before or after (workflow-core Event). */
export interface WorkflowEvent {
  readonly id: string
  readonly eventName: string
  readonly eventKey: string
  readonly data?: JsonValue
  /** Epoch ms. */
  readonly eventTime: number
  readonly processed: boolean
}

/** The store chooses the id, and `processed: false`, when they are left out. */
export type NewEvent = Omit<WorkflowEvent, 'id' | 'processed'> &
  Partial<Pick<WorkflowEvent, 'id' | 'processed'>>

export interface RunnableEventQuery extends PageRequest {
  /** Epoch ms. Events at or before it. */
  readonly asOf: number
}

export interface EventQuery extends PageRequest {
  readonly eventName: string
  readonly eventKey: string
  /** Epoch ms. Events at or after it. */
  readonly asOf: number
}

export interface EventPurge {
  /** Epoch ms, not included: takes processed events with an `eventTime` before it. */
  readonly olderThan: number
}

/** Events of one instant come in the order of their arrival at the store. */
export interface EventRepository {
  /** @throws {PersistenceError} `CONFLICT` when the id is taken; the event that has it stays as it is */
  create(event: NewEvent, options?: WriteOptions): Promise<WorkflowEvent>
  get(id: string, options?: CallOptions): Promise<WorkflowEvent | null>
  /** Ids of events not processed, with `eventTime` at or before `asOf`, by (eventTime, arrival). */
  getRunnable(query: RunnableEventQuery, options?: CallOptions): Promise<Page<string>>
  /** Events of a name and key, processed ones too, with `eventTime` at or after `asOf`, by (eventTime, arrival). */
  find(query: EventQuery, options?: CallOptions): Promise<Page<WorkflowEvent>>
  /** Idempotent; of this and {@link EventRepository.markUnprocessed} the last call wins. `false` when it is not there. */
  markProcessed(id: string, options?: WriteOptions): Promise<boolean>
  markUnprocessed(id: string, options?: WriteOptions): Promise<boolean>
  /** Deletes old processed events. Returns how many. An event that waits to be processed is never purged. */
  purge(query: EventPurge, options?: WriteOptions): Promise<number>
}

/** `arrival` is a number that the store gave, growing with each event. */
export type EventPlace = readonly [eventTime: number, arrival: number]

export interface EventBackend {
  create(event: WorkflowEvent, call: Call): Promise<WorkflowEvent>
  get(id: string, call: Call): Promise<WorkflowEvent | null>
  getRunnable(
    asOf: number,
    page: PageQuery<EventPlace>,
    call: Call,
  ): Promise<Slice<string, EventPlace>>
  find(
    filter: Omit<EventQuery, keyof PageRequest>,
    page: PageQuery<EventPlace>,
    call: Call,
  ): Promise<Slice<WorkflowEvent, EventPlace>>
  mark(id: string, processed: boolean, call: Call): Promise<boolean>
  purge(olderThan: number, call: Call): Promise<number>
}
