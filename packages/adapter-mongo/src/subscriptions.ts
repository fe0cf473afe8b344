import { comparePlaces, sliceOf, type Subscription, type SubscriptionBackend } from '@holdfast/spec'
import { readSubscription, subscriptionRow } from './codec.ts'
import type { Context } from './context.ts'
import { createOnce } from './judge.ts'
import { join, lastIds, pageFilter, sortBy, type Filter } from './keys.ts'
import type { SubscriptionRow } from './rows.ts'

const ORDER = ['subscribeAsOf', '_id'] as const

export function createSubscriptions(context: Context): SubscriptionBackend {
  const { collections, now, namespace: ns } = context

  const idOf = (id: string): string => join(ns, id)
  const read = (row: SubscriptionRow): Subscription => readSubscription(row, context)
  const nameOf = (row: SubscriptionRow): string => lastIds(row._id, 1)[0]

  return {
    async create(subscription, { requestId }) {
      const row = subscriptionRow(subscription, requestId, context)
      const { subscriptions } = await collections()
      const stored = await createOnce(
        `subscription ${subscription.id}`,
        requestId,
        () => subscriptions.insertOne(row),
        () => subscriptions.findOne({ _id: row._id }),
      )
      return stored ? read(stored) : subscription
    },

    async get(id) {
      const { subscriptions } = await collections()
      const row = await subscriptions.findOne({ _id: idOf(id) })
      return row && read(row)
    },

    async find({ eventName, eventKey, asOf }, { limit, after }) {
      const { subscriptions } = await collections()
      const place = after && [after[0], idOf(after[1])]
      const wanted = { topic: join(ns, eventName, eventKey), subscribeAsOf: { $lte: asOf } }
      const rows = await subscriptions
        .find(pageFilter(wanted, ORDER, place), {
          sort: sortBy(ORDER),
          limit: limit + 1,
          batchSize: limit + 2,
        })
        .toArray()
      return sliceOf(rows, limit, read, (row) => [row.subscribeAsOf, nameOf(row)], nameOf)
    },

    async findFirstOpen({ eventName, eventKey, asOf }) {
      const { subscriptions } = await collections()
      const topic = { topic: join(ns, eventName, eventKey), subscribeAsOf: { $lte: asOf } }
      const first = async (state: Filter): Promise<SubscriptionRow | null> =>
        subscriptions.findOne({ ...topic, ...state }, { sort: sortBy(ORDER) })
      // Each kind has an index, in which those that are held don't stand in the way.
      const found = await Promise.all([
        first({ token: null }),
        first({ tokenExpiry: { $lte: now() } }),
      ])
      const placeOf = ({ subscribeAsOf, _id }: SubscriptionRow): readonly [number, string] => [
        subscribeAsOf,
        _id,
      ]
      const [row] = found
        .filter((each) => each !== null)
        .sort((a, b) => comparePlaces(placeOf(a), placeOf(b)))
      return row ? read(row) : null
    },

    async terminate(id) {
      const { subscriptions } = await collections()
      const { deletedCount } = await subscriptions.deleteOne({ _id: idOf(id) })
      return deletedCount > 0
    },

    async setToken(id, { token, workerId, ttl }) {
      const { subscriptions } = await collections()
      const time = now()
      const takeable = {
        $or: [{ token: null }, { tokenExpiry: { $lte: time } }, { token, workerId }],
      }
      const tokenExpiry = ttl === null ? null : time + ttl
      const { matchedCount } = await subscriptions.updateOne(
        { _id: idOf(id), ...takeable },
        { $set: { token, workerId, tokenExpiry } },
      )
      return matchedCount > 0
    },

    async clearToken(id, token) {
      const { subscriptions } = await collections()
      const { matchedCount } = await subscriptions.updateOne(
        { _id: idOf(id), token },
        { $set: { token: null, workerId: null, tokenExpiry: null } },
      )
      return matchedCount > 0
    },
  }
}
