import {
  sliceOf,
  type Subscription,
  type SubscriptionBackend,
  type SubscriptionPlace,
} from '@holdfast/spec'
import { readSubscription, rowsOf, subscriptionRow, type Row } from './codec.ts'
import type { Context } from './context.ts'
import { judge, type Written } from './judge.ts'
import { join, orderOf, split } from './order.ts'
import { subscriptionScripts as scripts } from './subscriptions-scripts.ts'

export function createSubscriptions(context: Context): SubscriptionBackend {
  const { run } = context

  const read = (row: Row): Subscription => readSubscription(row, context)

  return {
    async create(subscription, { requestId }) {
      const [id, head, body] = subscriptionRow(subscription, requestId, context)
      const answer = await run<Written>(scripts.create, { id, head, body, requestId })
      const [kind, ...rest] = judge(answer, 0, `subscription ${id}`)
      return kind === 'stored' ? read([id, ...rest]) : subscription
    },

    async get(id) {
      const answer = await run<readonly [string, string | null, string | null]>(scripts.get, { id })
      const [, head, body] = answer
      return head === null ? null : read([id, head, body])
    },

    async find({ eventName, eventKey, asOf }, { limit, after }) {
      const answer = await run<readonly (string | null)[]>(scripts.find, {
        topic: join(eventName, eventKey, ''),
        asOf: orderOf(asOf),
        after: after && orderOf(after[0]) + after[1],
        limit: limit + 1,
      })
      return sliceOf(rowsOf(answer), limit, read, placeOf, ([id]) => id)
    },

    async findFirstOpen({ eventName, eventKey, asOf }) {
      const params = { topic: join(eventName, eventKey, ''), asOf: orderOf(asOf) }
      for (;;) {
        const answer = await run<1 | readonly (string | null)[]>(scripts.findFirstOpen, params)
        if (answer === 1) continue
        const [row] = rowsOf(answer)
        return row ? read(row) : null
      }
    },

    async terminate(id) {
      return (await run(scripts.terminate, { id })) === 1
    },

    async setToken(id, { token, workerId, ttl }) {
      return (await run(scripts.setToken, { id, token, workerId, ttl })) === 1
    },

    async clearToken(id, token) {
      return (await run(scripts.clearToken, { id, token })) === 1
    },
  }
}

function placeOf([id, head]: Row): SubscriptionPlace {
  const [, , , subscribeAsOf] = split(head)
  return [Number(subscribeAsOf), id]
}
