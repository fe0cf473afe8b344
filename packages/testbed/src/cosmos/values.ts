// Values of JSON, as Cosmos DB's SQL compares them.

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** The value at a key, `undefined` when there is none. */
export function memberOf(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as { readonly [key: string]: Json })[key]
}

/** Whether two values are the same. */
export function equals(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

/** What an operator says of two values; `undefined` when it has nothing to say. */
export function compare(
  operator: string,
  a: Json | undefined,
  b: Json | undefined,
): boolean | undefined {
  // Values of two types are neither equal nor different.
  if (a === undefined || b === undefined || typeOf(a) !== typeOf(b)) return undefined
  if (operator === '=') return equals(a, b)
  if (operator === '!=' || operator === '<>') return !equals(a, b)
  if (typeOf(a) === 'object') return undefined
  const order = compareValues(a, b)
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}

function typeOf(value: Json | undefined): string {
  return value === null ? 'null' : typeof value
}

const RANKS = ['undefined', 'null', 'boolean', 'number', 'string', 'object']

/** The order of an index: by type, then by value; text by its bytes. */
export function compareValues(a: Json | undefined, b: Json | undefined): number {
  const rank = (value: Json | undefined): number => RANKS.indexOf(typeOf(value))
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  if (typeof a === 'string' && typeof b === 'string')
    return Buffer.compare(Buffer.from(a), Buffer.from(b))
  if (typeof a === 'object' || typeof b === 'object') return 0
  return Number(a) - Number(b)
}
