import { createHash, randomBytes } from 'node:crypto'

/**
 * The id of a record that its caller did not name.
 *
 * Without `requestId` a UUIDv7 (RFC 9562), so that ids made later sort later. With one, a UUIDv8 derived from it: a
 * create that is repeated because its reply was lost meets its own record instead of making a second one.
 */
export function newId(requestId?: string): string {
  return requestId === undefined ? uuidV7(Date.now()) : derivedId(requestId)
}

/** A UUIDv8 that depends on the parts alone, injectively. */
export function derivedId(...parts: readonly string[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16)
  return format(bytes, 8)
}

/**
 * The identity of the command `(name, data)`: 64 hex digits, injective whatever characters the two hold, of one length
 * so that it fits every key.
 */
export function commandKey(name: string, data: string): string {
  return createHash('sha256')
    .update(JSON.stringify([name, data]))
    .digest('hex')
}

function uuidV7(now: number): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(now, 0, 6)
  return format(bytes, 7)
}

function format(bytes: Buffer, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4)
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}
