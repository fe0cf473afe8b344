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
}

export function sequences(
  families: readonly Family[],
  setting: Setting,
  { stores = 1, repeats = false }: SequenceOptions = {},
): fc.Arbitrary<Sequence> {
  const operations = operationsOf(families, setting)
  const via = fc.nat({ max: stores - 1 })
  const asked =
    stores === 1
      ? operations
      : fc.tuple(operations, via).map(([item, store]) => ({ ...item, via: store }))
  const item = fc.oneof(
    { weight: 16, arbitrary: asked },
    ...(setting.injected ? [{ weight: 2, arbitrary: advances }] : []),
    ...(repeats ? [{ weight: 10, arbitrary: agains }] : []),
  )
  return fc.record({
    repositories: fc.constant(families.map(({ name }) => name)),
    id: identifierArbitrary.filter((id) => !IDS.includes(id)),
    // Biased, most sequences would be too short to bring anything about. Turned round, since fast-check shrinks an
    // array from its beginning: what comes after a failure is the first to go.
    items: fc
      .noBias(fc.array(item, { minLength: 1, maxLength: 100, size: 'max' }))
      .map((items) => items.toReversed()),
  })
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

const advances: fc.Arbitrary<Advance> = fc.record({
  method: fc.constant('advance' as const),
  ms: fc.constantFrom(60_000, 60_000, 1, 1000),
})

const agains: fc.Arbitrary<Again> = fc.record({
  method: fc.constant('again' as const),
  back: fc.constantFrom(0, 0, 0, 0, 1, 2, 3, 5, 8),
})
