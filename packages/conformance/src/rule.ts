import type { PersistenceProvider, RepositoryName } from '@holdfast/spec'
import type { Trial } from './trial.ts'

export type Strength = 'MUST' | 'SHOULD' | 'MAY'

/**
 * What a provider stands up to. `core`: one client at a time. `concurrent`: many clients in several processes.
 * `resilient`: a network that fails, and replies that get lost.
 */
export type Level = 'core' | 'concurrent' | 'resilient'

/** In the order in which they are reached. */
export const LEVELS: readonly Level[] = ['core', 'concurrent', 'resilient']

/** What is checked when nobody says otherwise: what needs nothing but the provider. */
export const DEFAULT_LEVELS: readonly Level[] = ['core', 'concurrent']

/** For a title: `Core`. */
export function nameOfLevel(level: Level): string {
  return level.charAt(0).toUpperCase() + level.slice(1)
}

/** A provider whose named repositories are there. */
export type Store<N extends RepositoryName = RepositoryName> = PersistenceProvider &
  Required<Pick<PersistenceProvider, N>>

/** What a provider may declare that it cannot do. */
export type Feature = 'atomicSubscriptions' | 'fencing'

/** What a rule may need of a provider beside repositories. `serverClock`: the database says what time it is. */
export type Need = Feature | 'serverClock'

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
  readonly features: readonly Need[]
  /** Needs {@link Target.corrupt}; without it the rule is not run. */
  readonly corrupts: boolean
  /** Bugs of real systems that it would have caught. */
  readonly bugs: readonly string[]
  check(store: Store, trial: Trial): Promise<void>
}

export interface RuleOptions<N extends RepositoryName> {
  readonly title: string
  readonly clause: number
  /** @default 'core' */
  readonly level?: Level
  /** @default 'MUST' */
  readonly strength?: Strength
  readonly needs: readonly N[]
  /** @default none */
  readonly features?: readonly Need[]
  /** @default false */
  readonly corrupts?: boolean
  readonly bugs: readonly string[]
  /** `store` is on a namespace of its own. */
  check(store: Store<N>, trial: Trial): Promise<void>
}

/** Defines a rule. */
export function rule<const N extends RepositoryName>(id: string, options: RuleOptions<N>): Rule {
  const { level = 'core', strength = 'MUST', features = [], corrupts = false } = options
  const { title, clause, needs, bugs } = options
  const check = options.check as Rule['check']
  return { id, title, clause, strength, level, needs, features, corrupts, bugs, check }
}

/** `CLAIM` of `CLAIM-03`. */
export function familyOf(id: string): string {
  return id.slice(0, id.lastIndexOf('-'))
}
