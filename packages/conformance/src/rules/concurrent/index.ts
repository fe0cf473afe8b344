import type { Rule } from '../../rule.ts'
import { atomic } from './atomic.ts'
import { commands } from './commands.ts'
import { creates } from './creates.ts'
import { delivery } from './delivery.ts'
import { handoff } from './handoff.ts'
import { leases } from './leases.ts'
import { linear } from './linear.ts'
import { shared } from './shared.ts'
import { visible } from './visible.ts'
import { winners } from './winners.ts'

/** The rules of the Concurrent level. */
export const concurrent: readonly Rule[] = [
  ...winners,
  ...creates,
  ...leases,
  ...handoff,
  ...commands,
  ...delivery,
  ...atomic,
  ...visible,
  ...shared,
  ...linear,
]
