import type { RepositoryName, WriteOptions } from '@holdfast/spec'
import type { Feature, Store } from '../rule.ts'
import type { Trial } from '../trial.ts'
import { lacking } from '../unsupported.ts'
import { claimWrites } from './retry-writes-claims.ts'
import { snapshotWrites } from './retry-writes-snapshots.ts'
import { topicWrites } from './retry-writes-topics.ts'
import { workflowWrites } from './retry-writes-workflows.ts'

/** A write that waits to be made, and the records that it touches. */
export interface Attempt {
  call(store: Store, options: WriteOptions): Promise<unknown>
  /** Everything that tells whether it was made, and how often. */
  look(store: Store): Promise<unknown>
  /** Whether what was returned can be worked with: uses it up. */
  confirm?(store: Store, returned: unknown, what: string): Promise<void>
}

/** A mutating method, for rules about writes that are cut. */
export interface Write {
  /** The rule on its lost reply. */
  readonly rule: string
  readonly method: string
  readonly needs: readonly RepositoryName[]
  readonly features?: readonly Feature[]
  readonly bugs: readonly string[]
  /**
   * What a repeat may return instead, since nothing is left that could remember the first: what was taken away is gone.
   */
  readonly gone?: unknown
  /** On records of its own. */
  prepare(store: Store, trial: Trial): Promise<Attempt>
}

/** The writes that a provider can make. */
export function writesOf(store: Store): readonly Write[] {
  return writes.filter(
    ({ needs, features = [] }) => lacking({ needs, features }, store) === undefined,
  )
}

/** Every mutating method of every repository but `commands.process`, which has no request id. */
export const writes: readonly Write[] = [
  ...workflowWrites,
  ...topicWrites,
  ...snapshotWrites,
  ...claimWrites,
]
