/**
 * What went wrong, as API: codes never change within a major version, messages may.
 *
 * - `NOT_FOUND`: an update names a record that is not there.
 * - `CONFLICT`: the id is taken, or the version named is not the stored one.
 * - `CLAIM_LOST`: a fenced save names a claim that is no longer held.
 * - `INVALID_VALUE`: an argument is outside the value domain. Nothing was sent.
 * - `TOO_LARGE`: a record is above `capabilities.maxPayloadBytes`. Nothing was sent.
 * - `UNSUPPORTED`: the provider declares that it cannot do this. Nothing was sent.
 * - `BUSY`: deadlock, throttling or lock timeout. Try again.
 * - `UNAVAILABLE`: the store cannot be reached, or refused us.
 * - `CORRUPT`: the stored bytes of this record cannot be read. Other records are not affected.
 * - `CLOSED`: the provider was disposed.
 * - `ABORTED`: the caller's signal fired.
 */
export type ErrorCode =
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'CLAIM_LOST'
  | 'INVALID_VALUE'
  | 'TOO_LARGE'
  | 'UNSUPPORTED'
  | 'BUSY'
  | 'UNAVAILABLE'
  | 'CORRUPT'
  | 'CLOSED'
  | 'ABORTED'

/** Whether the store may have applied the write that failed. */
export type Outcome = 'not-applied' | 'unknown'

export interface PersistenceErrorOptions {
  /** @default true for `BUSY` and `UNAVAILABLE` */
  readonly retryable?: boolean
  /** @default 'not-applied' */
  readonly outcome?: Outcome
  readonly cause?: unknown
}

// `instanceof` fails when two copies of this package are installed, so the brand is a registered symbol.
const brand = Symbol.for('holdfast.PersistenceError')

/** The one error class of every provider. Recognise it with {@link isPersistenceError}. */
export class PersistenceError extends Error {
  override readonly name = 'PersistenceError'
  readonly code: ErrorCode
  /** The same call may succeed when made again. */
  readonly retryable: boolean
  /** `'unknown'`: the write may have been applied. Repeating it with the same `requestId` is safe. */
  readonly outcome: Outcome

  constructor(code: ErrorCode, message: string, options: PersistenceErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    Object.defineProperty(this, brand, { value: true })
    this.code = code
    this.retryable = options.retryable ?? (code === 'BUSY' || code === 'UNAVAILABLE')
    this.outcome = options.outcome ?? 'not-applied'
  }
}

/** Whether `error` is a {@link PersistenceError}, of this or another copy of the package; with `code`, also that code. */
export function isPersistenceError(error: unknown, code?: ErrorCode): error is PersistenceError {
  if (typeof error !== 'object' || error === null || !(brand in error)) return false
  return code === undefined || (error as unknown as PersistenceError).code === code
}

/** An `INVALID_VALUE` that names the place in the argument. */
export function invalid(path: string, expected: string): PersistenceError {
  return new PersistenceError('INVALID_VALUE', `${path} must be ${expected}`)
}
