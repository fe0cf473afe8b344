import type { BodyFormat, Subscription } from '@holdfast/spec'
import { cleared, numberOf, numberOrNull, textOf, textOrNull, writeSubscription } from './codec.ts'
import { familyKey } from './family.ts'
import { keyOf, within, type Range } from './keys.ts'
import type { Change, Content, Row } from './table.ts'

// A subscription is stored twice, by its id and by what it waits for, so that a search is one request. One row more says
// where it stands: among the open ones, or among those that are held, by when that ends. As there is always such a row,
// whoever deletes a subscription fails when it was taken meanwhile.

/** In the key of a hold that never ends. */
export const NEVER: number = Number.MAX_SAFE_INTEGER

export interface Topic {
  readonly eventName: string
  readonly eventKey: string
}

export function subscriptionKey(id: string): string {
  return keyOf('Y', id)
}

export function topicRange({ eventName, eventKey }: Topic): Range {
  return within('Z', eventName, eventKey)
}

export function topicKey(
  { eventName, eventKey }: Topic,
  subscribeAsOf: number,
  id: string,
): string {
  return keyOf('Z', eventName, eventKey, subscribeAsOf, id)
}

export function openRange({ eventName, eventKey }: Topic): Range {
  return within('O', eventName, eventKey)
}

export function openKey({ eventName, eventKey }: Topic, subscribeAsOf: number, id: string): string {
  return keyOf('O', eventName, eventKey, subscribeAsOf, id)
}

export function heldRange({ eventName, eventKey }: Topic): Range {
  return within('H', eventName, eventKey)
}

function topicOf(content: Content): Topic {
  return { eventName: textOf(content, 'eventName'), eventKey: textOf(content, 'eventKey') }
}

/**
 * Where a subscription stands. One whose hold has ended is among the held ones until somebody looks for it; it keeps its
 * token then.
 */
function standingKey(content: Content): string {
  const topic = topicOf(content)
  const id = textOf(content, 'id')
  if (textOrNull(content, 'token') === null || textOf(content, 'freed') === '1')
    return openKey(topic, numberOf(content, 'subscribeAsOf'), id)
  const { eventName, eventKey } = topic
  return keyOf('H', eventName, eventKey, numberOrNull(content, 'tokenExpiry') ?? NEVER, id)
}

function topicKeyOf(content: Content): string {
  return topicKey(topicOf(content), numberOf(content, 'subscribeAsOf'), textOf(content, 'id'))
}

function memberKey(content: Content): string {
  return familyKey(textOf(content, 'workflowId'), 'U', textOf(content, 'id'))
}

/** Stores a subscription. */
export function openSubscription(
  subscription: Subscription,
  requestId: string,
  format: BodyFormat,
): Change[] {
  const content = writeSubscription(subscription, requestId, format)
  const { id, subscribeAsOf } = content
  return [
    { do: 'create', key: subscriptionKey(subscription.id), content },
    { do: 'create', key: topicKeyOf(content), content },
    { do: 'create', key: memberKey(content), content: { id: id ?? '' } },
    {
      do: 'create',
      key: standingKey(content),
      content: { id: id ?? '', subscribeAsOf: subscribeAsOf ?? '' },
    },
  ]
}

/** Deletes a subscription that is there. */
export function dropSubscription({ key, content }: Row): Change[] {
  return [key, topicKeyOf(content), memberKey(content), standingKey(content)].map((gone) => ({
    do: 'delete',
    key: gone,
  }))
}

/** Who holds a subscription. */
export interface Lease {
  readonly token: string | null
  readonly workerId: string | null
  readonly tokenExpiry: number | null
}

/** Gives a subscription to somebody, or opens it. */
export function leaseSubscription(row: Row, lease: Lease): Change[] {
  return change(row, cleared({ ...lease, freed: null }))
}

/** Has a subscription whose hold has ended among the open ones. */
export function freeSubscription(row: Row): Change[] {
  return change(row, { freed: '1' })
}

function change({ key, content, etag }: Row, merged: Content): Change[] {
  const before = standingKey(content)
  const after = standingKey({ ...content, ...merged })
  const { id = '', subscribeAsOf = '' } = content
  return [
    { do: 'merge', key, content: merged, etag },
    { do: 'merge', key: topicKeyOf(content), content: merged },
    ...(before === after
      ? []
      : [
          { do: 'delete', key: before } as const,
          { do: 'create', key: after, content: { id, subscribeAsOf } } as const,
        ]),
  ]
}
