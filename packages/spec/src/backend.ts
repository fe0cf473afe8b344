import type { Capabilities } from './provider.ts'
import type { ClaimBackend } from './claims.ts'
import type { CommandBackend } from './commands.ts'
import type { ErrorBackend } from './error-log.ts'
import type { EventBackend } from './events.ts'
import type { SnapshotBackend } from './snapshots.ts'
import type { StateBackend } from './state.ts'
import type { StepBackend } from './steps.ts'
import type { SubscriptionBackend } from './subscriptions.ts'
import type { WorkflowBackend } from './workflows.ts'

/** What comes with every call to a backend. */
export interface Call {
  /** The caller's, else one made for this call. Stays the same when a driver sends the call again. */
  readonly requestId: string
  /** For backends that can cancel work; the wait itself already ends when it fires. */
  readonly signal: AbortSignal | undefined
}

/**
 * What an adapter writes, and {@link defineProvider} turns into a provider.
 *
 * A backend sees clean arguments only: validated deep copies without unknown or undefined members, ids chosen, pages
 * read. It does the I/O, and may throw its driver's errors.
 */
export interface Backend {
  readonly name: string
  readonly capabilities: Omit<Capabilities, 'repositories'>
  ensureStore(call: Call): Promise<void>
  ping(call: Call): Promise<void>
  /** Closes what the provider opened itself. Called once, when nothing is under way. */
  close(): Promise<void>
  /** The error of the contract for an error of the driver; `undefined` for what is not a driver's (a bug of ours). */
  classify(error: unknown): Error | undefined
  readonly workflows?: WorkflowBackend
  readonly steps?: StepBackend
  readonly state?: StateBackend
  readonly events?: EventBackend
  readonly subscriptions?: SubscriptionBackend
  readonly commands?: CommandBackend
  readonly snapshots?: SnapshotBackend
  readonly claims?: ClaimBackend
  readonly errors?: ErrorBackend
}
