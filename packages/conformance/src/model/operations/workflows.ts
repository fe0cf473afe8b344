import fc from 'fast-check'
import type {
  NewWorkflow,
  WorkflowFilter,
  WorkflowInstance,
  WorkflowStatus,
  WorkflowUpdate,
} from '@holdfast/spec'
import {
  createWorkflow,
  deleteWorkflow,
  findWorkflow,
  findWorkflows,
  listWorkflows,
  purgeWorkflows,
  runnableWorkflows,
  updateWorkflow,
} from '../workflows.ts'
import { fullestWorkflow, notingCascade } from './cascade.ts'
import type { Family, Prepared, Setting, Trace } from './operation.ts'
import {
  allRefs,
  changed,
  defined,
  earlyMoments,
  idsOf,
  instantIn,
  LATE,
  lateMoments,
  limits,
  literal,
  madeId,
  moments,
  newRefs,
  rarely,
  readAll,
  refs,
  SWEEP_LIMIT,
  turned,
  versionOf,
  versionRefs,
  workflowOf,
  type VersionRef,
} from './pieces.ts'
import {
  content,
  contentOf,
  definitions,
  openings,
  references,
  statuses,
  subscriptionOf,
  type Content,
  type Opening,
} from './workflow-content.ts'
import type { Moment, Ref, World } from './world.ts'

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

const filters = fc
  .record({
    status: rarely(statuses),
    definitionId: rarely(definitions),
    reference: rarely(references),
    resourceId: rarely(references),
    createdFrom: rarely(earlyMoments),
    createdTo: rarely(lateMoments),
  })
  .map(defined)

function operations({
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
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ method: literal('workflows.create'), id: newRefs, content, times }),
    },
    {
      weight: 10,
      arbitrary: fc.record({
        method: literal('workflows.update'),
        id: refs,
        content,
        only: fc.constantFrom('turn', 'turn', 'status', 'nextExecution', 'data', undefined),
        version: versionRefs,
        opens,
      }),
    },
    {
      weight: turns ? 10 : 2,
      arbitrary: fc.record({ method: literal('workflows.get'), id: refs }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        method: literal('workflows.getMany'),
        ids: fc.array(refs, { maxLength: 4, size: 'max' }),
      }),
    },
    {
      weight: together && !turns ? 6 : 2,
      arbitrary: fc.record({ method: literal('workflows.delete'), id: victims }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        method: literal('workflows.getRunnable'),
        asOf: lateMoments,
        limit: limits,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        method: literal('workflows.list'),
        filter: filters,
        limit: limits,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        method: literal('workflows.purge'),
        status: statuses,
        olderThan: moments,
      }),
    },
  )
}

function prepare(operation: WorkflowOperation, world: World): Prepared {
  const { model, made } = world
  const idOf = (ref: Ref): string => workflowOf(ref, world)
  const tellsTime = (seen: unknown): number | undefined => instantIn(seen, 'updatedAt')

  const traceOf = (id: string, creates: boolean): Trace => ({
    record: `workflow ${id}`,
    creates,
    isThere: findWorkflow(model, id) !== undefined,
  })

  switch (operation.method) {
    case 'workflows.create': {
      const { id, times } = operation
      const workflow: NewWorkflow = {
        ...contentOf(world, operation.content),
        ...(id !== null && { id: idOf(id) }),
        ...(times && {
          createdAt: world.at(times[0]),
          updatedAt: world.at(times[0]) + times[1],
        }),
      }
      return {
        args: [workflow],
        kind: 'write',
        call: async ({ workflows }, options) => workflows.create(workflow, options),
        expect: (seen, now) =>
          createWorkflow(model, workflow, workflow.id ?? madeId(seen, made.workflows), now),
        tellsTime,
        trace: (seen) => traceOf((seen as WorkflowInstance).id, true),
      }
    }
    case 'workflows.get': {
      const id = idOf(operation.id)
      return {
        args: [id],
        kind: 'read',
        call: async ({ workflows }) => workflows.get(id),
        expect: () => findWorkflow(model, id) ?? null,
      }
    }
    case 'workflows.getMany': {
      const ids = operation.ids.map(idOf)
      return {
        args: [ids],
        kind: 'read',
        call: async ({ workflows }) => workflows.getMany(ids),
        expect: () => findWorkflows(model, ids),
      }
    }
    case 'workflows.update': {
      const id = idOf(operation.id)
      const stored = findWorkflow(model, id)
      const version = Math.max(1, versionOf(operation.version, stored?.version ?? 0))
      const next: Omit<WorkflowUpdate, 'id' | 'version'> = contentOf(world, operation.content)
      const { only } = operation
      const written =
        only === 'turn'
          ? turned<typeof next>(stored, next, 'runnable', 'suspended')
          : changed(stored, next, only)
      const workflow = { ...written, id, version }
      const subscriptions = operation.opens.map((opening) => subscriptionOf(world, id, opening))
      return {
        args: subscriptions.length > 0 ? [workflow, { subscriptions }] : [workflow],
        kind: 'write',
        call: async ({ workflows }, options) =>
          workflows.update(workflow, {
            ...options,
            ...(subscriptions.length > 0 && { subscriptions }),
          }),
        expect(_, now) {
          const opening = subscriptions.length > 0 && stored?.version === version
          if (opening) world.note('subscriptions in an update CONFLICT')
          const updated = updateWorkflow(model, workflow, subscriptions, now)
          if (opening) world.note('subscriptions in an update')
          return updated
        },
        tellsTime,
        trace: () => ({
          ...traceOf(id, false),
          opens: subscriptions.map((opened) => `subscription ${opened.id}`),
        }),
      }
    }
    case 'workflows.delete': {
      const id =
        operation.id === 'fullest' ? (fullestWorkflow(world) ?? idOf(0)) : idOf(operation.id)
      return {
        args: [id],
        kind: 'write',
        call: async ({ workflows }, options) => workflows.delete(id, options),
        expect: () => notingCascade(world, () => deleteWorkflow(model, id)),
        sameAgain: false,
      }
    }
    case 'workflows.getRunnable': {
      const { limit } = operation
      const asOf = world.at(operation.asOf)
      return {
        args: [{ asOf, limit }],
        kind: 'read',
        call: async ({ workflows }) =>
          readAll(world, operation.method, limit, async (page) =>
            workflows.getRunnable({ asOf, ...page }),
          ),
        expect: () => runnableWorkflows(model, asOf),
      }
    }
    case 'workflows.list': {
      const { limit } = operation
      const { createdFrom, createdTo, ...equal } = operation.filter
      const filter: WorkflowFilter = {
        ...equal,
        ...(createdFrom !== undefined && { createdFrom: world.at(createdFrom) }),
        ...(createdTo !== undefined && { createdTo: world.at(createdTo) }),
      }
      return {
        args: [{ ...filter, limit }],
        kind: 'read',
        call: async ({ workflows }) =>
          readAll(world, operation.method, limit, async (page) =>
            workflows.list({ ...filter, ...page }),
          ),
        expect: () => listWorkflows(model, filter),
      }
    }
    case 'workflows.purge': {
      const { status } = operation
      const olderThan = world.at(operation.olderThan)
      return {
        args: [{ status, olderThan }],
        kind: 'write',
        call: async ({ workflows }, options) => workflows.purge({ status, olderThan }, options),
        expect: () => notingCascade(world, () => purgeWorkflows(model, { status, olderThan })),
        sameAgain: false,
      }
    }
  }
}

export const workflowFamily: Family<WorkflowOperation> = {
  name: 'workflows',
  methods: [
    'workflows.create',
    'workflows.get',
    'workflows.getMany',
    'workflows.update',
    'workflows.delete',
    'workflows.getRunnable',
    'workflows.list',
    'workflows.purge',
  ],
  operations,
  prepare,
  sweep: (world) => [
    {
      method: 'workflows.getMany',
      ids: allRefs(world, idsOf(world.model.workflows)),
    },
    ...(world.setting.turns ? allRefs(world, idsOf(world.model.workflows)) : []).map((id) => ({
      method: 'workflows.get' as const,
      id,
    })),
    { method: 'workflows.list', filter: {}, limit: SWEEP_LIMIT },
    { method: 'workflows.getRunnable', asOf: LATE, limit: 1 },
  ],
  wanted: () => [
    'workflows.create CONFLICT',
    'workflows.update CONFLICT',
    'workflows.update NOT_FOUND',
    'workflows.delete nothing',
    'workflows.list pages',
    'workflows.getRunnable pages',
  ],
}
