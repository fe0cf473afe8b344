/** The configurations that a search has been in: what has been linearized, and the state that it led to. */
export interface Memo {
  /** How many configurations are kept. */
  readonly entries: number
  /** How many integers they take. */
  readonly size: number
  /** How many entries have been looked at. */
  readonly probes: number
  /** Forgets everything. `open` is how many words the set of applied open operations takes. */
  reset(open: number): void
  /**
   * Whether a configuration is new, and keeps it if so.
   *
   * Of the closed operations only the words `from` to `to` are kept: all before are linearized, none after is. An
   * applied open operation is one that cannot be applied any more, and nobody waits for it: a configuration that differs
   * from an earlier one only by more applied open operations can do nothing that the earlier one could not.
   */
  visit(state: number, bits: Int32Array, from: number, to: number, open: Int32Array): boolean
}

// The layout of an entry: next entry with the same slot, hash, state, from, number of words, words, open words.
const HEAD = 5
const SMALLEST = 1 << 8

export function createMemo(): Memo {
  let slots = new Int32Array(SMALLEST)
  let pool = new Int32Array(SMALLEST * 8)
  let openWords = 0
  let end = 1
  let entries = 0
  let probes = 0

  const grow = (): void => {
    slots = new Int32Array(slots.length * 2)
    const mask = slots.length - 1
    for (let entry = 1; entry < end; entry += HEAD + at(pool, entry + 4) + openWords) {
      const slot = at(pool, entry + 1) & mask
      pool[entry] = at(slots, slot)
      slots[slot] = entry
    }
  }

  const covers = (entry: number, open: Int32Array): boolean => {
    for (let word = 0; word < openWords; word++) {
      if ((at(pool, entry + word) & ~at(open, word)) !== 0) return false
    }
    return true
  }

  const same = (entry: number, bits: Int32Array, from: number, count: number): boolean => {
    for (let word = 0; word < count; word++) {
      if (at(pool, entry + word) !== at(bits, from + word)) return false
    }
    return true
  }

  return {
    get entries() {
      return entries
    },
    get size() {
      return end
    },
    get probes() {
      return probes
    },
    reset(open) {
      if (slots.length > SMALLEST * 16) slots = new Int32Array(SMALLEST)
      else slots.fill(0)
      if (pool.length > SMALLEST * 128) pool = new Int32Array(SMALLEST * 8)
      openWords = open
      end = 1
      entries = 0
      probes = 0
    },
    visit(state, bits, from, to, open) {
      const count = to - from + 1
      let hash = Math.imul(state + 1, 0x9e3779b1) ^ Math.imul(from + 1, 0x85ebca6b)
      for (let word = from; word <= to; word++) {
        hash = Math.imul(hash ^ at(bits, word), 0xc2b2ae35)
        hash ^= hash >>> 15
      }
      hash ^= hash >>> 13
      const slot = hash & (slots.length - 1)
      for (let entry = at(slots, slot); entry !== 0; entry = at(pool, entry)) {
        probes++
        if (
          at(pool, entry + 1) === hash &&
          at(pool, entry + 2) === state &&
          at(pool, entry + 3) === from &&
          at(pool, entry + 4) === count &&
          same(entry + HEAD, bits, from, count) &&
          covers(entry + HEAD + count, open)
        ) {
          return false
        }
      }
      const length = HEAD + count + openWords
      if (end + length > pool.length) {
        const larger = new Int32Array(Math.max(pool.length * 2, end + length))
        larger.set(pool)
        pool = larger
      }
      pool[end] = at(slots, slot)
      pool[end + 1] = hash
      pool[end + 2] = state
      pool[end + 3] = from
      pool[end + 4] = count
      for (let word = 0; word < count; word++) pool[end + HEAD + word] = at(bits, from + word)
      for (let word = 0; word < openWords; word++) {
        pool[end + HEAD + count + word] = at(open, word)
      }
      slots[slot] = end
      end += length
      entries++
      if (entries > slots.length) grow()
      return true
    },
  }
}

/** An element of a typed array whose index is known to be inside. */
export function at(array: Int32Array, index: number): number {
  return array[index] ?? 0
}
