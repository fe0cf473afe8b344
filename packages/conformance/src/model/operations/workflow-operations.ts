import fc from 'fast-check'
import type { WorkflowStatus } from '@holdfast/spec'
import type { Setting } from './operation.ts'
import {
  defined,
  earlyMoments,
  lateMoments,
  limits,
  literal,
  moments,
  newRefs,
  rarely,
  record,
  refs,
  versionRefs,
  weighted,
  type VersionRef,
} from './pieces.ts'
import {
  content,
  definitions,
  openings,
  references,
  statuses,
  type Content,
  type Opening,
} from './workflow-content.ts'
import type { Moment, Ref } from './world.ts'

export type WorkflowOperation =
  | {
      readonly method: 'workflows.create'
      readonly id: Ref | null
      readonly content: Content
      /** `createdAt`, and how much later `updatedAt` is. */
      readonly times: readonly [Moment, number] | undefined
    }
  | { readonly method: 'workflows.get'; readonly id: Ref }
  | { readonly method: 'workflows.getMany'; readonly ids: readonly Ref[] }
  | {
      readonly method: 'workflows.update'
      readonly id: Ref
      readonly content: Content
      readonly only: 'turn' | 'status' | 'nextExecution' | 'data' | undefined
      readonly version: VersionRef
      readonly opens: readonly Opening[]
    }
  | { readonly method: 'workflows.delete'; readonly id: Ref | 'fullest' }
  | { readonly method: 'workflows.getRunnable'; readonly asOf: Moment; readonly limit: number }
  | {
      readonly method: 'workflows.list'
      readonly filter: {
        readonly status?: WorkflowStatus
        readonly definitionId?: string
        readonly reference?: string
        readonly resourceId?: string
        readonly createdFrom?: Moment
        readonly createdTo?: Moment
      }
      readonly limit: number
    }
  | {
      readonly method: 'workflows.purge'
      readonly status: WorkflowStatus
      readonly olderThan: Moment
    }

const filters = record({
  status: rarely(statuses),
  definitionId: rarely(definitions),
  reference: rarely(references),
  resourceId: rarely(references),
  createdFrom: rarely(earlyMoments),
  createdTo: rarely(lateMoments),
}).map(defined)

export function operations({
  repositories,
  atomicSubscriptions,
  turns,
}: Setting): fc.Arbitrary<WorkflowOperation> {
  const opens =
    atomicSubscriptions && repositories.includes('subscriptions') ? openings : fc.constant([])
  // With others, workflows are there to be deleted with what belongs to them.
  const together = repositories.length > 1
  const victims = together ? fc.oneof(refs, fc.constant('fullest' as const)) : refs
  const times = rarely(fc.tuple(moments, fc.constantFrom(0, 1, 60_000)))
  return weighted(
    [6, record({ method: literal('workflows.create'), id: newRefs, content, times })],
    [
      10,
      record({
        method: literal('workflows.update'),
        id: refs,
        content,
        only: fc.constantFrom('turn', 'turn', 'status', 'nextExecution', 'data', undefined),
        version: versionRefs,
        opens,
      }),
    ],
    [turns ? 10 : 2, record({ method: literal('workflows.get'), id: refs })],
    [
      1,
      record({
        method: literal('workflows.getMany'),
        ids: fc.array(refs, { maxLength: 4, size: 'max' }),
      }),
    ],
    [together && !turns ? 6 : 2, record({ method: literal('workflows.delete'), id: victims })],
    [
      2,
      record({
        method: literal('workflows.getRunnable'),
        asOf: lateMoments,
        limit: limits,
      }),
    ],
    [
      2,
      record({
        method: literal('workflows.list'),
        filter: filters,
        limit: limits,
      }),
    ],
    [
      1,
      record({
        method: literal('workflows.purge'),
        status: statuses,
        olderThan: moments,
      }),
    ],
  )
}
