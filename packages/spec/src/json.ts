import { invalid } from './errors.ts'

/** A value that JSON can hold. `-0` is `0`; nesting goes at most {@link MAX_DEPTH} levels deep. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

export type JsonObject = { readonly [key: string]: JsonValue }

/** How deep a payload may nest. Well below what overflows the stack of any reader. */
export const MAX_DEPTH = 512

/**
 * A deep copy of `value`, which is proven to be JSON on the way.
 *
 * Strings may hold U+0000 and lone surrogates, and any string may be a key, `__proto__` too.
 *
 * @throws {PersistenceError} `INVALID_VALUE` for `undefined`, NaN, ±Infinity, bigint, functions, symbols, holes,
 *   objects that are not plain (Date, Map, class instances), cycles and over-deep nesting
 */
export function copyJson(value: unknown, path: string): JsonValue {
  return copy(value, path, 0)
}

function copy(value: unknown, path: string, depth: number): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) throw invalid(path, `a finite number, not ${value}`)
      return value === 0 ? 0 : value
    case 'object':
      if (value === null) return null
      if (depth >= MAX_DEPTH) {
        throw invalid(rootOf(path), `nested at most ${MAX_DEPTH} levels deep, without cycles`)
      }
      return Array.isArray(value) ? copyArray(value, path, depth) : copyObject(value, path, depth)
    default:
      throw invalid(
        path,
        `a JSON value, not ${value === undefined ? 'undefined' : `a ${typeof value}`}`,
      )
  }
}

function copyArray(value: readonly unknown[], path: string, depth: number): JsonValue {
  // Not `map`: it skips holes, and a hole is an undefined.
  return Array.from(value, (item, index) => copy(item, `${path}[${index}]`, depth + 1))
}

function copyObject(value: object, path: string, depth: number): JsonValue {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype && !isForeignPlain(prototype)) {
    throw invalid(path, `a plain object, not a ${nameOf(prototype)}`)
  }
  if (Object.getOwnPropertySymbols(value).length > 0) throw invalid(path, 'without symbol keys')
  const result: { [key: string]: JsonValue } = {}
  for (const [key, item] of Object.entries(value)) {
    const copied = copy(item, `${path}.${key}`, depth + 1)
    // Plain assignment of `__proto__` would set the prototype and lose the key.
    if (key === '__proto__') {
      Object.defineProperty(result, key, {
        value: copied,
        writable: true,
        enumerable: true,
        configurable: true,
      })
    } else {
      result[key] = copied
    }
  }
  return result
}

/** Objects from another realm (vm, iframe) have another `Object.prototype`. */
function isForeignPlain(prototype: unknown): boolean {
  return (
    typeof prototype === 'object' &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype as object, 'isPrototypeOf')
  )
}

function nameOf(prototype: unknown): string {
  const { constructor } = prototype as { constructor?: { name?: string } }
  return constructor?.name || 'class instance'
}

/** The argument's own name: a path of 512 levels helps nobody. */
function rootOf(path: string): string {
  return path.split(/[.[]/, 1)[0] ?? path
}
