import fc from 'fast-check'
import type { JsonValue, NewStep, StepKey, StepOutput, StepUpdate } from '@holdfast/spec'
import { createStep, findOutput, findStep, listSteps, saveOutput, updateStep } from '../steps.ts'
import type { Family, Prepared, Setting, Trace } from './operation.ts'
import {
  allRefs,
  changed,
  defined,
  idsOf,
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
  versionOf,
  versionRefs,
  weighted,
  workflowOf,
  type VersionRef,
} from './pieces.ts'
import { pick, type Moment, type Ref, type There, type World } from './world.ts'

interface NewKey {
  readonly workflow: Ref
  /** `free`: one that the workflow does not have. */
  readonly step: Ref
}

/** A step that is there, or any. */
type Key = NewKey | There

type Content = Omit<NewStep, keyof StepKey | 'createdAt' | 'updatedAt'>

export type StepOperation =
  | (NewKey & {
      readonly method: 'steps.create'
      readonly content: Content
      readonly times: readonly [Moment, number] | undefined
    })
  | {
      readonly method: 'steps.update'
      readonly key: Key
      readonly content: Content
      readonly only: 'status' | 'output' | undefined
      readonly version: VersionRef
    }
  | { readonly method: 'steps.get' | 'steps.loadOutput'; readonly key: Key }
  | { readonly method: 'steps.saveOutput'; readonly key: Key; readonly output: JsonValue }
  | { readonly method: 'steps.list'; readonly workflow: Ref; readonly limit: number }

const fewKeys: fc.Arbitrary<NewKey> = record({
  workflow: owners,
  step: fc.constantFrom<Ref>(0, 0, 1, 2, 3),
})

const keys: fc.Arbitrary<Key> = weighted([3, theres], [1, fewKeys])

const content: fc.Arbitrary<Content> = record({
  executionIndex: fc.constantFrom(0, 1, 1, 2, 10),
  status: fc.constantFrom('pending' as const, 'running' as const, 'complete' as const),
  attempt: fc.constantFrom(0, 1),
  input: rarely(payloads),
  output: rarely(payloads),
  startedAt: rarely(fc.constantFrom(0, 1_700_000_000_000)),
  durationMs: rarely(fc.constantFrom(0, 1)),
  error: rarely(fc.constantFrom({ message: '' }, { message: 'x', attempt: 0 })),
}).map(defined)

function operations({ turns }: Setting): fc.Arbitrary<StepOperation> {
  return weighted(
    [
      5,
      record({
        method: literal('steps.create'),
        workflow: owners,
        step: fc.constantFrom<Ref>('free', 'free', 'free', 0, 1),
        content,
        times: rarely(fc.tuple(moments, fc.constantFrom(0, 1, 60_000))),
      }),
    ],
    [
      6,
      record({
        method: literal('steps.update'),
        key: keys,
        content,
        only: fc.constantFrom('status', 'output', undefined),
        version: versionRefs,
      }),
    ],
    [turns ? 6 : 2, record({ method: literal('steps.get'), key: keys })],
    [2, record({ method: literal('steps.saveOutput'), key: fewKeys, output: payloads })],
    [2, record({ method: literal('steps.loadOutput'), key: fewKeys })],
    [
      3,
      record({
        method: literal('steps.list'),
        workflow: owners,
        limit: limits,
      }),
    ],
  )
}

function prepare(operation: StepOperation, world: World): Prepared {
  const { model } = world
  if (operation.method === 'steps.list') {
    const { method, limit } = operation
    const workflowId = workflowOf(operation.workflow, world)
    return {
      args: [{ workflowId, limit }],
      kind: 'read',
      call: async ({ steps }) =>
        readAll(world, method, limit, async (page) => steps.list({ workflowId, ...page })),
      expect: () => listSteps(model, workflowId),
    }
  }

  const wanted = keyOf(operation.method === 'steps.create' ? operation : operation.key, world)
  const stored = findStep(model, wanted)
  const tellsTime = (seen: unknown): number | undefined => instantIn(seen, 'updatedAt')
  const traceOf = (creates: boolean): Trace => ({
    record: `step ${JSON.stringify(wanted)}`,
    creates,
    isThere: findStep(model, wanted) !== undefined,
  })
  switch (operation.method) {
    case 'steps.create': {
      const { times } = operation
      const step: NewStep = {
        ...wanted,
        ...operation.content,
        ...(times && {
          createdAt: world.at(times[0]),
          updatedAt: world.at(times[0]) + times[1],
        }),
      }
      return {
        args: [step],
        kind: 'write',
        call: async ({ steps }, options) => steps.create(step, options),
        expect: (_, now) => createStep(model, step, now),
        tellsTime,
        trace: () => traceOf(true),
      }
    }
    case 'steps.update': {
      const version = Math.max(1, versionOf(operation.version, stored?.version ?? 0))
      const next: Omit<StepUpdate, 'version'> = { ...wanted, ...operation.content }
      const step = { ...changed(stored, next, operation.only), version }
      return {
        args: [step],
        kind: 'write',
        call: async ({ steps }, options) => steps.update(step, options),
        expect: (_, now) => updateStep(model, step, now),
        tellsTime,
        trace: () => traceOf(false),
      }
    }
    case 'steps.get':
      return {
        args: [wanted],
        kind: 'read',
        call: async ({ steps }) => steps.get(wanted),
        expect: () => stored ?? null,
      }
    case 'steps.saveOutput': {
      const output: StepOutput = { ...wanted, output: operation.output }
      return {
        args: [output],
        kind: 'write',
        call: async ({ steps }, options) => steps.saveOutput(output, options),
        expect: () => saveOutput(model, output),
      }
    }
    case 'steps.loadOutput':
      return {
        args: [wanted],
        kind: 'read',
        call: async ({ steps }) => steps.loadOutput(wanted),
        expect: () => findOutput(model, wanted) ?? null,
      }
  }
}

function keyOf(key: Key, world: World): StepKey {
  const { steps } = world.model
  if ('there' in key) {
    const stored = pick(steps, key)
    return stored
      ? { workflowId: stored.workflowId, stepId: stored.stepId }
      : { workflowId: world.id(0), stepId: world.id(0) }
  }
  const workflowId = workflowOf(key.workflow, world)
  const ofWorkflow = steps.filter((step) => step.workflowId === workflowId)
  const stepId = world.id(
    key.step,
    ofWorkflow.map((step) => step.stepId),
  )
  return { workflowId, stepId }
}

export const stepFamily: Family<StepOperation> = {
  name: 'steps',
  methods: [
    'steps.create',
    'steps.get',
    'steps.update',
    'steps.list',
    'steps.saveOutput',
    'steps.loadOutput',
  ],
  operations,
  prepare,
  sweep: (world) => [
    ...allRefs(world, idsOf(world.model.workflows)).map((workflow) => ({
      method: 'steps.list' as const,
      workflow,
      limit: SWEEP_LIMIT,
    })),
    ...[0, 1].flatMap((workflow) =>
      [0, 1, 2, 3].map((step) => ({
        method: 'steps.loadOutput' as const,
        key: { workflow, step },
      })),
    ),
    ...world.model.steps.map((_, there) => ({ method: 'steps.get' as const, key: { there } })),
  ],
  wanted: () => [
    'steps.create CONFLICT',
    'steps.update CONFLICT',
    'steps.update NOT_FOUND',
    'steps.get nothing',
    'steps.loadOutput nothing',
    'steps.list pages',
  ],
}
