import { invalid } from '../errors.ts'
import {
  identifier,
  instant,
  json,
  nullable,
  optional,
  record,
  text,
  ttl,
  type Field,
} from '../fields.ts'
import { newId } from '../ids.ts'
import { pageFields, readPage, toPage } from '../page.ts'
import type {
  NewSubscription,
  Subscription,
  SubscriptionBackend,
  SubscriptionFilter,
  SubscriptionQuery,
  SubscriptionRepository,
  TokenRequest,
} from '../subscriptions.ts'
import type { Runner } from './run.ts'

const filter = { eventName: identifier, eventKey: identifier, asOf: instant }

const subscriptionQuery: Field<SubscriptionQuery> = record({ ...filter, ...pageFields })
const openQuery: Field<SubscriptionFilter> = record(filter)
const tokenRequest: Field<TokenRequest> = record({ token: identifier, workerId: identifier, ttl })

const members: Field<NewSubscription> = record({
  id: optional(identifier),
  workflowId: identifier,
  stepId: text,
  executionPointerId: text,
  eventName: identifier,
  eventKey: identifier,
  subscribeAsOf: instant,
  data: optional(json),
  token: optional(nullable(identifier)),
  workerId: optional(nullable(identifier)),
  tokenExpiry: optional(nullable(instant)),
})

export const newSubscription: Field<NewSubscription> = (value, path) => {
  const clean = members(value, path)
  const { token = null, workerId = null, tokenExpiry = null } = clean
  if ((token === null) !== (workerId === null))
    throw invalid(path, 'given both a token and a workerId, or neither')
  if (token === null && tokenExpiry !== null)
    throw invalid(`${path}.tokenExpiry`, 'absent without a token')
  return clean
}

/** The subscription with its defaults; its id follows from the request id, if there is one. */
export function toSubscription(
  clean: NewSubscription,
  requestId: string | undefined,
): Subscription {
  return {
    token: null,
    workerId: null,
    tokenExpiry: null,
    ...clean,
    id: clean.id ?? newId(requestId),
  }
}

export function guardSubscriptions(
  backend: SubscriptionBackend,
  run: Runner['run'],
): SubscriptionRepository {
  return {
    create: async (subscription, options) =>
      run('write', options, async (call) =>
        backend.create(
          toSubscription(newSubscription(subscription, 'subscription'), options?.requestId),
          call,
        ),
      ),

    get: async (id, options) =>
      run('read', options, async (call) => backend.get(identifier(id, 'id'), call)),

    find: async (query, options) =>
      run('read', options, async (call) => {
        const { limit, cursor, ...wanted } = subscriptionQuery(query, 'query')
        const method = 'subscriptions.find'
        return toPage(
          await backend.find(wanted, readPage({ limit, cursor }, method, [0, '']), call),
          method,
        )
      }),

    findFirstOpen: async (query, options) =>
      run('read', options, async (call) => backend.findFirstOpen(openQuery(query, 'query'), call)),

    terminate: async (id, options) =>
      run('write', options, async (call) => backend.terminate(identifier(id, 'id'), call)),

    setToken: async (id, request, options) =>
      run('write', options, async (call) =>
        backend.setToken(identifier(id, 'id'), tokenRequest(request, 'request'), call),
      ),

    clearToken: async (id, token, options) =>
      run('write', options, async (call) =>
        backend.clearToken(identifier(id, 'id'), identifier(token, 'token'), call),
      ),
  }
}
