import type fc from 'fast-check'
import type { RepositoryName, WriteOptions } from '@holdfast/spec'
import type { Store } from '../../rule.ts'
import type { World } from './world.ts'

/** What generators need to know of the provider and its clock. */
export interface Setting {
  readonly repositories: readonly RepositoryName[]
  readonly atomicSubscriptions: boolean
  readonly fencing: boolean
  /** Whether providers take turns, so that it matters what each has read. */
  readonly turns: boolean
  /** Whether the kit moves the clock. If not, no lease runs out within a sequence. */
  readonly injected: boolean
}

/** An operation that is ready to be made: what its symbols stand for is known. */
export interface Prepared {
  /** As the report shows them. */
  readonly args: readonly unknown[]
  /** A `write` has a request id. `many`: it stands for several. */
  readonly kind: 'read' | 'write' | 'many'
  call(store: Store, options?: WriteOptions): Promise<unknown>
  /**
   * What the contract says comes of it; changes the model. `seen` is what the provider returned, for what only a store
   * can choose: ids and fencing tokens.
   * @throws {Refusal}
   */
  expect(seen: unknown, now: number): unknown
  /** The time by the store's clock that a result tells, for stores that have a clock of their own. */
  tellsTime?(seen: unknown): number | undefined
  /** Whether a repeat gives the same result. If not, only that nothing changes. @default true */
  readonly sameAgain?: boolean
  /** Which record shows a late repeat, when other operations came between. @default none does */
  trace?(seen: unknown, now: number): Trace
}

/** What a store keeps a request id with. */
export interface Trace {
  readonly record: string
  /** Whether the id of the record's making is meant, not that of its last change. */
  readonly creates: boolean
  /** Other records that the write made. */
  readonly opens?: readonly string[]
  readonly isThere: boolean
}

/** The operations of one repository. */
export interface Family<O extends { readonly method: string } = { readonly method: string }> {
  readonly name: RepositoryName
  /** Each must succeed in a run. */
  readonly methods: readonly O['method'][]
  /** Operations as plain data. What they mean depends on the sequence, so that a shrunk sequence keeps its meaning. */
  operations(setting: Setting): fc.Arbitrary<O>
  /** `null` when there is nothing that the operation could refer to. */
  prepare(operation: O, world: World): Prepared | null
  /** Reads everything back. */
  sweep(world: World): readonly O[]
  /** What a run must have seen besides: `workflows.update CONFLICT`. */
  wanted(setting: Setting): readonly string[]
}
