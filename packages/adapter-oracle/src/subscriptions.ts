import {
  sliceOf,
  type Subscription,
  type SubscriptionBackend,
  type SubscriptionPlace,
} from '@holdfast/spec'
import {
  createOnce,
  readSubscription,
  subscriptionParams,
  toNumber,
  type SubscriptionRow,
} from '@holdfast/spec/rows'
import { foundOf, getOne, type Gotten } from './body-out.ts'
import { toFlag } from './codec.ts'
import type { Context } from './context.ts'
import { unlessTaken } from './judge.ts'
import { pageOf, statement, statements } from './statement.ts'

const COLUMNS = [
  ...['id', 'workflow_id', 'event_name', 'event_key', 'subscribe_as_of', 'token', 'worker_id'],
  'token_expiry',
]
const LISTED = [...COLUMNS, 'body'].join(', ')

const TOPIC = `namespace = :namespace and event_name = :eventName and event_key = :eventKey
          and subscribe_as_of <= :asOf`

export function createSubscriptions(context: Context): SubscriptionBackend {
  const { read: rowsOf, write, nameOf, now } = context
  const subscriptions = nameOf('subscriptions')

  const sql = {
    create: statement(
      'subscriptions.create',
      `insert into ${subscriptions} (namespace, id, workflow_id, event_name, event_key,
        subscribe_as_of, held, token, worker_id, token_expiry, created_by, body)
      values (:namespace, :id, :workflowId, :eventName, :eventKey,
        :subscribeAsOf, :held, :token, :workerId, :tokenExpiry, :requestId, :body)`,
    ),
    get: getOne(
      'subscriptions.get',
      subscriptions,
      [...COLUMNS, 'created_by'],
      'namespace = :namespace and id = :id',
    ),
    find: statements((paged: boolean) =>
      statement(
        'subscriptions.find',
        pageOf(
          LISTED,
          `from ${subscriptions} where ${TOPIC}`,
          ['subscribe_as_of', 'id'],
          paged ? [':subscribeAsOf', ':id'] : null,
        ),
      ),
    ),
    // Two searches, each with an index of its own: one through all would step over every one that is held.
    findFirstOpen: statement(
      'subscriptions.findFirstOpen',
      `select * from (
        select * from (
          select ${LISTED} from ${subscriptions}
          where ${TOPIC} and held = 0
          order by subscribe_as_of, id
          fetch first 1 rows only
        )
        union all
        select * from (
          select ${LISTED} from ${subscriptions}
          where ${TOPIC} and token_expiry <= ${now}
          order by subscribe_as_of, id
          fetch first 1 rows only
        )
      )
      order by subscribe_as_of, id
      fetch first 1 rows only`,
    ),
    terminate: statement(
      'subscriptions.terminate',
      `delete from ${subscriptions} where namespace = :namespace and id = :id`,
    ),
    setToken: statement(
      'subscriptions.setToken',
      `update ${subscriptions}
      set held = 1, token = :token, worker_id = :workerId, token_expiry = ${now} + :ttl
      where namespace = :namespace and id = :id
        and (held = 0 or token_expiry <= ${now} or token = :token and worker_id = :workerId)`,
    ),
    clearToken: statement(
      'subscriptions.clearToken',
      `update ${subscriptions} set held = 0, token = null, worker_id = null, token_expiry = null
      where namespace = :namespace and id = :id and token = :token`,
    ),
  }

  type Found = SubscriptionRow & { readonly created_by: string }

  const read = (row: SubscriptionRow): Subscription => readSubscription(row, context)

  const find = async (id: string): Promise<Found | undefined> => {
    const { out } = await write<Gotten<Found>>(sql.get, { id })
    return foundOf(out)
  }

  return {
    async create(subscription, { requestId }) {
      const { id, token } = subscription
      const held = toFlag(token !== null)
      const params = { ...subscriptionParams(subscription, context), held, requestId }
      const insert = async (): Promise<Subscription> => {
        await write(sql.create, params)
        return subscription
      }
      return createOnce(
        `subscription ${id}`,
        requestId,
        () => unlessTaken(insert),
        () => find(id),
        read,
      )
    },

    async get(id) {
      const row = await find(id)
      return row ? read(row) : null
    },

    async find(filter, { limit, after }) {
      const [subscribeAsOf, id] = after ?? [null, null]
      const rows = await rowsOf<SubscriptionRow>(
        sql.find(after !== null),
        { ...filter, limit: limit + 1, subscribeAsOf, id },
        limit + 1,
      )
      return sliceOf(
        rows,
        limit,
        read,
        (row): SubscriptionPlace => [toNumber(row.subscribe_as_of), row.id],
        (row) => row.id,
      )
    },

    async findFirstOpen(filter) {
      const [row] = await rowsOf<SubscriptionRow>(sql.findFirstOpen, { ...filter })
      return row ? read(row) : null
    },

    async terminate(id) {
      const { count } = await write(sql.terminate, { id })
      return count > 0
    },

    async setToken(id, { token, workerId, ttl }) {
      const { count } = await write(sql.setToken, { id, token, workerId, ttl })
      return count > 0
    },

    async clearToken(id, token) {
      const { count } = await write(sql.clearToken, { id, token })
      return count > 0
    },
  }
}
