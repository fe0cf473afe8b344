import type { Rule } from '../rule.ts'
import { cascades } from './cascades.ts'
import { copies } from './copies.ts'
import { ids } from './ids.ts'
import { lifecycle } from './lifecycle.ts'
import { lists } from './lists.ts'
import { missing } from './missing.ts'
import { pages } from './pages.ts'
import { purge } from './purge.ts'
import { runnable } from './runnable.ts'
import { timeZones } from './time-zones.ts'
import { versions } from './versions.ts'
import { stepVersions } from './versions-steps.ts'
import { events } from './events.ts'
import { subscriptions } from './subscriptions.ts'
import { atomicSubscriptions } from './subscriptions-atomic.ts'
import { tokens } from './tokens.ts'
import { commands } from './commands.ts'
import { commandProcessing } from './commands-processing.ts'
import { errorLog } from './error-log.ts'
import { abort } from './abort.ts'
import { requestIds } from './request-ids.ts'
import { moreRequestIds } from './request-ids-more.ts'
import { capabilities } from './capabilities.ts'

/** Every rule, family by family. */
export const rules: readonly Rule[] = [
  ...lifecycle,
  ...ids,
  ...copies,
  ...missing,
  ...versions,
  ...stepVersions,
  ...runnable,
  ...pages,
  ...lists,
  ...purge,
  ...cascades,
  ...timeZones,
  ...events,
  ...subscriptions,
  ...atomicSubscriptions,
  ...tokens,
  ...commands,
  ...commandProcessing,
  ...errorLog,
  ...requestIds,
  ...moreRequestIds,
  ...abort,
  ...capabilities,
]
