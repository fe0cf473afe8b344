import fc from 'fast-check'
import type { JsonValue, NewExecutionError } from '@holdfast/spec'
import { appendErrors, listErrors } from '../errors.ts'
import type { Model } from '../model.ts'
import type { Family, Prepared } from './operation.ts'
import {
  allRefs,
  idsOf,
  limits,
  literal,
  memberOf,
  moments,
  owners,
  payloads,
  rarely,
  readAll,
  record,
  SWEEP_LIMIT,
  weighted,
  workflowOf,
} from './pieces.ts'
import type { Moment, Ref, World } from './world.ts'

interface Item {
  readonly id: Ref | null
  readonly workflow: Ref
  readonly at: Moment
  readonly message: string
  readonly details: JsonValue | undefined
}

export type ErrorOperation =
  | { readonly method: 'errors.append'; readonly items: readonly Item[] }
  | { readonly method: 'errors.list'; readonly workflow: Ref; readonly limit: number }

/** Begins the id of an error whose real id is not known yet: `append` does not tell it. */
const UNSEEN = '(not seen yet) '

function operations(): fc.Arbitrary<ErrorOperation> {
  const item = record({
    id: fc.constantFrom<Ref | null>(null, null, 0, 1, 2, 3, 4),
    workflow: owners,
    at: moments,
    message: fc.constantFrom('x', '', 'y'),
    details: rarely(payloads),
  })
  return weighted(
    [
      3,
      record({
        method: literal('errors.append'),
        items: fc.array(item, { maxLength: 3 }),
      }),
    ],
    [2, record({ method: literal('errors.list'), workflow: owners, limit: limits })],
  )
}

function prepare(operation: ErrorOperation, world: World): Prepared {
  const { model } = world
  switch (operation.method) {
    case 'errors.append': {
      const errors = newErrors(operation.items, world)
      const complete = errors.map((error) => ({ ...error, id: error.id ?? unseenId(world) }))
      return {
        args: [errors],
        kind: 'write',
        call: async (store, options) => store.errors.append(errors, options),
        expect: () => appendErrors(model, complete),
        trace: () => ({
          record: `errors ${complete.map(({ id }) => id).join(', ')}`,
          creates: true,
          isThere: complete.every((error) => model.errors.includes(error)),
        }),
      }
    }
    case 'errors.list': {
      const { method, limit } = operation
      const workflowId = workflowOf(operation.workflow, world)
      return {
        args: [{ workflowId, limit }],
        kind: 'read',
        call: async (store) =>
          readAll(world, method, limit, async (page) => store.errors.list({ workflowId, ...page })),
        expect(seen) {
          if (Array.isArray(seen)) learnIds(model, workflowId, seen)
          return listErrors(model, workflowId)
        },
      }
    }
  }
}

/** Of distinct ids, which the contract asks for. */
function newErrors(items: readonly Item[], world: World): readonly NewExecutionError[] {
  const distinct = items.filter(
    ({ id }, index) => id === null || items.findIndex((other) => other.id === id) === index,
  )
  return distinct.map(({ id, workflow, at, message, details }) => ({
    ...(id !== null && { id: world.id(id) }),
    workflowId: workflowOf(workflow, world),
    errorTime: world.at(at),
    message,
    ...(details !== undefined && { details }),
  }))
}

function unseenId({ made }: World): string {
  made.errors.push(UNSEEN)
  return `${UNSEEN}${made.errors.length}`
}

/** Takes over the ids that the store made, when they are seen for the first time. */
function learnIds(model: Model, workflowId: string, seen: readonly unknown[]): void {
  for (const [index, error] of listErrors(model, workflowId).entries()) {
    const id = memberOf(seen[index], 'id')
    const isNew = typeof id === 'string' && id !== '' && model.errors.every((e) => e.id !== id)
    if (!error.id.startsWith(UNSEEN) || !isNew) continue
    model.errors = model.errors.map((other) => (other === error ? { ...error, id } : other))
  }
}

export const errorFamily: Family<ErrorOperation> = {
  name: 'errors',
  methods: ['errors.append', 'errors.list'],
  operations,
  prepare,
  sweep: (world) =>
    allRefs(world, idsOf(world.model.workflows)).map((workflow) => ({
      method: 'errors.list' as const,
      workflow,
      limit: SWEEP_LIMIT,
    })),
  wanted: () => ['errors.append CONFLICT', 'errors.list nothing', 'errors.list pages'],
}
