import { PersistenceError } from '@holdfast/spec'
import type { Change, Content } from './table.ts'
import type { Value } from './options.ts'

// A property takes 64 KiB, and a row 1 MiB. As bytes, text takes half of what it takes as the service's strings, and
// nothing is to be known of surrogates where it is cut.

const CHUNK = 64 * 1024
/** 960 KiB; what is left of the row is for keys and for what is looked up. */
export const MAX_CHUNKS = 15

/** Text as properties `name0`, `name1` and so on. @throws {PersistenceError} `TOO_LARGE` */
export function packText(name: string, text: string): Content {
  const bytes = Buffer.from(text)
  const count = Math.max(1, Math.ceil(bytes.length / CHUNK))
  if (count > MAX_CHUNKS) {
    throw new PersistenceError(
      'TOO_LARGE',
      `The record takes ${bytes.length} bytes as the codec writes it; this store takes ${CHUNK * MAX_CHUNKS}`,
    )
  }
  const chunks = Array.from({ length: count }, (_, index) => [
    `${name}${index}`,
    bytes.subarray(index * CHUNK, (index + 1) * CHUNK),
  ])
  return Object.fromEntries(chunks) as Content
}

/** The text that {@link packText} made properties of; empty when there are none. */
export function unpackText(name: string, content: Content): string {
  const chunks: Uint8Array[] = []
  for (let index = 0; ; index += 1) {
    const chunk = content[`${name}${index}`]
    if (!(chunk instanceof Uint8Array)) return Buffer.concat(chunks).toString()
    chunks.push(chunk)
  }
}

/** A whole row as properties of another one. */
export function packContent(name: string, content: Content): Content {
  const values = Object.entries(content).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : [Buffer.from(value).toString('base64')],
  ])
  return packText(name, JSON.stringify(values))
}

export function unpackContent(name: string, content: Content): Content {
  const values = JSON.parse(unpackText(name, content)) as [string, string | [string]][]
  return Object.fromEntries(
    values.map(([key, value]) => [
      key,
      typeof value === 'string' ? value : Buffer.from(value[0], 'base64'),
    ]),
  )
}

// What the headers of a change take in a transaction.
const OVERHEAD = 800

/** About what a change takes in the text of a transaction. */
export function bytesOf(change: Change): number {
  if (change.do === 'delete') return OVERHEAD
  const values = Object.entries(change.content)
  return values.reduce((sum, [name, value]) => sum + name.length + sizeOf(value) + 40, OVERHEAD)
}

function sizeOf(value: Value): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : (value.length * 4) / 3
}
