import { cascadeFaults } from './cascades.ts'
import { copyFaults } from './copies.ts'
import type { Fault } from './fault.ts'
import { idFaults } from './ids.ts'
import { lifecycleFaults } from './lifecycle.ts'
import { listFaults } from './lists.ts'
import { missingFaults } from './missing.ts'
import { pageFaults } from './pages.ts'
import { purgeFaults } from './purge.ts'
import { runnableFaults } from './runnable.ts'
import { timeZoneFaults } from './time-zones.ts'
import { versionFaults } from './versions.ts'
import { eventFaults } from './events.ts'
import { subscriptionFaults } from './subscriptions.ts'
import { tokenFaults } from './tokens.ts'
import { commandFaults } from './commands.ts'
import { commandProcessingFaults } from './commands-processing.ts'
import { errorLogFaults } from './error-log.ts'
import { abortFaults } from './abort.ts'
import { requestIdFaults } from './request-ids.ts'
import { moreRequestIdFaults } from './request-ids-more.ts'
import { capabilityFaults } from './capabilities.ts'

/** Every fault, family by family. */
export const faults: readonly Fault[] = [
  ...lifecycleFaults,
  ...idFaults,
  ...copyFaults,
  ...missingFaults,
  ...versionFaults,
  ...runnableFaults,
  ...pageFaults,
  ...listFaults,
  ...purgeFaults,
  ...cascadeFaults,
  ...timeZoneFaults,
  ...eventFaults,
  ...subscriptionFaults,
  ...tokenFaults,
  ...commandFaults,
  ...commandProcessingFaults,
  ...errorLogFaults,
  ...requestIdFaults,
  ...moreRequestIdFaults,
  ...abortFaults,
  ...capabilityFaults,
]
