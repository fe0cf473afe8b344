import type { Call } from './backend.ts'
import type { JsonValue } from './json.ts'
import type { Page, PageQuery, PageRequest, Slice } from './page.ts'
import type { CallOptions, WriteOptions } from './provider.ts'

/** A workflow's wait for an event (workflow-core EventSubscription). */
export interface Subscription {
  readonly id: string
  readonly workflowId: string
  readonly stepId: string
  readonly executionPointerId: string
  readonly eventName: string
  readonly eventKey: string
  /** Epoch ms. Events at or after it are meant. */
  readonly subscribeAsOf: number
  readonly data?: JsonValue
  /** Who works on it: all three are `null`, or token and worker are set and the expiry is an instant or `null` (never). */
  readonly token: string | null
  readonly workerId: string | null
  readonly tokenExpiry: number | null
}

type Lease = 'token' | 'workerId' | 'tokenExpiry'

/** The store chooses the id when it is left out; without a token the subscription is open. */
export type NewSubscription = Omit<Subscription, 'id' | Lease> &
  Partial<Pick<Subscription, 'id' | Lease>>

export interface SubscriptionQuery extends PageRequest {
  readonly eventName: string
  readonly eventKey: string
  /** Epoch ms. Subscriptions with `subscribeAsOf` at or before it. */
  readonly asOf: number
}

export interface TokenRequest {
  /** Names this hold; chosen by the worker, unique to it. */
  readonly token: string
  readonly workerId: string
  /** ms, or `null` for a hold that never expires. */
  readonly ttl: number | null
}

/** A subscription is open when it has no token, or its token has expired by the store's clock (expiry at or before now). */
export interface SubscriptionRepository {
  /** @throws {PersistenceError} `CONFLICT` when the id is taken; the subscription that has it stays as it is */
  create(subscription: NewSubscription, options?: WriteOptions): Promise<Subscription>
  get(id: string, options?: CallOptions): Promise<Subscription | null>
  /** Subscriptions to a name and key, with a token or without, by (subscribeAsOf, id). */
  find(query: SubscriptionQuery, options?: CallOptions): Promise<Page<Subscription>>
  /** The first open one in the order of {@link SubscriptionRepository.find}. */
  findFirstOpen(
    query: Omit<SubscriptionQuery, keyof PageRequest>,
    options?: CallOptions,
  ): Promise<Subscription | null>
  /** Deletes it. `false` when it is not there. */
  terminate(id: string, options?: WriteOptions): Promise<boolean>
  /**
   * Takes an open subscription, until `now + ttl`. One winner among any number of workers; the others get `false`, as
   * does everybody when it is not there. The same token and worker again is the same hold, from now on.
   */
  setToken(id: string, request: TokenRequest, options?: WriteOptions): Promise<boolean>
  /**
   * Opens it again, also when the token has expired and nobody has taken it since. `false`, and no change, when it holds
   * another token or none, or is not there.
   */
  clearToken(id: string, token: string, options?: WriteOptions): Promise<boolean>
}

export type SubscriptionPlace = readonly [subscribeAsOf: number, id: string]
export type SubscriptionFilter = Omit<SubscriptionQuery, keyof PageRequest>

export interface SubscriptionBackend {
  create(subscription: Subscription, call: Call): Promise<Subscription>
  get(id: string, call: Call): Promise<Subscription | null>
  find(
    filter: SubscriptionFilter,
    page: PageQuery<SubscriptionPlace>,
    call: Call,
  ): Promise<Slice<Subscription, SubscriptionPlace>>
  findFirstOpen(filter: SubscriptionFilter, call: Call): Promise<Subscription | null>
  terminate(id: string, call: Call): Promise<boolean>
  setToken(id: string, request: TokenRequest, call: Call): Promise<boolean>
  clearToken(id: string, token: string, call: Call): Promise<boolean>
}
