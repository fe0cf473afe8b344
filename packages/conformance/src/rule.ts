import type { PersistenceProvider, RepositoryName } from '@holdfast/spec'
import type { Trial } from './trial.ts'

export type Strength = 'MUST' | 'SHOULD' | 'MAY'

/** `core`: one client at a time. */
export type Level = 'core'

/** A provider whose named repositories are there. */
export type Store<N extends RepositoryName = RepositoryName> = PersistenceProvider &
  Required<Pick<PersistenceProvider, N>>

/** What a provider may declare that it cannot do. */
export type Feature = 'atomicSubscriptions' | 'fencing'

/** One sentence of the contract, and how to find out whether a provider keeps it. */
export interface Rule {
  /** Stable, e.g. `CLAIM-03`: the family, and a number that is never given again. */
  readonly id: string
  /** In the present tense, what a provider does. */
  readonly title: string
  /** The decision of the contract that it tests. */
  readonly clause: number
  readonly strength: Strength
  readonly level: Level
  readonly needs: readonly RepositoryName[]
  readonly features: readonly Feature[]
  /** Needs {@link Target.corrupt}; without it the rule is not run. */
  readonly corrupts: boolean
  /** Bugs of real systems that it would have caught. */
  readonly bugs: readonly string[]
  check(store: Store, trial: Trial): Promise<void>
}

export interface RuleOptions<N extends RepositoryName> {
  readonly title: string
  readonly clause: number
  /** @default 'MUST' */
  readonly strength?: Strength
  readonly needs: readonly N[]
  /** @default none */
  readonly features?: readonly Feature[]
  /** @default false */
  readonly corrupts?: boolean
  readonly bugs: readonly string[]
  /** `store` is on a namespace of its own. */
  check(store: Store<N>, trial: Trial): Promise<void>
}

/** Defines a rule of the Core level. */
export function rule<const N extends RepositoryName>(id: string, options: RuleOptions<N>): Rule {
  const { strength = 'MUST', features = [], corrupts = false, check, ...rest } = options
  return { id, level: 'core', strength, features, corrupts, ...rest, check: check as Rule['check'] }
}

/** `CLAIM` of `CLAIM-03`. */
export function familyOf(id: string): string {
  return id.slice(0, id.lastIndexOf('-'))
}
