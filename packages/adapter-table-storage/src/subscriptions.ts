import {
  sliceOf,
  type Subscription,
  type SubscriptionBackend,
  type SubscriptionPlace,
} from '@holdfast/spec'
import {
  SUBSCRIPTION_HEAD,
  numberOf,
  numberOrNull,
  readSubscription,
  textOf,
  textOrNull,
} from './codec.ts'
import type { Context } from './context.ts'
import { touchFamily } from './family.ts'
import { assertMine } from './judge.ts'
import { upTo } from './keys.ts'
import { inOrder, take, type Order } from './pages.ts'
import {
  dropSubscription,
  freeSubscription,
  heldRange,
  leaseSubscription,
  openKey,
  openRange,
  openSubscription,
  subscriptionKey,
  topicKey,
  topicRange,
  type Topic,
} from './subscriptions-rows.ts'
import { Conflict, type Change, type Content, type Row } from './table.ts'
import { parallel } from './parallel.ts'

/** How many are looked at in one request. */
const BATCH = 1000

const NOBODY = { token: null, workerId: null, tokenExpiry: null }

export function createSubscriptions(context: Context): SubscriptionBackend {
  const { main, now } = context

  const read = ({ content }: Row): Subscription => readSubscription(content, context)

  const isOpen = (content: Content): boolean => {
    const expiry = numberOrNull(content, 'tokenExpiry')
    return textOrNull(content, 'token') === null || (expiry !== null && expiry <= now())
  }

  /** Changes a subscription. `false`, and no change, when `may` says no, or it is not there. */
  const change = async (
    id: string,
    may: (content: Content) => boolean,
    changes: (row: Row) => Change[],
  ): Promise<boolean> =>
    main.attempt(async () => {
      const row = await main.take(subscriptionKey(id), SUBSCRIPTION_HEAD)
      if (row === null || !may(row.content)) return false
      await main.commit([changes(row)])
      return true
    })

  /** Puts those among the open ones whose hold has ended. Whether there were any. */
  const freeExpired = async (topic: Topic): Promise<boolean> => {
    const late = await take(main.rows(upTo(heldRange(topic), now()), BATCH), BATCH)
    await parallel(late, async ({ content }) =>
      change(
        textOf(content, 'id'),
        (stored) => textOf(stored, 'freed') !== '1' && isOpen(stored),
        freeSubscription,
      ),
    )
    return late.length > 0
  }

  return {
    async create(subscription, { requestId }) {
      const changes = openSubscription(subscription, requestId, context)
      return main.attempt(async () => {
        try {
          await main.commit([changes], [touchFamily(subscription.workflowId)])
          return subscription
        } catch (error) {
          const stored =
            error instanceof Conflict ? await main.take(subscriptionKey(subscription.id)) : null
          if (stored === null) throw error
          const createdBy = textOf(stored.content, 'createdBy')
          assertMine(createdBy, requestId, `subscription ${subscription.id}`)
          return read(stored)
        }
      })
    },

    async get(id) {
      const row = await main.get(subscriptionKey(id))
      return row && read(row)
    },

    async find({ asOf, ...topic }, { limit, after }) {
      const order: Order<SubscriptionPlace> = {
        placeOf,
        keyOf: (place) => topicKey(topic, ...place),
      }
      const found = inOrder(main, upTo(topicRange(topic), asOf), order, after, limit + 1)
      const rows = await take(found, limit + 1)
      return sliceOf(rows, limit, read, placeOf, ({ content }) => textOf(content, 'id'))
    },

    async findFirstOpen({ asOf, ...topic }) {
      const order: Order<SubscriptionPlace> = {
        placeOf,
        keyOf: (place) => openKey(topic, ...place),
      }
      const first = async (): Promise<Row | null> => {
        const range = upTo(openRange(topic), asOf)
        for await (const { content } of inOrder(main, range, order, null, 1)) {
          const row = await main.get(subscriptionKey(textOf(content, 'id')))
          // Somebody may have taken it since.
          if (row && isOpen(row.content)) return row
        }
        return null
      }
      for (;;) {
        const [row, freed] = await Promise.all([first(), freeExpired(topic)])
        if (!freed) return row && read(row)
      }
    },

    async terminate(id) {
      return change(id, () => true, dropSubscription)
    },

    async setToken(id, { token, workerId, ttl }) {
      const isMine = (content: Content): boolean =>
        textOf(content, 'token') === token && textOf(content, 'workerId') === workerId
      return change(
        id,
        (content) => isOpen(content) || isMine(content),
        (row) =>
          leaseSubscription(row, {
            token,
            workerId,
            tokenExpiry: ttl === null ? null : now() + ttl,
          }),
      )
    },

    async clearToken(id, token) {
      return change(
        id,
        (content) => textOf(content, 'token') === token,
        (row) => leaseSubscription(row, NOBODY),
      )
    },
  }
}

function placeOf({ content }: Row): SubscriptionPlace {
  return [numberOf(content, 'subscribeAsOf'), textOf(content, 'id')]
}
