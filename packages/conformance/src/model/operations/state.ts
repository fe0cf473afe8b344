import fc from 'fast-check'
import type { JsonValue, StateEntry, StateKey } from '@holdfast/spec'
import { allState, deleteState, findState, setState } from '../state.ts'
import type { Family, Prepared, Setting } from './operation.ts'
import {
  allRefs,
  idsOf,
  literal,
  owners,
  payloads,
  record,
  theres,
  weighted,
  workflowOf,
} from './pieces.ts'
import { pick, type Ref, type There, type World } from './world.ts'

/** An entry that is there, or any. */
type Key = { readonly workflow: Ref; readonly key: Ref } | There

export type StateOperation =
  | { readonly method: 'state.set'; readonly key: Key; readonly value: JsonValue }
  | { readonly method: 'state.get' | 'state.delete'; readonly key: Key }
  | { readonly method: 'state.getAll'; readonly workflow: Ref }

const fewKeys: fc.Arbitrary<Key> = record({
  workflow: owners,
  key: fc.constantFrom<Ref>(0, 0, 0, 1, 2, 3, 4),
})

const keys: fc.Arbitrary<Key> = weighted([2, theres], [1, fewKeys])

function operations({ turns }: Setting): fc.Arbitrary<StateOperation> {
  return weighted(
    [6, record({ method: literal('state.set'), key: fewKeys, value: payloads })],
    [turns ? 6 : 2, record({ method: literal('state.get'), key: keys })],
    [4, record({ method: literal('state.delete'), key: keys })],
    [2, record({ method: literal('state.getAll'), workflow: owners })],
  )
}

function keyOf(key: Key, world: World): StateKey {
  if ('there' in key) {
    const stored = pick(world.model.state, key)
    return { workflowId: stored?.workflowId ?? world.id(0), key: stored?.key ?? world.id(0) }
  }
  return { workflowId: workflowOf(key.workflow, world), key: world.id(key.key) }
}

function prepare(operation: StateOperation, world: World): Prepared {
  const { model } = world
  if (operation.method === 'state.getAll') {
    const workflowId = workflowOf(operation.workflow, world)
    return {
      args: [workflowId],
      kind: 'read',
      call: async ({ state }) => state.getAll(workflowId),
      expect: () => allState(model, workflowId),
    }
  }

  const wanted = keyOf(operation.key, world)
  switch (operation.method) {
    case 'state.set': {
      const entry: StateEntry = { ...wanted, value: operation.value }
      return {
        args: [entry],
        kind: 'write',
        call: async ({ state }, options) => state.set(entry, options),
        expect: () => setState(model, entry),
      }
    }
    case 'state.get':
      return {
        args: [wanted],
        kind: 'read',
        call: async ({ state }) => state.get(wanted),
        expect: () => findState(model, wanted) ?? null,
      }
    case 'state.delete':
      return {
        args: [wanted],
        kind: 'write',
        call: async ({ state }, options) => state.delete(wanted, options),
        expect: () => deleteState(model, wanted),
        sameAgain: false,
      }
  }
}

export const stateFamily: Family<StateOperation> = {
  name: 'state',
  methods: ['state.set', 'state.get', 'state.delete', 'state.getAll'],
  operations,
  prepare,
  sweep: (world) => [
    ...allRefs(world, idsOf(world.model.workflows)).map((workflow) => ({
      method: 'state.getAll' as const,
      workflow,
    })),
    ...[0, 1, 2, 3, 4].map((ref) => ({
      method: 'state.get' as const,
      key: { workflow: 0, key: ref },
    })),
  ],
  wanted: () => ['state.get nothing', 'state.delete nothing', 'state.getAll nothing'],
}
