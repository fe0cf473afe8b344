import fc from 'fast-check'
import type { RepositoryName } from '@holdfast/spec'
import { identifierArbitrary } from '../values.ts'
import { itemsOf } from './items.ts'
import type { Family, Setting } from './operations/operation.ts'
import { record, weighted } from './operations/pieces.ts'
import { IDS } from './operations/world.ts'

/** An operation of a repository, {@link Advance} or {@link Again}. */
export interface Item {
  readonly method: string
  /** Which of the providers is asked. @default each in turn */
  readonly via?: number
  /** Whether it is repeated at once, with its request id. @default false */
  readonly twice?: boolean
}

/** Moves the clock. */
export interface Advance extends Item {
  readonly method: 'advance'
  readonly ms: number
}

/** Repeats the write so many writes before the last one, with its request id. */
export interface Again extends Item {
  readonly method: 'again'
  readonly back: number
}

/** Operations as plain data. */
export interface Sequence {
  /** Whose operations they are. */
  readonly repositories: readonly RepositoryName[]
  /** One of the ids, beside those that are always there. */
  readonly id: string
  readonly items: readonly Item[]
}

export interface SequenceOptions {
  /** How many providers take turns. @default 1 */
  readonly stores?: number
  /** Whether writes are repeated. @default false */
  readonly repeats?: boolean
}

export function sequences(
  families: readonly Family[],
  setting: Setting,
  { stores = 1, repeats = false }: SequenceOptions = {},
): fc.Arbitrary<Sequence> {
  const asked = fc
    .tuple(
      operationsOf(families, setting),
      fc.nat({ max: stores - 1 }),
      repeats ? fc.boolean() : fc.constant(false),
    )
    .map(([item, via, twice]) => ({ ...item, ...(stores > 1 && { via }), ...(twice && { twice }) }))
  const item = weighted(
    [8, asked],
    ...(setting.injected ? [[1, advances] as const] : []),
    ...(repeats ? [[3, agains] as const] : []),
  )
  return record({
    repositories: fc.constant(families.map(({ name }) => name)),
    id: identifierArbitrary.filter((id) => !IDS.includes(id)),
    items: itemsOf<Item>(item, 100),
  })
}

/** Most claims come to nothing, so that there are more. */
function operationsOf(mix: readonly Family[], setting: Setting): fc.Arbitrary<Item> {
  return weighted(
    ...mix.map((family) => [family.name === 'claims' ? 3 : 2, family.operations(setting)] as const),
  )
}

/**
 * All repositories are too many for a sequence to get anywhere. So most sequences have workflows, since the others'
 * records go away with them, and one other.
 */
export function mixesOf(families: readonly Family[]): readonly (readonly Family[])[] {
  // Claims are on the tasks of snapshots, and stay with them.
  const others = families.filter(({ name }) => name !== 'workflows' && name !== 'claims')
  if (others.length < 2) return [families]
  const mixes = others.map(({ name: other }) =>
    families.filter(({ name }) =>
      ['workflows', other].includes(name === 'claims' ? 'snapshots' : name),
    ),
  )
  return [...mixes, families]
}

const advances: fc.Arbitrary<Advance> = record({
  method: fc.constant('advance' as const),
  ms: fc.constantFrom(60_000, 60_000, 1, 1000),
})

const agains: fc.Arbitrary<Again> = record({
  method: fc.constant('again' as const),
  back: fc.constantFrom(0, 1, 2, 3, 5, 8),
})
