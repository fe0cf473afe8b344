import fc from 'fast-check'
import type { JsonValue, StateEntry, StateKey } from '@holdfast/spec'
import { allState, deleteState, findState, setState } from '../state.ts'
import type { Family, Prepared } from './operation.ts'
import { allRefs, idsOf, literal, owners, payloads, workflowOf } from './pieces.ts'
import type { Ref, World } from './world.ts'

interface Key {
  readonly workflow: Ref
  readonly key: Ref
}

export type StateOperation =
  | (Key & { readonly method: 'state.set'; readonly value: JsonValue })
  | (Key & { readonly method: 'state.get' | 'state.delete' })
  | { readonly method: 'state.getAll'; readonly workflow: Ref }

const key = { workflow: owners, key: fc.constantFrom<Ref>(0, 0, 1, 2, 3, 4) }

function operations(): fc.Arbitrary<StateOperation> {
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ method: literal('state.set'), ...key, value: payloads }),
    },
    { weight: 2, arbitrary: fc.record({ method: literal('state.get'), ...key }) },
    { weight: 2, arbitrary: fc.record({ method: literal('state.delete'), ...key }) },
    { weight: 2, arbitrary: fc.record({ method: literal('state.getAll'), workflow: owners }) },
  )
}

function prepare(operation: StateOperation, world: World): Prepared {
  const { model } = world
  const workflowId = workflowOf(operation.workflow, world)
  if (operation.method === 'state.getAll') {
    return {
      args: [workflowId],
      kind: 'read',
      call: async ({ state }) => state.getAll(workflowId),
      expect: () => allState(model, workflowId),
    }
  }

  const wanted: StateKey = { workflowId, key: world.id(operation.key) }
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
    ...[0, 1, 2, 3, 4].map((ref) => ({ method: 'state.get' as const, workflow: 0, key: ref })),
  ],
  wanted: () => ['state.get nothing', 'state.delete nothing', 'state.getAll nothing'],
}
