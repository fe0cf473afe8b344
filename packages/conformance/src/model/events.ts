import type { EventQuery, NewEvent, WorkflowEvent } from '@holdfast/spec'
import { inOrder, refuse, replaced, type Model } from './model.ts'

export function createEvent(model: Model, event: NewEvent, id: string): WorkflowEvent {
  if (findEvent(model, id)) refuse('CONFLICT')
  const stored = { processed: false, ...event, id }
  model.events = [...model.events, stored]
  return stored
}

export function findEvent(model: Model, id: string): WorkflowEvent | undefined {
  return model.events.find((event) => event.id === id)
}

export function runnableEvents(model: Model, asOf: number): readonly string[] {
  const due = model.events.filter(({ processed, eventTime }) => !processed && eventTime <= asOf)
  return inOrder(due, ({ eventTime }) => [eventTime]).map(({ id }) => id)
}

export function findEvents(model: Model, query: EventQuery): readonly WorkflowEvent[] {
  const { eventName, eventKey, asOf } = query
  const found = model.events.filter(
    (event) =>
      event.eventName === eventName && event.eventKey === eventKey && event.eventTime >= asOf,
  )
  return inOrder(found, ({ eventTime }) => [eventTime])
}

export function markEvent(model: Model, id: string, processed: boolean): boolean {
  const stored = findEvent(model, id)
  if (!stored) return false
  model.events = replaced(model.events, stored, { ...stored, processed })
  return true
}

export function purgeEvents(model: Model, olderThan: number): number {
  const before = model.events.length
  model.events = model.events.filter(
    ({ processed, eventTime }) => !processed || eventTime >= olderThan,
  )
  return before - model.events.length
}
