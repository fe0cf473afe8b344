import { connect, type Socket } from 'node:net'
import {
  PersistenceError,
  REPOSITORY_NAMES,
  type CallOptions,
  type PersistenceProvider,
} from '@holdfast/spec'
import type { Endpoint } from '../../target.ts'
import { receive, send, type Answer, type SentError } from './frames.ts'
import { HANDLER } from './server.ts'

const BROKEN = 'The connection broke'
export const CLOSED = 'The server closed the connection'

type Method = (...args: unknown[]) => Promise<unknown>
type Handler = (command: unknown) => unknown

interface Pending {
  readonly handler: Handler | undefined
  resolve(value: unknown): void
  reject(error: unknown): void
}

/**
 * A provider that is elsewhere, by one connection, which is made anew when it is needed. It never sends anything twice: a
 * connection that breaks is `UNAVAILABLE`, and whoever calls again names the same request.
 */
export function connectStore(
  served: PersistenceProvider,
  name: number,
  endpoint: Endpoint,
): PersistenceProvider {
  const pending = new Map<number, Pending>()
  let socket: Socket | undefined
  let closed = false
  let calls = 0

  function connected(): Socket {
    if (socket !== undefined) return socket
    const opened = connect({ ...endpoint, noDelay: true })
    let ready = false
    opened.on('connect', () => void (ready = true))
    opened.on('error', () => opened.destroy())
    opened.on('close', (broken) => {
      if (socket === opened) socket = undefined
      const outcome = ready ? 'unknown' : 'not-applied'
      for (const { reject } of pending.values())
        reject(new PersistenceError('UNAVAILABLE', broken ? BROKEN : CLOSED, { outcome }))
      pending.clear()
    })
    receive<Answer>(opened, (answer) => take(opened, answer))
    socket = opened
    return opened
  }

  function take(from: Socket, { id, value, error, handle }: Answer): void {
    const call = pending.get(id)
    if (handle !== undefined) {
      const done = (failure?: unknown): void =>
        send(from, { id, method: 'handled', args: [failure] })
      void Promise.resolve(handle)
        .then(call?.handler)
        .then(() => done(), done)
      return
    }
    pending.delete(id)
    if (error === undefined) call?.resolve(value)
    else call?.reject(revive(error))
  }

  const method =
    (path: string): Method =>
    async (...args) => {
      if (closed) throw new PersistenceError('CLOSED', 'The provider was disposed')
      const signal = args.map(signalOf).find((found) => found !== undefined)
      if (signal?.aborted) throw aborted(signal, 'not-applied')
      calls += 1
      const id = calls
      const handler = args.find((arg): arg is Handler => typeof arg === 'function')
      return new Promise((resolve, reject) => {
        pending.set(id, { handler, resolve, reject })
        signal?.addEventListener('abort', () => reject(aborted(signal, 'unknown')), { once: true })
        send(connected(), { id, method: `${name}.${path}`, args: args.map(sendable) })
      })
    }

  const provider: Record<PropertyKey, unknown> = {
    name: served.name,
    capabilities: served.capabilities,
    ensureStore: method('ensureStore'),
    ping: method('ping'),
    async [Symbol.asyncDispose]() {
      closed = true
      socket?.destroy()
      await served[Symbol.asyncDispose]()
    },
  }
  for (const repository of REPOSITORY_NAMES) {
    const methods = Object.keys(served[repository] ?? {})
    const entries = methods.map((key) => [key, method(`${repository}.${key}`)] as const)
    if (methods.length > 0) provider[repository] = Object.fromEntries(entries)
  }
  return provider as unknown as PersistenceProvider
}

/** Signals stay here: what was given up is still done there. */
function signalOf(arg: unknown): AbortSignal | undefined {
  return typeof arg === 'object' && arg !== null ? (arg as CallOptions).signal : undefined
}

function sendable(arg: unknown): unknown {
  if (typeof arg === 'function') return HANDLER
  if (signalOf(arg) === undefined) return arg
  const { signal: _, ...rest } = arg as CallOptions
  return rest
}

function revive({ code, message, ...options }: SentError): Error {
  return code === undefined ? new Error(message) : new PersistenceError(code, message, options)
}

function aborted(signal: AbortSignal, outcome: 'unknown' | 'not-applied'): PersistenceError {
  return new PersistenceError('ABORTED', 'Given up', { outcome, cause: signal.reason })
}
