import type { Fate, Proxy, Warden } from './proxy.ts'

/**
 * Where a trip is cut. `request`: before it reaches the server. `torn`: in the middle of its way there. `reply`: when
 * the server has answered; the answer is lost. `closed`: like `reply`, and the connection ends in order, as if the server
 * had shut down.
 */
export type Cut = 'request' | 'torn' | 'reply' | 'closed'

/** A cut that waits for its trip. */
export interface ArmedCut extends Disposable {
  /** Whether its trip came. */
  readonly met: boolean
}

/** Cuts one trip, the `nth` from now, once; disposing of it lets everything pass again. */
export function armCut(proxy: Proxy, cut: Cut, nth: number): ArmedCut {
  const trip = proxy.trips + nth
  let met = false
  const decide =
    (fate: Fate) =>
    (now: number): Fate => {
      if (now !== trip) return 'pass'
      met = true
      return fate
    }
  const wardens: Readonly<Record<Cut, Warden>> = {
    request: { request: decide('cut') },
    torn: { request: decide('tear') },
    reply: { reply: decide('cut') },
    closed: { reply: decide('close') },
  }
  proxy.post(wardens[cut])
  return {
    get met() {
      return met
    },
    [Symbol.dispose]: () => proxy.post(undefined),
  }
}

/** Takes every request, on old connections and new ones, and never answers. */
export const silence: Warden = { request: () => 'swallow', reply: () => 'swallow' }
