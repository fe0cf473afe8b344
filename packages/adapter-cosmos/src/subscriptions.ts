import {
  sliceOf,
  type Subscription,
  type SubscriptionBackend,
  type SubscriptionFilter,
  type SubscriptionPlace,
} from '@holdfast/spec'
import {
  OPEN,
  holdOf,
  readSubscription,
  subscriptionItem,
  subscriptionsOf,
  topicOf,
  type SubscriptionItem,
} from './codec-events.ts'
import type { Context } from './context.ts'
import { taken } from './judge.ts'
import { itemId } from './keys.ts'
import { ascii, orderOf } from './order.ts'

export function createSubscriptions(context: Context): SubscriptionBackend {
  const { database } = context
  const { main } = database

  const read = (item: SubscriptionItem): Subscription => readSubscription(item, context)
  const idOf = (id: string): string => itemId('subscription', id)

  return {
    async create(subscription, { requestId }) {
      const item = subscriptionItem(subscription, requestId, context)
      if ((await main.create(item)) === 'written') return subscription
      const stored = await main.read<SubscriptionItem>(item.id)
      if (stored?.createdBy !== requestId) throw taken(`subscription ${subscription.id}`)
      return read(stored)
    },

    async get(id) {
      const item = await main.read<SubscriptionItem>(idOf(id))
      return item && read(item)
    },

    async find(filter, { limit, after }) {
      const { from, end } = boundsOf(filter)
      const rows = await main.query<SubscriptionItem>(
        {
          select: '*',
          where: 'c.place > @after AND c.place < @end',
          order: 'c.place',
          parameters: {
            after: after === null ? from : from + orderOf(after[0]) + ascii(after[1]),
            end,
          },
        },
        limit + 1,
      )
      const placeOf = ({ subscribeAsOf, key }: SubscriptionItem): SubscriptionPlace => [
        subscribeAsOf,
        key[0] ?? '',
      ]
      return sliceOf(rows, limit, read, placeOf, ({ key }) => key[0] ?? '')
    },

    async findFirstOpen(filter) {
      const { from, end } = boundsOf(filter)
      const topic = topicOf(filter.eventName, filter.eventKey)
      // Each has an index, so that neither steps over those that are held.
      const [[open], expired] = await Promise.all([
        main.query<SubscriptionItem>(
          {
            select: '*',
            where: `c.state = '${OPEN}' AND c.at > @from AND c.at < @end`,
            order: 'c.state, c.at',
            parameters: { from, end },
          },
          1,
        ),
        main.query<Pick<SubscriptionItem, 'id' | 'at'>>({
          select: 'c.id, c.at',
          where: 'c.topic = @topic AND c.expiry <= @now',
          order: 'c.topic, c.expiry',
          parameters: { topic, now: database.now() },
        }),
      ])
      const [late] = expired.filter(({ at }) => at < end).toSorted((a, b) => (a.at < b.at ? -1 : 1))
      if (late !== undefined && (open === undefined || late.at < open.at)) {
        const item = await main.read<SubscriptionItem>(late.id)
        if (item !== null) return read(item)
      }
      return open === undefined ? null : read(open)
    },

    async terminate(id) {
      return (await main.remove(idOf(id))) === 'written'
    },

    async setToken(id, { token, workerId, ttl }) {
      const now = database.now()
      const hold = holdOf(token, workerId, ttl === null ? null : now + ttl)
      const set = await main.patch(idOf(id), {
        set: { ...hold },
        where: `c.state = "${OPEN}" OR c.expiry <= ${now} OR c.holdDigest = "${hold.holdDigest}"`,
      })
      return typeof set !== 'string'
    },

    async clearToken(id, token) {
      const { tokenDigest } = holdOf(token, token, null)
      const cleared = await main.patch(idOf(id), {
        set: { ...holdOf(null, null, null) },
        where: `c.tokenDigest = "${tokenDigest}"`,
      })
      return typeof cleared !== 'string'
    },
  }
}

function boundsOf({ eventName, eventKey, asOf }: SubscriptionFilter): {
  readonly from: string
  readonly end: string
} {
  const from = subscriptionsOf(eventName, eventKey)
  return { from, end: from + orderOf(asOf + 1) }
}
