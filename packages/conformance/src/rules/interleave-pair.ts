import type { RepositoryName, WriteOptions } from '@holdfast/spec'
import type { Feature, Store } from '../rule.ts'
import type { Trial } from '../trial.ts'

export type Act = (store: Store, options: WriteOptions) => Promise<unknown>

/** Two calls on the same records. */
export interface Duel {
  readonly a: Act
  readonly b: Act
  /** What is there in the end. */
  look(store: Store): Promise<unknown>
}

/** What the two saw, and what is there in the end. */
export type Outcome = readonly [a: unknown, b: unknown, left: unknown]

export interface Pair {
  readonly rule: string
  readonly title: string
  readonly clause: number
  readonly needs: readonly RepositoryName[]
  readonly features?: readonly Feature[]
  readonly bugs: readonly string[]
  prepare(store: Store, trial: Trial): Promise<Duel>
  /** What is right instead, where an outcome need not be one of calls that come one after the other. */
  judge?(outcome: Outcome): boolean
}

/** The same call by two clients, told apart by a mark. */
export function both(act: (mark: string) => Act): Pick<Duel, 'a' | 'b'> {
  return { a: act('a'), b: act('b') }
}
