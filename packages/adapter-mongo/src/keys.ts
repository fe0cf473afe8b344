// An `_id` is the ids of a record after its namespace, joined by U+0000, which none of them can hold: it is injective,
// the records of one owner are one range of it, and it sorts like its parts.

/** Ids as one. */
export function join(...ids: readonly string[]): string {
  return ids.join('\0')
}

/** The last `count` ids that {@link join} made one of. */
export function lastIds(joined: string, count: 1): readonly [string]
export function lastIds(joined: string, count: 2): readonly [string, string]
export function lastIds(joined: string, count: 3): readonly [string, string, string]
export function lastIds(joined: string, count: number): readonly string[] {
  return joined.split('\0').slice(-count)
}

/** The condition on an `_id` that belongs to `owner`, which is joined ids. */
export function ownedBy(owner: string): Filter {
  return { $gte: `${owner}\0`, $lt: `${owner}\u0001` }
}

/** A query document, or a part of it. */
export type Filter = Readonly<Record<string, unknown>>

export type Sort = Readonly<Record<string, 1 | -1>>

/** An order by fields, all rising or all falling. */
export function sortBy(fields: readonly string[], direction: 1 | -1 = 1): Sort {
  return Object.fromEntries(fields.map((field) => [field, direction]))
}

/**
 * What matches `base` and comes after the place, one value for each of the fields. An `$or` at the top, so that each
 * branch is a range of one index and the server merges the branches in order. `base` may bound a field, as `{ $lte }`.
 */
export function pageFilter(
  base: Filter,
  fields: readonly string[],
  place: readonly (string | number)[] | null,
  direction: 1 | -1 = 1,
): Filter {
  if (place === null) return base
  const beyond = direction === 1 ? '$gt' : '$lt'
  const conditions = (depth: number): readonly (readonly [string, Filter])[] =>
    fields.slice(0, depth + 1).map((field, index) => {
      const bounds = base[field] as Filter | undefined
      return [field, { ...bounds, [index === depth ? beyond : '$eq']: place[index] }]
    })
  return {
    $or: fields.map((_, depth) => ({ ...base, ...Object.fromEntries(conditions(depth)) })),
  }
}
