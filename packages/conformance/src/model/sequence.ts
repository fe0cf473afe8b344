import fc from 'fast-check'
import type { RepositoryName } from '@holdfast/spec'
import { identifierArbitrary } from '../values.ts'
import type { Family, Setting } from './operations/operation.ts'
import { IDS } from './operations/world.ts'

/** An operation of a repository, {@link Advance} or {@link Again}. */
export interface Item {
  readonly method: string
  /** Which of the providers is asked. @default each in turn */
  readonly via?: number
}

/** Moves the clock. */
export interface Advance extends Item {
  readonly method: 'advance'
  readonly ms: number
}

/** Repeats a write with its request id: the last one, or the one so many writes before. */
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
  /** How many operations there are at the most. @default 50 */
  readonly maxLength?: number
}

/** Sequences, each of the operations of one of the mixes. */
export function sequences(
  mixes: readonly (readonly Family[])[],
  setting: Setting,
  { stores = 1, repeats = false, maxLength = 50 }: SequenceOptions = {},
): fc.Arbitrary<Sequence> {
  const vias = fc.nat({ max: stores - 1 })
  const asked = (operations: fc.Arbitrary<Item>): fc.Arbitrary<Item> =>
    stores === 1
      ? operations
      : fc.tuple(operations, vias).map(([operation, via]) => ({ ...operation, via }))
  const sequence = (mix: readonly Family[]): fc.Arbitrary<Sequence> => {
    const item = fc.oneof(
      { weight: 16, arbitrary: asked(operationsOf(mix, setting)) },
      ...(setting.injected ? [{ weight: 2, arbitrary: advances }] : []),
      ...(repeats ? [{ weight: 10, arbitrary: agains }] : []),
    )
    return fc.record({
      repositories: fc.constant(mix.map(({ name }) => name)),
      id: identifierArbitrary.filter((id) => !IDS.includes(id)),
      // Biased, most sequences would be too short to bring anything about.
      items: fc.noBias(fc.array(item, { minLength: 1, maxLength, size: 'max' })),
    })
  }
  return fc.oneof(...mixes.map(sequence))
}

/** Most claims come to nothing, so that there are more. */
function operationsOf(mix: readonly Family[], setting: Setting): fc.Arbitrary<Item> {
  return fc.oneof(
    ...mix.map((family) => ({
      weight: family.name === 'claims' ? 3 : 2,
      arbitrary: family.operations(setting),
    })),
  )
}

/**
 * All repositories are too many for a sequence of some length to get anywhere. So most sequences have a few, in every
 * neighbourhood; workflows are always there, since the others' records go away with them.
 */
export function mixesOf(families: readonly Family[]): readonly (readonly Family[])[] {
  const workflows = families.filter(({ name }) => name === 'workflows')
  // Claims are on the tasks of snapshots.
  const others = families.filter(({ name }) => name !== 'workflows' && name !== 'claims')
  const withClaims = (family: Family): readonly Family[] =>
    family.name === 'snapshots'
      ? families.filter(({ name }) => name === 'snapshots' || name === 'claims')
      : [family]
  const pairs = others.map((family, index) => [
    ...workflows,
    ...withClaims(family),
    ...(others.length > 1 ? [others[(index + 1) % others.length] ?? family] : []),
  ])
  return [...pairs, families]
}

const advances: fc.Arbitrary<Advance> = fc.record({
  method: fc.constant('advance' as const),
  ms: fc.constantFrom(60_000, 60_000, 1, 1000),
})

const agains: fc.Arbitrary<Again> = fc.record({
  method: fc.constant('again' as const),
  back: fc.constantFrom(0, 0, 0, 0, 1, 2, 3),
})
