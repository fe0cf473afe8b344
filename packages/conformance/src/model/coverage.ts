import { Inconclusive } from '../expect.ts'
import type { Trial } from '../trial.ts'

/** What the sequences of a rule have seen. */
export interface Coverage {
  note(what: string): void
  /** Counts in the report, and refuses to judge when something was never seen. `a or b`: either will do. */
  close(wanted: readonly string[], trial: Trial): void
}

export function createCoverage(): Coverage {
  const seen = new Map<string, number>()
  return {
    note: (what) => void seen.set(what, (seen.get(what) ?? 0) + 1),
    close(wanted, trial) {
      for (const [what, times] of seen) trial.count(what, times)
      const missing = wanted.filter((what) => !what.split(' or ').some((one) => seen.has(one)))
      if (missing.length > 0) throw new Inconclusive(`No sequence has seen ${missing.join(', ')}`)
    },
  }
}

/** Whether a result says that something was there, or was done. */
export function isPositive(result: unknown): boolean {
  if (Array.isArray(result)) return result.length > 0
  if (typeof result === 'object' && result !== null && 'processed' in result)
    return (result as { readonly processed: unknown }).processed !== 0
  return result !== null && result !== false && result !== 0
}
