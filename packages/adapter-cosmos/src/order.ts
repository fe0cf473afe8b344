// Orders and keys are text of ASCII, in which the order of bytes, of UTF-16 units and of code points is one and the same,
// so that it does not matter how an index compares. A place begins with what it is sorted by.

const OFFSET = 2 ** 53
const DIGITS = 16

/** The characters that {@link orderOf} takes. */
const NUMBER_LENGTH = DIGITS + 1

/** An integer as text of one length, in whose order integers have their own. */
export function orderOf(value: number): string {
  const [sign, magnitude] = value < 0 ? ['0', value + OFFSET] : ['1', value]
  return sign + String(magnitude).padStart(DIGITS, '0')
}

/** The integer that {@link orderOf} made a text of. */
export function numberOf(text: string): number {
  const magnitude = Number(text.slice(1, NUMBER_LENGTH))
  return text.startsWith('0') ? magnitude - OFFSET : magnitude
}

const EXCLAMATION = 0x21
const TILDE = 0x7e

/**
 * Any text as printable ASCII without blanks, injective, in the order of code points: a byte of UTF-8 below `"` is `!`
 * and its two hex digits, one above `}` is `~` and these; the others stay.
 */
export function ascii(text: string): string {
  let result = ''
  for (const byte of Buffer.from(text)) {
    if (byte > EXCLAMATION && byte < TILDE) result += String.fromCharCode(byte)
    else result += (byte < TILDE ? '!' : '~') + byte.toString(16).padStart(2, '0')
  }
  return result
}

/** Several texts as one: a blank sorts before what {@link ascii} makes, so this is injective and sorts like its parts. */
export function join(...texts: readonly string[]): string {
  return texts.map(ascii).join(' ')
}

/** What sorts after everything that begins with `prefix`, and before everything else that comes after it. */
export function endOf(prefix: string): string {
  return `${prefix}\x7f`
}
