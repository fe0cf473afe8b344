import {
  sliceOf,
  type BodyFormat,
  type Subscription,
  type SubscriptionBackend,
  type SubscriptionPlace,
} from '@holdfast/spec'
import { subscriptionParams } from '@holdfast/spec/rows'
import { readSubscription, type SubscriptionRow } from './codec.ts'
import type { Context } from './context.ts'
import type { Params } from './executor.ts'
import { judgeCreate, type Done } from './judge.ts'

interface StoredSubscription extends SubscriptionRow {
  readonly createdBy: string
}

const COLUMNS = `s.id, s.workflow_id as workflowId, s.event_name as eventName, s.event_key as eventKey,
  s.subscribe_as_of as subscribeAsOf, h.token, h.worker_id as workerId, h.expires_at as tokenExpiry, s.body`

const FROM = `holdfast_subscriptions s
left join holdfast_holds h on h.namespace = s.namespace and h.id = s.id`

const GET = `select ${COLUMNS} from ${FROM} where s.namespace = :namespace and s.id = :id`

const GET_UNWRITTEN = `select ${COLUMNS}, s.created_by as createdBy from ${FROM}
where s.namespace = :namespace and s.id = :id and changes() = 0`

const TOPIC = `s.namespace = :namespace and s.event_name = :eventName and s.event_key = :eventKey
and s.subscribe_as_of <= :asOf`

const insertSubscriptions = (condition: string): string =>
  `insert into holdfast_subscriptions (namespace, id, workflow_id, event_name, event_key, subscribe_as_of, created_by,
  body)
select :namespace, value ->> 'id', value ->> 'workflowId', value ->> 'eventName', value ->> 'eventKey',
  value ->> 'subscribeAsOf', :requestId, value ->> 'body'
from json_each(:subscriptions) where ${condition}`

const INSERT = `${insertSubscriptions('true')}
on conflict (namespace, id) do nothing
returning 1 as done`

// These run when the statement that wrote before them did write: the workflow's update, the subscriptions' insert.
const INSERT_OPENED = insertSubscriptions('changes() > 0')

const INSERT_HOLDS = `insert into holdfast_holds (namespace, id, token, worker_id, expires_at)
select :namespace, value ->> 'id', value ->> 'token', value ->> 'workerId', value ->> 'tokenExpiry'
from json_each(:subscriptions) where value ->> 'token' is not null and changes() > 0`

const CLEAR_TOKEN = `delete from holdfast_holds where namespace = :namespace and id = :id and token = :token
returning 1 as done`

const TERMINATE = [
  'delete from holdfast_holds where namespace = :namespace and id = :id',
  'delete from holdfast_subscriptions where namespace = :namespace and id = :id returning 1 as done',
]

/** The statements that open subscriptions in the unit of a workflow's update, right after it. */
export function openSubscriptions(subscriptions: readonly Subscription[]): string[] {
  return subscriptions.length === 0 ? [] : [INSERT_OPENED, ...insertHolds(subscriptions)]
}

function insertHolds(subscriptions: readonly Subscription[]): string[] {
  return subscriptions.some(({ token }) => token !== null) ? [INSERT_HOLDS] : []
}

/** The subscriptions to insert, as one JSON text. */
export function openingParams(subscriptions: readonly Subscription[], format: BodyFormat): Params {
  const rows = subscriptions.map((subscription) => subscriptionParams(subscription, format))
  return { subscriptions: JSON.stringify(rows) }
}

export function createSubscriptions(context: Context): SubscriptionBackend {
  const { executor, namespace } = context
  const { now } = executor

  const FIND_FIRST_OPEN = `select ${COLUMNS} from ${FROM}
where ${TOPIC} and (h.token is null or h.expires_at <= ${now})
order by s.subscribe_as_of, s.id limit 1`

  const SET_TOKEN = `insert into holdfast_holds (namespace, id, token, worker_id, expires_at)
select namespace, id, :token, :workerId, ${now} + :ttl
from holdfast_subscriptions where namespace = :namespace and id = :id
on conflict (namespace, id) do update
set token = excluded.token, worker_id = excluded.worker_id, expires_at = excluded.expires_at
where expires_at <= ${now} or (token = excluded.token and worker_id = excluded.worker_id)
returning 1 as done`

  const read = (row: SubscriptionRow): Subscription => readSubscription(row, context)

  return {
    async create(subscription, { requestId }) {
      const params = { ...openingParams([subscription], context), namespace, requestId }
      const [written, stored] = await executor.write<[Done, StoredSubscription]>(
        [INSERT, GET_UNWRITTEN, ...insertHolds([subscription])],
        { ...params, id: subscription.id },
      )
      if (written[0]) return subscription
      return read(judgeCreate(stored[0], requestId, `a subscription ${subscription.id}`))
    },

    async get(id) {
      const [row] = await executor.read<SubscriptionRow>(GET, { namespace, id })
      return row ? read(row) : null
    },

    async find(filter, { limit, after }) {
      const [afterTime = null, afterId = null] = after ?? []
      const rows = await executor.read<SubscriptionRow>(findSql(after !== null), {
        ...filter,
        ...{ namespace, afterTime, afterId, limit: limit + 1 },
      })
      const placeOf = (row: SubscriptionRow): SubscriptionPlace => [row.subscribeAsOf, row.id]
      return sliceOf(rows, limit, read, placeOf, ({ id }) => id)
    },

    async findFirstOpen(filter) {
      const [row] = await executor.read<SubscriptionRow>(FIND_FIRST_OPEN, { ...filter, namespace })
      return row ? read(row) : null
    },

    async terminate(id) {
      const [, deleted] = await executor.write<[object, Done]>(TERMINATE, { namespace, id })
      return deleted.length === 1
    },

    async setToken(id, request) {
      const [taken] = await executor.write<[Done]>([SET_TOKEN], { ...request, namespace, id })
      return taken.length === 1
    },

    async clearToken(id, token) {
      const [cleared] = await executor.write<[Done]>([CLEAR_TOKEN], { namespace, id, token })
      return cleared.length === 1
    },
  }
}

function findSql(continued: boolean): string {
  return `select ${COLUMNS} from ${FROM}
where ${TOPIC} ${continued ? 'and (s.subscribe_as_of, s.id) > (:afterTime, :afterId)' : ''}
order by s.subscribe_as_of, s.id limit :limit`
}
