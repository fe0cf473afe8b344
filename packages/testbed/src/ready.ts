import { setTimeout as sleep } from 'node:timers/promises'
import { describeError, EngineError } from './engine.ts'

const PAUSE_MS = 25

/**
 * Asks until the server answers.
 *
 * @throws {EngineError} code `FAILED` when it does not within the time, or when `signal` aborts.
 */
export async function untilReady<T>(
  product: string,
  ask: () => Promise<T>,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<T> {
  const deadline = performance.now() + options.timeoutMs
  for (;;) {
    try {
      return await ask()
    } catch (cause) {
      // Refused, reset by a port forwarder, or a server that says that it is still starting.
      if (options.signal?.aborted === true || performance.now() > deadline) {
        const message = `${product} does not answer: ${describeError(cause)}`
        throw new EngineError('FAILED', message, { cause })
      }
    }
    await sleep(PAUSE_MS)
  }
}
