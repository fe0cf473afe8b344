import type {
  NewSubscription,
  Subscription,
  SubscriptionFilter,
  TokenRequest,
} from '@holdfast/spec'
import { inOrder, refuse, replaced, type Model } from './model.ts'

export function createSubscription(
  model: Model,
  subscription: NewSubscription,
  id: string,
): Subscription {
  if (findSubscription(model, id)) refuse('CONFLICT')
  const stored = { token: null, workerId: null, tokenExpiry: null, ...subscription, id }
  model.subscriptions = [...model.subscriptions, stored]
  return stored
}

export function findSubscription(model: Model, id: string): Subscription | undefined {
  return model.subscriptions.find((subscription) => subscription.id === id)
}

export function findSubscriptions(
  model: Model,
  { eventName, eventKey, asOf }: SubscriptionFilter,
): readonly Subscription[] {
  const found = model.subscriptions.filter(
    (subscription) =>
      subscription.eventName === eventName &&
      subscription.eventKey === eventKey &&
      subscription.subscribeAsOf <= asOf,
  )
  return inOrder(found, ({ subscribeAsOf, id }) => [subscribeAsOf, id])
}

export function findFirstOpen(
  model: Model,
  filter: SubscriptionFilter,
  now: number,
): Subscription | undefined {
  return findSubscriptions(model, filter).find((subscription) => isOpen(subscription, now))
}

export function terminate(model: Model, id: string): boolean {
  const before = model.subscriptions.length
  model.subscriptions = model.subscriptions.filter((subscription) => subscription.id !== id)
  return model.subscriptions.length < before
}

export function setToken(
  model: Model,
  id: string,
  { token, workerId, ttl }: TokenRequest,
  now: number,
): boolean {
  const stored = findSubscription(model, id)
  if (!stored) return false
  const own = stored.token === token && stored.workerId === workerId
  if (!own && !isOpen(stored, now)) return false
  const tokenExpiry = ttl === null ? null : now + ttl
  model.subscriptions = replaced(model.subscriptions, stored, {
    ...stored,
    token,
    workerId,
    tokenExpiry,
  })
  return true
}

export function clearToken(model: Model, id: string, token: string): boolean {
  const stored = findSubscription(model, id)
  if (stored?.token !== token) return false
  model.subscriptions = replaced(model.subscriptions, stored, {
    ...stored,
    token: null,
    workerId: null,
    tokenExpiry: null,
  })
  return true
}

export function isOpen({ token, tokenExpiry }: Subscription, now: number): boolean {
  return token === null || (tokenExpiry !== null && tokenExpiry <= now)
}
