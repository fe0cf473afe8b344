import fc from 'fast-check'
import type {
  JsonValue,
  NewReadyTask,
  NewSnapshot,
  Snapshot,
  SnapshotKey,
  SnapshotStatus,
  TaskClaim,
} from '@holdfast/spec'
import { holds } from '../claims.ts'
import { deleteSnapshot, findSnapshot, listSnapshots, saveSnapshot } from '../snapshots.ts'
import type { Family, Prepared, Setting } from './operation.ts'
import {
  changed,
  defined,
  instantIn,
  limits,
  literal,
  moments,
  owners,
  payloads,
  rarely,
  readAll,
  record,
  SWEEP_LIMIT,
  theres,
  turned,
  versionOf,
  versionRefs,
  weighted,
  workflowOf,
  type VersionRef,
} from './pieces.ts'
import { pick, type Moment, type Ref, type There, type World } from './world.ts'

/** A snapshot of few, or one that is there. */
export type SnapshotRef = { readonly instance: Ref; readonly workflow: Ref } | There

interface Task {
  readonly task: Ref
  readonly tags: readonly string[] | undefined
  readonly priority: number | undefined
  readonly input: JsonValue | undefined
}

/** A claim on a task of the snapshot: the last one, the one before it, or the last one in another worker's name. */
type Fence = 'last' | 'older' | 'forged'

export type SnapshotOperation =
  | {
      readonly method: 'snapshots.save'
      readonly key: SnapshotRef
      readonly version: VersionRef
      readonly content: Pick<NewSnapshot, 'status' | 'definitionHash' | 'state' | 'metadata'>
      readonly tasks: readonly Task[]
      readonly only: 'turn' | 'status' | 'state' | 'readyTasks' | undefined
      readonly createdAt: Moment | undefined
      readonly fence: Fence | undefined
    }
  | { readonly method: 'snapshots.load' | 'snapshots.delete'; readonly key: SnapshotRef }
  | {
      readonly method: 'snapshots.list'
      readonly status: SnapshotStatus | undefined
      readonly limit: number
    }

const fewSnapshots: fc.Arbitrary<SnapshotRef> = record({
  instance: owners,
  workflow: fc.constantFrom<Ref>(0, 0, 0, 1),
})

export const snapshotRefs: fc.Arbitrary<SnapshotRef> = weighted([3, theres], [1, fewSnapshots])

export const taskRefs: fc.Arbitrary<Ref> = fc.constantFrom(0, 1, 2, 3)

export const tagLists: fc.Arbitrary<readonly string[] | undefined> = fc.constantFrom(
  undefined,
  undefined,
  undefined,
  undefined,
  [],
  ['gpu'],
  ['eu'],
  ['gpu', 'eu'],
)

const statuses = fc.constantFrom<SnapshotStatus>(
  'running',
  'running',
  'running',
  'running',
  'running',
  'paused',
  'complete',
)

const tasks: fc.Arbitrary<readonly Task[]> = fc.uniqueArray(
  record({
    task: taskRefs,
    tags: tagLists,
    priority: fc.constantFrom(undefined, 0, 1, -1),
    input: rarely(payloads),
  }),
  { selector: ({ task }) => task, maxLength: 4, size: 'max' },
)

const content = record({
  status: statuses,
  definitionHash: fc.constantFrom('h', '', 'H'),
  state: payloads,
  metadata: rarely(fc.constantFrom({}, { a: null })),
}).map(defined)

function operations({ fencing, repositories, turns }: Setting): fc.Arbitrary<SnapshotOperation> {
  const fences =
    fencing && repositories.includes('claims')
      ? fc.constantFrom<Fence | undefined>(undefined, undefined, 'last', 'last', 'older', 'forged')
      : fc.constant(undefined)
  return weighted(
    [
      8,
      record({
        method: literal('snapshots.save'),
        key: fc.oneof(theres, fewSnapshots),
        version: versionRefs,
        content,
        tasks,
        only: fc.constantFrom('turn', 'turn', 'turn', 'status', 'readyTasks', 'state', undefined),
        createdAt: rarely(moments),
        fence: fences,
      }),
    ],
    [turns ? 6 : 2, record({ method: literal('snapshots.load'), key: snapshotRefs })],
    [2, record({ method: literal('snapshots.delete'), key: snapshotRefs })],
    [
      2,
      record({
        method: literal('snapshots.list'),
        status: rarely(statuses),
        limit: limits,
      }),
    ],
  )
}

export function snapshotKeyOf(ref: SnapshotRef, world: World): SnapshotKey {
  if ('there' in ref) {
    const stored = pick(world.model.snapshots, ref)?.content
    return stored
      ? { instanceId: stored.instanceId, workflowId: stored.workflowId }
      : { instanceId: world.id(0), workflowId: world.id(0) }
  }
  return { instanceId: workflowOf(ref.instance, world), workflowId: world.id(ref.workflow) }
}

function prepare(operation: SnapshotOperation, world: World): Prepared {
  const { model } = world
  if (operation.method === 'snapshots.list') {
    const { method, status, limit } = operation
    const filter = status === undefined ? {} : { status }
    return {
      args: [{ ...filter, limit }],
      kind: 'read',
      call: async ({ snapshots }) =>
        readAll(world, method, limit, async (page) => snapshots.list({ ...filter, ...page })),
      expect: () => listSnapshots(model, status),
    }
  }

  const key = snapshotKeyOf(operation.key, world)
  const stored = findSnapshot(model, key)?.content
  switch (operation.method) {
    case 'snapshots.save': {
      const { createdAt } = operation
      const next: Omit<NewSnapshot, 'version'> = {
        ...key,
        ...operation.content,
        readyTasks: operation.tasks.map((task) => taskOf(task, world)),
        ...(createdAt !== undefined && { createdAt: world.at(createdAt) }),
      }
      const { only } = operation
      const written =
        only === 'turn'
          ? turned<typeof next>(stored, next, 'running', 'paused')
          : changed(stored, next, only)
      const snapshot: NewSnapshot = {
        ...written,
        version: Math.max(0, versionOf(operation.version, stored?.version ?? 0)),
      }
      const fence = operation.fence && fenceOf(operation.fence, key, world)
      return {
        args: fence ? [snapshot, { fence }] : [snapshot],
        kind: 'write',
        call: async ({ snapshots }, options) =>
          snapshots.save(snapshot, { ...options, ...(fence && { fence }) }),
        expect(_, now) {
          if (fence && stored?.version === snapshot.version && holds(model, fence, now))
            world.note('snapshots.save with a fence')
          return saveSnapshot(model, snapshot, fence, now)
        },
        tellsTime: (seen) => instantIn(seen, 'updatedAt'),
        trace: (seen) => ({
          record: `snapshot ${JSON.stringify(key)}`,
          creates: false,
          isThere: findSnapshot(model, key)?.content.version === (seen as Snapshot).version,
        }),
      }
    }
    case 'snapshots.load':
      return {
        args: [key],
        kind: 'read',
        call: async ({ snapshots }) => snapshots.load(key),
        expect: () => stored ?? null,
      }
    case 'snapshots.delete':
      return {
        args: [key],
        kind: 'write',
        call: async ({ snapshots }, options) => snapshots.delete(key, options),
        expect: () => deleteSnapshot(model, key),
        sameAgain: false,
      }
  }
}

function taskOf({ task, tags, priority, input }: Task, world: World): NewReadyTask {
  return { taskId: world.id(task), ...defined({ tags, priority, input }) }
}

function fenceOf(which: Fence, key: SnapshotKey, { claims }: World): TaskClaim | undefined {
  const onSnapshot = claims.filter(
    ({ instanceId, workflowId }) => instanceId === key.instanceId && workflowId === key.workflowId,
  )
  const claim = onSnapshot.at(which === 'older' ? -2 : -1)
  return claim && which === 'forged' ? { ...claim, workerId: `${claim.workerId}2` } : claim
}

export const snapshotFamily: Family<SnapshotOperation> = {
  name: 'snapshots',
  methods: ['snapshots.save', 'snapshots.load', 'snapshots.delete', 'snapshots.list'],
  operations,
  prepare,
  sweep: (world) => [
    { method: 'snapshots.list', status: undefined, limit: SWEEP_LIMIT },
    { method: 'snapshots.list', status: 'running', limit: SWEEP_LIMIT },
    ...world.model.snapshots.map((_, there) => ({
      method: 'snapshots.load' as const,
      key: { there },
    })),
    ...[0, 1].map((instance) => ({
      method: 'snapshots.load' as const,
      key: { instance, workflow: 0 },
    })),
  ],
  wanted: () => [
    'snapshots.save CONFLICT',
    'snapshots.save NOT_FOUND',
    'snapshots.load nothing',
    'snapshots.delete nothing',
    'snapshots.list pages',
  ],
}
