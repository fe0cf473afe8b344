import type { Fate, Proxy } from './proxy.ts'

/** Holds each request before a proxy until it is let go. Disposing of it lets all go, and leaves the gate open. */
export interface Gate extends Disposable {
  /** How many requests wait. */
  readonly waiting: number
  /** Resolves when a request waits. */
  arrival(): Promise<void>
  /** Lets the one that came first go on. */
  open(): void
}

/** @param side `reply` holds the answers instead: what was asked is done, and the client does not know it yet */
export function closeGate(proxy: Proxy, side: 'request' | 'reply' = 'request'): Gate {
  const held: (() => void)[] = []
  let arrived = Promise.withResolvers<void>()

  proxy.post({
    [side]: () =>
      new Promise<Fate>((resolve) => {
        held.push(() => resolve('pass'))
        arrived.resolve()
      }),
  })

  function open(): void {
    held.shift()?.()
    if (held.length === 0) arrived = Promise.withResolvers()
  }

  return {
    get waiting() {
      return held.length
    },
    arrival: async () => arrived.promise,
    open,
    [Symbol.dispose]() {
      proxy.post(undefined)
      while (held.length > 0) open()
    },
  }
}
