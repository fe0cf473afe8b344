import { randomUUID } from 'node:crypto'
import type { Backend, Call } from '../backend.ts'
import { PersistenceError, isPersistenceError } from '../errors.ts'
import { identifier } from '../fields.ts'
import type { CallOptions, WriteOptions } from '../provider.ts'

/** Whether a call may change the store, which decides what an abort on the way leaves behind. */
export type Kind = 'read' | 'write'

export interface Runner {
  /** Calls `work`, whose arguments are checked inside it, under the rules for every call. */
  run<T>(
    kind: Kind,
    options: WriteOptions | undefined,
    work: (call: Call) => Promise<T>,
  ): Promise<T>
  /** Refuses new calls, waits for those under way, then closes the backend. */
  close(): Promise<void>
}

/** The rules for every call: closed, aborted, request id, driver errors, disposal. */
export function createRunner(backend: Pick<Backend, 'name' | 'classify' | 'close'>): Runner {
  const underWay = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined

  async function run<T>(
    kind: Kind,
    options: WriteOptions | undefined,
    work: (call: Call) => Promise<T>,
  ): Promise<T> {
    if (closing !== undefined) throw new PersistenceError('CLOSED', `${backend.name} was disposed`)
    const call = readOptions(options)
    throwIfAborted(call.signal)
    const settled = start(() => work(call), backend)
    underWay.add(settled)
    const done = (): boolean => underWay.delete(settled)
    settled.then(done, done)
    return call.signal === undefined ? settled : raceAbort(settled, call.signal, kind)
  }

  async function close(): Promise<void> {
    closing ??= Promise.allSettled(underWay).then(() => backend.close())
    return closing
  }

  return { run, close }
}

/** `work` is called at once, so that its checks come before anything else can happen to the arguments. */
async function start<T>(work: () => Promise<T>, backend: Pick<Backend, 'classify'>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isPersistenceError(error) ? error : (backend.classify(error) ?? error)
  }
}

function readOptions(options: WriteOptions | undefined): Call {
  if (options === undefined) return { requestId: randomUUID(), signal: undefined }
  if (typeof options !== 'object' || options === null)
    throw new TypeError('Options must be an object')
  const { signal, requestId } = options
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new TypeError('signal must be an AbortSignal')
  return {
    requestId: requestId === undefined ? randomUUID() : identifier(requestId, 'requestId'),
    signal,
  }
}

export function throwIfAborted(signal: CallOptions['signal']): void {
  if (signal?.aborted) throw aborted(signal, 'not-applied')
}

/** Ends the wait when the signal fires. The work goes on, and disposal waits for it. */
function raceAbort<T>(work: Promise<T>, signal: AbortSignal, kind: Kind): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void =>
      reject(aborted(signal, kind === 'write' ? 'unknown' : 'not-applied'))
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function aborted(signal: AbortSignal, outcome: 'not-applied' | 'unknown'): PersistenceError {
  return new PersistenceError('ABORTED', 'The signal was aborted', {
    outcome,
    cause: signal.reason,
  })
}
