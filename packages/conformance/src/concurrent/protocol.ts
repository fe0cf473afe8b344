import { PersistenceError, isPersistenceError, type JsonValue } from '@holdfast/spec'
import type { PersistenceErrorOptions } from '@holdfast/spec'

/** What a worker process is asked. */
export type Request =
  | {
      readonly kind: 'join'
      readonly module: string
      readonly target: string
      readonly shared: JsonValue
    }
  | {
      readonly kind: 'open'
      readonly client: string
      readonly namespace: string
      readonly now: number
      /** Calls `ensureStore`, as a process does when it starts. */
      readonly prepare: boolean
    }
  | {
      readonly kind: 'call'
      readonly client: string
      readonly now: number
      /** `undefined`: a method of the provider itself. */
      readonly repository: string | undefined
      readonly method: string
      /** Functions among them are {@link Callback}s. */
      readonly args: readonly unknown[]
    }
  | { readonly kind: 'close'; readonly clients: readonly string[] }
  /** From now on `Date.now()` is so many ms off. */
  | { readonly kind: 'skew'; readonly ms: number }

/** Stands for a function of the caller. */
export interface Callback {
  readonly $callback: number
}

export type Settled =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: SentError }

/** To a worker process. */
export type ToWorker =
  | { readonly id: number; readonly request: Request }
  /** What a {@link Callback} gave. */
  | { readonly id: number; readonly answer: Settled; readonly now: number }

/** How a request went. `start` and `end` are ns of the system's monotonic clock, which all processes share. */
export interface Reply {
  readonly id: number
  readonly reply: Settled
  readonly start: bigint
  readonly end: bigint
}

/** A {@link Callback} is called. `call` is the request that has it. */
export interface CalledBack {
  readonly id: number
  readonly call: number
  readonly callback: number
  readonly argument: unknown
}

/** From a worker process. */
export type FromWorker = Reply | CalledBack

/** An error on its way to another process. */
export interface SentError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly persistence:
    | (Pick<PersistenceError, 'code'> &
        Required<Pick<PersistenceErrorOptions, 'retryable' | 'outcome'>>)
    | undefined
}

export function sendError(error: unknown): SentError {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  if (!isPersistenceError(error)) return { name, message, stack, persistence: undefined }
  const { code, retryable, outcome } = error
  return { name, message, stack, persistence: { code, retryable, outcome } }
}

export function receiveError({ name, message, stack, persistence }: SentError): Error {
  if (persistence) {
    const { code, ...options } = persistence
    return new PersistenceError(code, message, options)
  }
  const error = new Error(message)
  error.name = name
  if (stack !== undefined) error.stack = stack
  return error
}

export async function settle(call: () => unknown): Promise<Settled> {
  try {
    return { ok: true, value: await call() }
  } catch (error) {
    return { ok: false, error: sendError(error) }
  }
}
