import { createHash } from 'node:crypto'

/** The longest readable id, in bytes. The service takes 1,023, and bills every byte of an item. */
const MAX_LENGTH = 200

/**
 * The id of the item of a kind with these ids. Cosmos DB refuses `/`, `\`, `?` and `#` in it, and its emulator more:
 * what is not a letter, a digit, `-`, `_` or `.` is written as the hex digits of its UTF-8. What gets too long is a
 * digest instead.
 */
export function itemId(kind: string, ...ids: readonly string[]): string {
  const readable = `${kind}:${ids.map(escape).join(':')}`
  return readable.length <= MAX_LENGTH ? readable : `${kind}::${digest(...ids)}`
}

/** 64 hex digits that stand for the texts, whatever they hold. */
export function digest(...texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex')
}

function escape(id: string): string {
  return id.replace(/[^A-Za-z0-9_.-]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `=${byte.toString(16).padStart(2, '0')}`).join(''),
  )
}
