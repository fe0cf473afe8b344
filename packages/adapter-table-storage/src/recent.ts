import type { Row } from './table.ts'

/** Rows as this process left them. Who changes one by its etag finds out whether it is still so. */
export interface Recent {
  set(row: Row): void
  /** Forgets the row: a change gives it another etag. */
  take(key: string): Row | undefined
}

const MAX_ROWS = 1000

/** Keeps the properties of these names, of the rows that were set last. */
export function createRecent(names: readonly string[]): Recent {
  const rows = new Map<string, Row>()
  return {
    set({ content, ...row }) {
      const kept = Object.entries(content).filter(([name]) => names.includes(name))
      rows.delete(row.key)
      rows.set(row.key, { ...row, content: Object.fromEntries(kept) })
      const [oldest] = rows.keys()
      if (rows.size > MAX_ROWS && oldest !== undefined) rows.delete(oldest)
    },

    take(key) {
      const row = rows.get(key)
      rows.delete(key)
      return row
    },
  }
}
