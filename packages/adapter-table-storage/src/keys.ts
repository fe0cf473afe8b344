import { createHash } from 'node:crypto'

// Rows of a partition are sorted by their key, which may hold 512 units without `/ \\ # ?` and control characters. A key
// here is a letter for its kind and parts, joined by `-`, of characters that mean nothing in a URL. A part is in the order
// of what it stands for: ids in code point order, which is that of their UTF-8 bytes, and numbers in their own.

const OFFSET = 2 ** 53
const DIGITS = 16

// Three ids of this length, two numbers and what is between them fit into a key.
const MAX_LENGTH = 120

/** Follows the part that was kept of an id that is too long, before a digest of the whole; never part of another key. */
const CUT = '_'

/** Digits and small letters but z stand for themselves; the others are two hex digits after `.`, `A` or `z`. */
function escapeByte(byte: number): string {
  const hex = byte.toString(16).toUpperCase().padStart(2, '0')
  if (byte < 0x30) return `.${hex}`
  if (byte <= 0x39) return String.fromCharCode(byte)
  if (byte <= 0x60) return `A${hex}`
  return byte < 0x7a ? String.fromCharCode(byte) : `z${hex}`
}

const ESCAPED = Array.from({ length: 256 }, (_, byte) => escapeByte(byte))

function escape(id: string): string {
  return Array.from(Buffer.from(id), (byte) => ESCAPED[byte]).join('')
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

function cut(escaped: string, end: string): string {
  if (escaped.length <= MAX_LENGTH) return escaped + end
  return escaped.slice(0, MAX_LENGTH) + CUT + digest(escaped)
}

/** An integer as text of one length, in whose order integers have their own. */
export function orderOf(value: number): string {
  const [sign, magnitude] = value < 0 ? ['0', value + OFFSET] : ['1', value]
  return sign + String(magnitude).padStart(DIGITS, '0')
}

const FORWARD = '.0123456789ABCDEFabcdefghijklmnopqrstuvwxyz'
const BACKWARD = 'zyxwvutsrqponmlkjihgfedcbaFEDCBA9876543210.'

/** The part of an id in a list that falls. A longer id comes before its own beginning. */
export function falling(id: string): readonly [part: string] {
  const turned = Array.from(escape(id), (unit) => BACKWARD[FORWARD.indexOf(unit)]).join('')
  return [cut(turned, '~')]
}

/** Part of a key: an id, a number, or what {@link falling} made. */
export type Part = string | number | readonly [part: string]

function partOf(part: Part): string {
  if (typeof part === 'number') return orderOf(part)
  return typeof part === 'string' ? cut(escape(part), '') : part[0]
}

/** Injective, apart from digests of 128 bits that stand for ids whose escaped form has more than 120 characters. */
export function keyOf(kind: string, ...parts: readonly Part[]): string {
  return [kind, ...parts.map(partOf)].join('-')
}

/** Sorts after the keys that go on after these parts, and before those of the next ones. */
export function endOf(key: string): string {
  return `${key}-~`
}

/** Keys that begin with `prefix`, from `from` to `to`, both excluded. */
export interface Range {
  readonly prefix: string
  readonly from: string
  readonly to: string
}

// Sorts after every part.
const END = '~~'

/** The keys that begin with the parts. */
export function within(kind: string, ...parts: readonly Part[]): Range {
  const prefix = `${keyOf(kind, ...parts)}-`
  return { prefix, from: prefix, to: prefix + END }
}

/** Those keys, up to the number, which is included. */
export function upTo(range: Range, number: number): Range {
  return { ...range, to: lower(range.to, range.prefix + orderOf(number) + END) }
}

/** Those keys, from the number on, which is included. */
export function since(range: Range, number: number): Range {
  return { ...range, from: higher(range.from, range.prefix + orderOf(number)) }
}

/** Those keys that come after one; also those that are like it as far as keys tell. */
export function following(range: Range, key: string): Range {
  return { ...range, from: higher(range.from, tieOf(key, range)) }
}

/** What keys of the range share whose order does not tell that of their ids: all of it, where no id was cut. */
export function tieOf(key: string, { prefix }: Range): string {
  const end = key.indexOf(CUT, prefix.length)
  return end === -1 ? key : key.slice(0, end)
}

function lower(a: string, b: string): string {
  return a < b ? a : b
}

function higher(a: string, b: string): string {
  return a > b ? a : b
}

/** The partitions of a namespace. Events have one of their own: nothing is written together with them. */
export function partitionsOf(namespace: string): {
  readonly main: string
  readonly events: string
} {
  const name = partOf(namespace)
  return { main: keyOf('n', [name]), events: keyOf('e', [name]) }
}

/** One of `count` numbers, for rows that share load. */
export function stripeOf(count: number, ...ids: readonly string[]): number {
  return Number.parseInt(digest(JSON.stringify(ids)).slice(0, 8), 16) % count
}

/** Tells sets of keys apart. */
export function fingerprint(keys: readonly string[]): string {
  return digest(JSON.stringify(keys)).slice(0, 16)
}
