import {
  PersistenceError,
  comparePlaces,
  decodeBody,
  encodeBody,
  type Subscription,
  type SubscriptionBackend,
  type SubscriptionFilter,
  type SubscriptionPlace,
} from '@holdfast/spec'
import type { Context } from './context.ts'
import { pageOf, type SubscriptionRow } from './database.ts'

export function createSubscriptions(context: Context): SubscriptionBackend {
  const { tables, now } = context

  const read = (row: SubscriptionRow): Subscription => {
    const { token, workerId, tokenExpiry, body } = row
    return {
      ...decodeBody<Subscription>(body, `subscription ${row.id}`, context),
      token,
      workerId,
      tokenExpiry,
    }
  }

  const matching = (filter: SubscriptionFilter): SubscriptionRow[] =>
    [...tables.subscriptions.values()].filter(
      (row) =>
        row.eventName === filter.eventName &&
        row.eventKey === filter.eventKey &&
        row.subscribeAsOf <= filter.asOf,
    )

  const isOpen = (row: SubscriptionRow): boolean =>
    row.token === null || (row.tokenExpiry !== null && row.tokenExpiry <= now())

  return {
    async create(subscription, { requestId }) {
      const stored = tables.subscriptions.get(subscription.id)
      if (stored?.createdBy === requestId) return read(stored)
      if (stored)
        throw new PersistenceError('CONFLICT', `There is a subscription ${subscription.id} already`)
      const row = toSubscriptionRow(subscription, requestId, context)
      tables.subscriptions.set(row.id, row)
      return read(row)
    },

    async get(id) {
      const row = tables.subscriptions.get(id)
      return row ? read(row) : null
    },

    async find(filter, page) {
      return pageOf(matching(filter), page, placeOf, read, (row) => row.id)
    },

    async findFirstOpen(filter) {
      const [first] = matching(filter)
        .filter(isOpen)
        .sort((a, b) => comparePlaces(placeOf(a), placeOf(b)))
      return first ? read(first) : null
    },

    async terminate(id) {
      return tables.subscriptions.delete(id)
    },

    async setToken(id, { token, workerId, ttl }) {
      const row = tables.subscriptions.get(id)
      if (!row) return false
      const own = row.token === token && row.workerId === workerId
      if (!isOpen(row) && !own) return false
      const tokenExpiry = ttl === null ? null : now() + ttl
      tables.subscriptions.set(id, { ...row, token, workerId, tokenExpiry })
      return true
    },

    async clearToken(id, token) {
      const row = tables.subscriptions.get(id)
      if (row?.token !== token) return false
      tables.subscriptions.set(id, { ...row, token: null, workerId: null, tokenExpiry: null })
      return true
    },
  }
}

export function toSubscriptionRow(
  subscription: Subscription,
  createdBy: string,
  context: Context,
): SubscriptionRow {
  const { token, workerId, tokenExpiry, ...rest } = subscription
  const { id, workflowId, eventName, eventKey, subscribeAsOf } = rest
  const body = encodeBody(rest, context)
  const found = { id, workflowId, eventName, eventKey, subscribeAsOf }
  return { ...found, token, workerId, tokenExpiry, createdBy, body }
}

function placeOf(row: SubscriptionRow): SubscriptionPlace {
  return [row.subscribeAsOf, row.id]
}
