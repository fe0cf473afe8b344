import type { NewWorkflow, WorkflowFilter, WorkflowInstance, WorkflowUpdate } from '@holdfast/spec'
import { findSubscription } from '../subscriptions.ts'
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
import type { Family, Prepared, Trace } from './operation.ts'
import {
  allRefs,
  changed,
  idsOf,
  instantIn,
  LATE,
  madeId,
  readAll,
  SWEEP_LIMIT,
  turned,
  versionOf,
  workflowOf,
} from './pieces.ts'
import { contentOf, subscriptionOf } from './workflow-content.ts'
import { operations, type WorkflowOperation } from './workflow-operations.ts'
import type { Ref, World } from './world.ts'

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
          const isTaken = subscriptions.some((opened) => findSubscription(model, opened.id))
          if (subscriptions.length > 0 && stored?.version === version)
            world.note(`subscriptions in an update${isTaken ? ' CONFLICT' : ''}`)
          return updateWorkflow(model, workflow, subscriptions, now)
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
