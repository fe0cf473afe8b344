/** What the sequences of a rule have seen. */
export interface Coverage {
  note(what: string): void
  /** What was never seen of what is wanted. `a or b`: either will do. */
  missing(wanted: readonly string[]): readonly string[]
  /** How often each was seen. */
  readonly seen: ReadonlyMap<string, number>
}

export function createCoverage(): Coverage {
  const seen = new Map<string, number>()
  return {
    note: (what) => void seen.set(what, (seen.get(what) ?? 0) + 1),
    missing: (wanted) => wanted.filter((what) => !what.split(' or ').some((one) => seen.has(one))),
    seen,
  }
}

/** Whether a result says that something was there, or was done. */
export function isPositive(result: unknown): boolean {
  if (Array.isArray(result)) return result.length > 0
  if (typeof result === 'object' && result !== null && 'processed' in result)
    return (result as { readonly processed: unknown }).processed !== 0
  return result !== null && result !== false && result !== 0
}
