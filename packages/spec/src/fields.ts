import { invalid } from './errors.ts'
import { copyJson, type JsonObject, type JsonValue } from './json.ts'

/** Reads one value: returns a clean copy, or throws `INVALID_VALUE` that names the path. */
export type Field<T> = (value: unknown, path: string) => T

/** The longest identifier, in UTF-16 units. */
export const MAX_ID_LENGTH = 255

/** The longest namespace, in UTF-16 units. Shorter, because it leads every key. */
export const MAX_NAMESPACE_LENGTH = 63

/** The last instant of an ECMAScript date; the first is its negative. */
export const MAX_INSTANT = 8.64e15

/** The longest lease, in ms: a hundred years, so that `now + ttl` stays an instant. */
export const MAX_TTL = 3_155_760_000_000

/** Ids and keys: well-formed Unicode without U+0000, 1–255 UTF-16 units, compared byte for byte. */
export const identifier: Field<string> = bounded(MAX_ID_LENGTH)

/** Like {@link identifier}, 1–63 units. */
export const namespace: Field<string> = bounded(MAX_NAMESPACE_LENGTH)

function bounded(max: number): Field<string> {
  return (value, path) => {
    if (typeof value !== 'string') throw invalid(path, 'a string')
    if (value.length === 0 || value.length > max) {
      throw invalid(path, `1 to ${max} UTF-16 units long, not ${value.length}`)
    }
    if (value.includes('\0')) throw invalid(path, 'without U+0000')
    if (!value.isWellFormed()) throw invalid(path, 'well-formed Unicode, without lone surrogates')
    return value
  }
}

/** Free text: any string, also empty, with U+0000 or with lone surrogates. */
export const text: Field<string> = (value, path) => {
  if (typeof value !== 'string') throw invalid(path, 'a string')
  return value
}

export const flag: Field<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw invalid(path, 'a boolean')
  return value
}

/** An integer within `min` and `max`, both included. */
export function integer(min: number, max: number): Field<number> {
  return (value, path) => {
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
      throw invalid(path, `an integer from ${min} to ${max}`)
    }
    return (value as number) === 0 ? 0 : (value as number)
  }
}

/** Epoch milliseconds. */
export const instant: Field<number> = integer(-MAX_INSTANT, MAX_INSTANT)

/** The version a write saw. */
export const version: Field<number> = integer(1, Number.MAX_SAFE_INTEGER)

/** A lease's duration in ms, or `null` for one that never expires. */
export const ttl: Field<number | null> = nullable(integer(1, MAX_TTL))

/** Any JSON value. */
export const json: Field<JsonValue> = copyJson

export const jsonObject: Field<JsonObject> = (value, path) => {
  const copied = copyJson(value, path)
  if (typeof copied !== 'object' || copied === null || Array.isArray(copied))
    throw invalid(path, 'an object')
  return copied as JsonObject
}

/** String to string, as tags are. */
export const stringMap: Field<Readonly<Record<string, string>>> = (value, path) => {
  const copied = jsonObject(value, path)
  for (const [key, item] of Object.entries(copied)) text(item, `${path}.${key}`)
  return copied as Record<string, string>
}

/** A number from 0 to 1, both included. */
export const fraction: Field<number> = (value, path) => {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    throw invalid(path, 'a number from 0 to 1')
  return value === 0 ? 0 : value
}

export function oneOf<const T extends string>(...values: readonly T[]): Field<T> {
  return (value, path) => {
    if (!values.includes(value as T)) throw invalid(path, `one of ${values.join(', ')}`)
    return value as T
  }
}

export function nullable<T>(field: Field<T>): Field<T | null> {
  return (value, path) => (value === null ? null : field(value, path))
}

export function list<T>(field: Field<T>): Field<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw invalid(path, 'an array')
    return Array.from(value, (item, index) => field(item, `${path}[${index}]`))
  }
}

/** A member that may be absent. */
export interface Optional<T> {
  readonly optional: Field<T>
}

export function optional<T>(field: Field<T>): Optional<T> {
  return { optional: field }
}

type Shape = Readonly<Record<string, Field<unknown> | Optional<unknown>>>

type Read<S extends Shape> = {
  -readonly [K in keyof S as S[K] extends Optional<unknown> ? never : K]: S[K] extends Field<
    infer T
  >
    ? T
    : never
} & {
  -readonly [K in keyof S as S[K] extends Optional<unknown> ? K : never]?: S[K] extends Optional<
    infer T
  >
    ? T
    : never
}

/**
 * An object with exactly these members. An `undefined` member counts as absent; a member that the shape does not
 * name is refused, since storing the record without it would lose it silently.
 */
export function record<S extends Shape>(shape: S): Field<Read<S>> {
  const members = Object.entries(shape)
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw invalid(path, 'an object')
    const source = value as Record<string, unknown>
    for (const key of Object.keys(source)) {
      if (!Object.hasOwn(shape, key) && source[key] !== undefined) {
        throw invalid(`${path}.${key}`, 'absent: there is no such field')
      }
    }
    const result: Record<string, unknown> = {}
    for (const [key, member] of members) {
      const item = Object.hasOwn(source, key) ? source[key] : undefined
      if (typeof member === 'function') result[key] = member(item, `${path}.${key}`)
      else if (item !== undefined) result[key] = member.optional(item, `${path}.${key}`)
    }
    return result as Read<S>
  }
}
