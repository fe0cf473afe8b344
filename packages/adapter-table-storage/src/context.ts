import type { BodyFormat } from '@holdfast/spec'
import type { Counters } from './counters.ts'
import type { Recent } from './recent.ts'
import type { Store } from './unit.ts'

/** What every repository of a provider works with. */
export interface Context extends BodyFormat {
  /** Epoch ms. */
  readonly now: () => number
  /** Everything but the events. */
  readonly main: Store
  readonly events: Store
  readonly arrivals: Counters
  /** Tasks that are held by workers of this process. */
  readonly tasks: Recent
}
