import type { Format } from './codec.ts'
import type { InUnit } from './database.ts'
import type { Collections, Intent } from './rows.ts'

/** What every repository of a provider works with. */
export interface Context extends Format {
  /** Where there are no transactions, what others have left unfinished is completed first. */
  collections(): Promise<Collections>
  /** Epoch ms. */
  readonly now: () => number
  /**
   * Runs statements that belong together: in a transaction where the server has them. Else one after the other, after a
   * note of what they do: the write of one document decides, and whoever comes next completes what follows from it.
   *
   * @param intent `null` for what is one statement
   */
  unit<T>(intent: Intent | null, work: (unit: Unit) => Promise<T>): Promise<T>
}

export interface Unit {
  /** Whether it is a transaction. */
  readonly atomic: boolean
  /** For every call that is a part of it. */
  readonly options: InUnit
}
