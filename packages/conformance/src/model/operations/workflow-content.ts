import fc from 'fast-check'
import type { NewWorkflow, Subscription, WorkflowStatus } from '@holdfast/spec'
import { aPointer } from '../../fixtures.ts'
import { defined, moments, payloads, rarely, record, weighted } from './pieces.ts'
import type { Moment, Ref, World } from './world.ts'

/** What a workflow holds, its instants by the sequence's clock. */
export type Content = Omit<
  NewWorkflow,
  'id' | 'createdAt' | 'updatedAt' | 'nextExecution' | 'startedAt' | 'completedAt'
> & {
  readonly nextExecution: Moment | null
  readonly startedAt?: Moment
  readonly completedAt?: Moment
}

/** A subscription that an update opens. */
export interface Opening {
  readonly id: Ref
  readonly name: Ref
  readonly asOf: Moment
}

export const statuses: fc.Arbitrary<WorkflowStatus> = weighted(
  [4, fc.constant<WorkflowStatus>('runnable')],
  [4, fc.constantFrom<WorkflowStatus>('complete', 'suspended')],
  [1, fc.constantFrom<WorkflowStatus>('pending', 'failed', 'terminated')],
)

export const definitions: fc.Arbitrary<string> = fc.constantFrom('order', 'Order')
export const references: fc.Arbitrary<string> = fc.constantFrom('ref', 'Ref')

const pointers = fc.array(
  record({
    id: fc.constantFrom('p1', 'p2', 'p1'),
    status: fc.constantFrom('running' as const, 'sleeping' as const, 'complete' as const),
    sleepUntil: rarely(fc.constantFrom(0, 1_700_000_000_000)),
    scope: fc.constantFrom([], ['p2', 'p1'], ['p1', 'p2']),
    outcome: rarely(payloads),
  }).map((members) => aPointer(defined(members))),
  { maxLength: 3 },
)

export const content: fc.Arbitrary<Content> = record({
  definitionId: definitions,
  status: statuses,
  nextExecution: fc.option(moments, { freq: 6 }),
  pointers,
  reference: rarely(references),
  resourceId: rarely(references),
  description: rarely(fc.constantFrom('', 'x')),
  tags: rarely(fc.constantFrom({}, { a: '' })),
  data: rarely(payloads),
  output: rarely(payloads),
  error: rarely(fc.constantFrom({ message: '' }, { message: 'x', details: null })),
  progress: rarely(fc.constantFrom(0, 0.5, 1)),
  startedAt: rarely(moments),
  completedAt: rarely(moments),
}).map(defined)

/** Of distinct ids. */
export const openings: fc.Arbitrary<readonly Opening[]> = fc.uniqueArray(
  record({
    id: fc.constantFrom<Ref>(0, 1, 2, 3),
    name: fc.constantFrom<Ref>(0, 0, 1),
    asOf: moments,
  }),
  { selector: ({ id }) => id, maxLength: 2 },
)

export function contentOf(
  world: World,
  { nextExecution, startedAt, completedAt, ...rest }: Content,
): Omit<NewWorkflow, 'id' | 'createdAt' | 'updatedAt'> {
  return {
    ...rest,
    nextExecution: nextExecution === null ? null : world.at(nextExecution),
    ...(startedAt !== undefined && { startedAt: world.at(startedAt) }),
    ...(completedAt !== undefined && { completedAt: world.at(completedAt) }),
  }
}

export function subscriptionOf(
  world: World,
  workflowId: string,
  { id, name, asOf }: Opening,
): Subscription {
  return {
    id: world.id(id),
    workflowId,
    stepId: '1',
    executionPointerId: 'p1',
    eventName: world.id(name),
    eventKey: world.id(0),
    subscribeAsOf: world.at(asOf),
    token: null,
    workerId: null,
    tokenExpiry: null,
  }
}
