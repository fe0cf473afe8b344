// What adapters of SQL databases share. A row is as a query gives it, in snake case; a parameter has the name of the
// member of the record. A body is what is left of a record when its columns are taken away: columns hold what is looked
// up, ordered or often changed, and nothing that may be empty or may have U+0000 or a lone surrogate, which one database
// or another does not keep as it is. In a body JSON escapes them.

/** The columns of one record as parameters of a statement. */
export type Columns = Readonly<Record<string, string | number | null>>

/** An integer of the database, as its driver or a type parser of the application gives it. */
export type Int = string | number | bigint

/** Epoch ms, versions and tokens all fit a double. */
export function toNumber(value: Int): number {
  return Number(value)
}

/** {@link toNumber} of a column that may be null. */
export function toNumberOrNull(value: Int | null): number | null {
  return value === null ? null : Number(value)
}

/** The instants that a write gives a record. */
export interface Times {
  readonly created_at: Int
  readonly updated_at: Int
}

/** {@link Times} as members of the record. */
export function timesOf({ created_at, updated_at }: Times): {
  readonly createdAt: number
  readonly updatedAt: number
} {
  return { createdAt: toNumber(created_at), updatedAt: toNumber(updated_at) }
}
