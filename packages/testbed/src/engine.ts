/**
 * What stands behind an adapter in a test: the product itself, the vendor's emulator, somebody
 * else's re-implementation of the protocol, or nothing at all.
 */
export type Grade = 'real' | 'emulator' | 'stand-in' | 'none'

/** How an engine came to run. */
export type Via = 'url' | 'container' | 'local' | 'in-process'

/** The engines that the testbed knows how to start. */
export type EngineName =
  | 'cosmos'
  | 'postgres'
  | 'redis'
  | 'mongo'
  | 'sqlite'
  | 'memory'
  | 'table-storage'
  | 'oracle'

/** The variables that steer the testbed, `process.env` unless a caller hands in others. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A running engine. Disposing it stops what the testbed started and removes what it wrote. */
export interface Engine extends AsyncDisposable {
  readonly name: EngineName
  /** As the engine itself states it, never as the package or the image was called. */
  readonly version: string
  readonly grade: Exclude<Grade, 'none'>
  readonly via: Via
  /** How to reach it: a connection URL (of one server of a cluster), or for SQLite the folder that database files go to. */
  readonly url: string
  /** The ways that come before `via` and were not taken, each with the reason. */
  readonly skipped: readonly string[]
}

/** The answer for an engine that this machine does not have. */
export interface NoEngine {
  readonly name: EngineName
  readonly grade: 'none'
  /** What was tried, why it did not work, and what to start or set. */
  readonly reason: string
}

/**
 * - `UNAVAILABLE`: no way to start the engine exists here, and nobody demanded one.
 * - `MISCONFIGURED`: the environment variables contradict each other or make no sense.
 * - `FAILED`: what was demanded, or what should have worked, did not.
 */
export type EngineErrorCode = 'UNAVAILABLE' | 'MISCONFIGURED' | 'FAILED'

/** What every function of the testbed throws. The code is for programs, the message for people. */
export class EngineError extends Error {
  override readonly name: string = 'EngineError'
  readonly code: EngineErrorCode

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The message of anything thrown, on one line. */
export function describeError(error: unknown): string {
  // Connecting to a name with several addresses fails with an AggregateError whose own message is
  // empty: the messages are in its parts.
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(describeError).join('; ')
  }
  return error instanceof Error ? error.message : String(error)
}
