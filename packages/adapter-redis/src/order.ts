// Every order of the contract is the order of bytes here: the members of a sorted set have the score 0, so that the
// server sorts them with memcmp, which for UTF-8 is the order of code points. A member begins with what it is sorted
// by. Scores would be doubles, and members of one score could not be paged in less than linear time.

const OFFSET = 2 ** 53
const DIGITS = 16

/** The characters that {@link orderOf} takes. */
export const NUMBER_LENGTH: number = DIGITS + 1

/** An integer as text of one length, in whose order of bytes integers have their own. Lua's `num` is the same. */
export function orderOf(value: number): string {
  const [sign, magnitude] = value < 0 ? ['0', value + OFFSET] : ['1', value]
  return sign + String(magnitude).padStart(DIGITS, '0')
}

/** The integer that {@link orderOf} made a text of. */
export function numberOf(text: string): number {
  const magnitude = Number(text.slice(1, NUMBER_LENGTH))
  return text.startsWith('0') ? magnitude - OFFSET : magnitude
}

/** Ids as one field: they never hold U+0000, so that this is injective, and sorts like its parts. */
export function join(...ids: readonly string[]): string {
  return ids.join('\0')
}

/** The ids that {@link join} made one of. */
export function split(joined: string): string[] {
  return joined.split('\0')
}
