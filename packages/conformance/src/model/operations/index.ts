import type { Family } from './operation.ts'
import { claimFamily } from './claims.ts'
import { commandFamily } from './commands.ts'
import { errorFamily } from './errors.ts'
import { eventFamily } from './events.ts'
import { snapshotFamily } from './snapshots.ts'
import { stateFamily } from './state.ts'
import { stepFamily } from './steps.ts'
import { subscriptionFamily } from './subscriptions.ts'
import { workflowFamily } from './workflows.ts'

/** The operations of each repository, in the order of the contract. */
export const families: readonly Family[] = [
  workflowFamily,
  stepFamily,
  stateFamily,
  eventFamily,
  subscriptionFamily,
  commandFamily,
  snapshotFamily,
  claimFamily,
  errorFamily,
]
