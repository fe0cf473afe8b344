import { keyOf } from './keys.ts'
import type { Change } from './table.ts'
import type { Store } from './unit.ts'

/** Gives numbers that grow: whoever asks after somebody was given one gets a larger one, in whatever process. */
export interface Counters {
  /** The first of `count` numbers in a row, of those of that name. */
  next(name: string, count: number): Promise<number>
}

export function createCounters(store: Store): Counters {
  const counters = new Map<string, Counter>()
  return {
    async next(name, count) {
      const counter = counters.get(name) ?? createCounter(store, name)
      counters.set(name, counter)
      return counter.next(count)
    },
  }
}

interface Counter {
  next(count: number): Promise<number>
}

interface Waiter {
  readonly count: number
  resolve(first: number): void
  reject(reason: unknown): void
}

/** Those who ask while a request is under way share the next one, so that a process has one under way at the most. */
function createCounter(store: Store, name: string): Counter {
  const key = keyOf('K', name)
  let waiting: Waiter[] = []
  let running = false
  /** What this process left; good for as long as no other one writes. */
  let seen: { readonly etag: string; readonly last: number } | undefined

  async function reserve(count: number): Promise<number> {
    return store.attempt(async () => {
      const known = seen ?? (await read())
      seen = undefined
      const last = (known?.last ?? 0) + count
      const content = { last: String(last) }
      const change: Change = known
        ? { do: 'replace', key, content, etag: known.etag }
        : { do: 'create', key, content }
      const etag = (await store.write(change)) ?? ''
      if (etag !== '') seen = { etag, last }
      return last - count + 1
    })
  }

  async function read(): Promise<typeof seen> {
    const row = await store.get(key)
    return row ? { etag: row.etag, last: Number(row.content.last) } : undefined
  }

  async function run(): Promise<void> {
    running = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        let first = await reserve(batch.reduce((sum, { count }) => sum + count, 0))
        for (const { count, resolve } of batch) {
          resolve(first)
          first += count
        }
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    running = false
  }

  return {
    next: async (count) =>
      new Promise((resolve, reject) => {
        waiting.push({ count, resolve, reject })
        if (!running) void run()
      }),
  }
}
