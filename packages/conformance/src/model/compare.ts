/** Where two values part. */
export interface Difference {
  /** `.pointers[1].status`; empty when they have nothing in common. */
  readonly path: string
  readonly expected: unknown
  readonly actual: unknown
}

/** Stands for a member that is not there. */
export const ABSENT: unique symbol = Symbol('nothing')

/** The first difference between plain data; prototypes do not count, and `-0` is `0`. */
export function differenceOf(expected: unknown, actual: unknown): Difference | undefined {
  return compare(expected, actual, '')
}

function compare(expected: unknown, actual: unknown, path: string): Difference | undefined {
  if (expected === actual) return undefined
  if (!isObject(expected) || !isObject(actual) || Array.isArray(expected) !== Array.isArray(actual))
    return { path, expected, actual }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const place = Array.isArray(expected) ? `${path}[${key}]` : `${path}.${key}`
    const found = compare(memberOf(expected, key), memberOf(actual, key), place)
    if (found) return found
  }
  return undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function memberOf(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : ABSENT
}
