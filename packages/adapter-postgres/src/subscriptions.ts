import {
  sliceOf,
  type Subscription,
  type SubscriptionBackend,
  type SubscriptionPlace,
} from '@holdfast/spec'
import {
  createOnce,
  readSubscription,
  subscriptionColumns,
  toNumber,
  type SubscriptionRow,
} from '@holdfast/spec/rows'
import type { Context } from './context.ts'
import { CLOCK, statement, statements } from './statement.ts'

const COLUMNS = `id, workflow_id, event_name, event_key, subscribe_as_of, token, worker_id,
  token_expiry, body`

const TOPIC = `namespace = :namespace and event_name = :eventName and event_key = :eventKey
  and subscribe_as_of <= :asOf`

export function createSubscriptions(context: Context): SubscriptionBackend {
  const { run, schema } = context
  const subscriptions = `${schema}.subscriptions`

  const sql = {
    create: statement(
      'subscriptions.create',
      `insert into ${subscriptions} (namespace, id, workflow_id, event_name, event_key,
        subscribe_as_of, token, worker_id, token_expiry, created_by, body)
      values (:namespace, :id, :workflow_id, :event_name, :event_key,
        :subscribe_as_of, :token, :worker_id, :token_expiry, :requestId, :body)
      on conflict (namespace, id) do nothing
      returning id`,
    ),
    get: statement(
      'subscriptions.get',
      `select ${COLUMNS}, created_by from ${subscriptions} where namespace = :namespace and id = :id`,
    ),
    find: statements((paged: boolean) =>
      statement(
        'subscriptions.find',
        `select ${COLUMNS} from ${subscriptions}
        where ${TOPIC} ${paged ? 'and (subscribe_as_of, id) > (:subscribeAsOf, :id)' : ''}
        order by subscribe_as_of, id
        limit :limit`,
      ),
    ),
    // Two searches, each with an index of its own: one through all would step over every one that is held.
    findFirstOpen: statement(
      'subscriptions.findFirstOpen',
      `with ${CLOCK}
      select * from (
        (select ${COLUMNS} from ${subscriptions}
        where ${TOPIC} and token is null
        order by subscribe_as_of, id
        limit 1)
        union all
        (select ${COLUMNS} from ${subscriptions}
        where ${TOPIC} and token_expiry <= (select now from clock)
        order by subscribe_as_of, id
        limit 1)
      ) as open
      order by subscribe_as_of, id
      limit 1`,
    ),
    terminate: statement(
      'subscriptions.terminate',
      `delete from ${subscriptions} where namespace = :namespace and id = :id returning id`,
    ),
    setToken: statement(
      'subscriptions.setToken',
      `with ${CLOCK}
      update ${subscriptions} s
      set token = :token, worker_id = :workerId, token_expiry = clock.now + :ttl::bigint
      from clock
      where s.namespace = :namespace and s.id = :id
        and (s.token is null or s.token_expiry <= clock.now
          or (s.token = :token and s.worker_id = :workerId))
      returning s.id`,
    ),
    clearToken: statement(
      'subscriptions.clearToken',
      `update ${subscriptions} set token = null, worker_id = null, token_expiry = null
      where namespace = :namespace and id = :id and token = :token
      returning id`,
    ),
  }

  type Found = SubscriptionRow & { readonly created_by: string }

  const read = (row: SubscriptionRow): Subscription => readSubscription(row, context)

  const find = async (id: string): Promise<Found | undefined> => {
    const [row] = await run<Found>(sql.get, { id })
    return row
  }

  return {
    async create(subscription, { requestId }) {
      const { id } = subscription
      const params = { ...subscriptionColumns(subscription, context), requestId }
      const insert = async (): Promise<Subscription | undefined> => {
        const [row] = await run(sql.create, params)
        return row === undefined ? undefined : subscription
      }
      return createOnce(`subscription ${id}`, requestId, insert, () => find(id), read)
    },

    async get(id) {
      const row = await find(id)
      return row ? read(row) : null
    },

    async find(filter, { limit, after }) {
      const [subscribeAsOf, id] = after ?? [null, null]
      const rows = await run<SubscriptionRow>(sql.find(after !== null), {
        ...filter,
        ...{ limit: limit + 1, subscribeAsOf, id },
      })
      return sliceOf(
        rows,
        limit,
        read,
        (row): SubscriptionPlace => [toNumber(row.subscribe_as_of), row.id],
        (row) => row.id,
      )
    },

    async findFirstOpen(filter) {
      const [row] = await run<SubscriptionRow>(sql.findFirstOpen, { ...filter })
      return row ? read(row) : null
    },

    async terminate(id) {
      const rows = await run(sql.terminate, { id })
      return rows.length > 0
    },

    async setToken(id, { token, workerId, ttl }) {
      const rows = await run(sql.setToken, { id, token, workerId, ttl })
      return rows.length > 0
    },

    async clearToken(id, token) {
      const rows = await run(sql.clearToken, { id, token })
      return rows.length > 0
    },
  }
}
