/** The time that a rule sees. */
export interface TrialClock {
  /** Whether the provider judges by this clock. If not, leases are short and the kit waits for real. */
  readonly injected: boolean
  /** Epoch ms. */
  now(): number
  /** Goes on by `ms`: at once when injected, else by waiting that long. */
  advance(ms: number): Promise<void>
  /** A lease, in ms, that a rule can wait out with {@link TrialClock.advance}. */
  readonly ttl: number
}

/** Where the kit's clock begins: a round instant, far enough from 0 for bugs with seconds, ticks and 32 bits to show. */
export const EPOCH: number = Date.UTC(2026, 0, 15, 12)

/** A clock that only moves when told, and the function that providers are given. */
export interface ManualClock {
  now(): number
  advance(ms: number): void
}

export function createManualClock(): ManualClock {
  let now = EPOCH
  return {
    now: () => now,
    advance(ms) {
      now += ms
    },
  }
}

export function injectedClock(manual: ManualClock): TrialClock {
  return {
    injected: true,
    now: manual.now,
    advance: async (ms) => manual.advance(ms),
    ttl: 60_000,
  }
}

/** For providers that have a clock of their own. Waits a little longer than asked: their clock may lag behind ours. */
export function realClock(): TrialClock {
  return {
    injected: false,
    now: Date.now,
    advance: async (ms) => {
      const until = performance.now() + ms + 50
      while (performance.now() < until)
        await new Promise((resolve) => setTimeout(resolve, until - performance.now()))
    },
    ttl: 200,
  }
}
