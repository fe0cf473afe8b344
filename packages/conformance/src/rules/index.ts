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
import { model } from './model.ts'
import { snapshots } from './snapshots.ts'
import { snapshotsList } from './snapshots-list.ts'
import { claims } from './claims.ts'
import { claimsHeld } from './claims-held.ts'
import { claimsNext } from './claims-next.ts'
import { fencing } from './fencing.ts'
import { steps } from './steps.ts'
import { state } from './state.ts'
import { payloads } from './payloads.ts'
import { payloadTexts } from './payloads-text.ts'
import { payloadsRewritten } from './payloads-rewritten.ts'
import { payloadMembers } from './payloads-members.ts'
import { payloadsRefused } from './payloads-refused.ts'
import { identifiers } from './identifiers.ts'
import { identifiersFound } from './identifiers-found.ts'
import { identifiersRefused } from './identifiers-refused.ts'
import { sizes } from './sizes.ts'
import { errorClass } from './error-class.ts'
import { corruption } from './corruption.ts'
import { concurrent } from './concurrent/index.ts'
import { retry } from './retry.ts'
import { retryNetwork } from './retry-network.ts'
import { interleave } from './interleave.ts'

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
  ...model,
  ...snapshots,
  ...snapshotsList,
  ...claims,
  ...claimsHeld,
  ...claimsNext,
  ...fencing,
  ...steps,
  ...state,
  ...payloads,
  ...payloadTexts,
  ...payloadsRewritten,
  ...payloadMembers,
  ...payloadsRefused,
  ...identifiers,
  ...identifiersFound,
  ...identifiersRefused,
  ...sizes,
  ...errorClass,
  ...corruption,
  ...concurrent,
  ...retry,
  ...retryNetwork,
  ...interleave,
]
