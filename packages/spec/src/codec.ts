import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { PersistenceError } from './errors.ts'
import { parseJson } from './parse-json.ts'

/**
 * Turns the JSON text of a record's body into the text that is stored, and back. A codec may compress or encrypt. It
 * sees everything that is not part of a key, an index or an order.
 */
export interface Codec {
  readonly name: string
  encode(json: string): string
  /** @throws anything, when `stored` was not written by a codec that this one can read */
  decode(stored: string): string
}

/** Stores JSON text as it is. The default. */
export const jsonCodec: Codec = {
  name: 'json',
  encode: (json) => json,
  decode: (stored) => stored,
}

// JSON text never begins with this character, so compressed and plain rows can stand side by side.
const COMPRESSED = '~'

/** Compresses bodies of at least `threshold` UTF-16 units (deflate, level 1, base64). Reads plain ones too. */
export function compressingCodec(options: { readonly threshold?: number } = {}): Codec {
  const threshold = options.threshold ?? 1024
  return {
    name: 'deflate',
    encode(json) {
      if (json.length < threshold) return json
      return COMPRESSED + deflateRawSync(json, { level: 1 }).toString('base64')
    },
    decode(stored) {
      if (!stored.startsWith(COMPRESSED)) return stored
      return inflateRawSync(Buffer.from(stored.slice(1), 'base64')).toString()
    },
  }
}

/** How the bodies of records are stored. */
export interface BodyFormat {
  readonly codec: Codec
  /** How many bytes of UTF-8 the JSON of a body may take. */
  readonly maxPayloadBytes: number
}

/**
 * The stored text of a record's body.
 *
 * @throws {PersistenceError} `TOO_LARGE` when its JSON is above `maxPayloadBytes`
 */
export function encodeBody(body: object, { codec, maxPayloadBytes }: BodyFormat): string {
  const json = JSON.stringify(body)
  const bytes = Buffer.byteLength(json)
  if (bytes > maxPayloadBytes) {
    throw new PersistenceError(
      'TOO_LARGE',
      `The record takes ${bytes} bytes of JSON; this store takes ${maxPayloadBytes}`,
    )
  }
  return codec.encode(json)
}

/**
 * The body that {@link encodeBody} stored. `stored` may be anything, since somebody else may have written it.
 *
 * @throws {PersistenceError} `CORRUPT` when it cannot be read; `what` names the record in the message
 */
export function decodeBody<T>(
  stored: unknown,
  what: string,
  { codec }: Pick<BodyFormat, 'codec'>,
): T {
  try {
    if (typeof stored !== 'string') throw new SyntaxError('Not text')
    const body: unknown = parseJson(codec.decode(stored))
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new SyntaxError('Not an object')
    return body as T
  } catch (cause) {
    throw new PersistenceError(
      'CORRUPT',
      `The stored bytes of ${what} cannot be read with codec ${codec.name}`,
      { cause },
    )
  }
}

/** The members that are not null: a column that is null stands for a member that a record does not have. */
export function present<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const found = Object.entries(members).filter(([, value]) => value !== null)
  return Object.fromEntries(found) as { [K in keyof T]?: NonNullable<T[K]> }
}
