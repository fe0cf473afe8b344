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
import { walkFaults } from './walks.ts'
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
import { modelFaults } from './model.ts'
import { moreModelFaults } from './model-more.ts'
import { snapshotFaults } from './snapshots.ts'
import { claimFaults } from './claims.ts'
import { claimHeldFaults } from './claims-held.ts'
import { claimNextFaults } from './claims-next.ts'
import { fencingFaults } from './fencing.ts'
import { stepFaults } from './steps.ts'
import { stateFaults } from './state.ts'
import { payloadFaults } from './payloads.ts'
import { payloadMemberFaults } from './payloads-members.ts'
import { payloadRefusedFaults } from './payloads-refused.ts'
import { identifierFaults } from './identifiers.ts'
import { sizeFaults } from './sizes.ts'
import { errorClassFaults } from './error-class.ts'
import { raceFaults } from './races.ts'
import { retryFaults } from './retry.ts'
import { interleaveFaults } from './interleave.ts'

/** Every fault, family by family. */
export const faults: readonly Fault[] = [
  ...lifecycleFaults,
  ...idFaults,
  ...copyFaults,
  ...missingFaults,
  ...versionFaults,
  ...runnableFaults,
  ...pageFaults,
  ...walkFaults,
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
  ...modelFaults,
  ...moreModelFaults,
  ...snapshotFaults,
  ...claimFaults,
  ...claimHeldFaults,
  ...claimNextFaults,
  ...fencingFaults,
  ...stepFaults,
  ...stateFaults,
  ...payloadFaults,
  ...payloadMemberFaults,
  ...payloadRefusedFaults,
  ...identifierFaults,
  ...sizeFaults,
  ...errorClassFaults,
  ...raceFaults,
  ...retryFaults,
  ...interleaveFaults,
]
