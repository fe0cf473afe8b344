import fc from 'fast-check'
import { MAX_INSTANT, type JsonValue } from '@holdfast/spec'
import { EPOCH } from './clock.ts'
import { nastyIdentifiers } from './identifiers.ts'

// Built from fast-check's own combinators only: a `map` over them keeps shrinking.

/** Any UTF-16 unit, lone surrogates and U+0000 too; small ones and markup more often. */
const unit: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: letters('aAbB01 \t\n\0"\'\\;:,%_${}[]/-.~') },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('\u{1f600}', '\ud83d', '\ude00', '\ue000', '\uffff', '\u0301'),
  },
)

const anyText = fc.string({ unit, maxLength: 20 })

const anyNumber: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -10, max: 10 }),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(2 ** 53, 2 ** 53 + 2, -(2 ** 53), 2 ** 63, 1e21, 5e-324, Number.MAX_VALUE),
)

const anyKey: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'A', '0') },
  { weight: 1, arbitrary: anyText },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toJSON', '', 'a.b', '$a') },
)

/** Any JSON value, mostly small. */
export const jsonArbitrary: fc.Arbitrary<JsonValue> = fc.letrec<{ json: JsonValue }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    anyNumber,
    anyText,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(anyKey, tie('json'), { maxKeys: 4 }),
  ),
})).json

const idUnit: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: letters('aAbB01 \t"\'\\;:,|%_${}*?/-.') },
  {
    weight: 1,
    arbitrary: fc
      .oneof(fc.integer({ min: 1, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
      .map((code) => String.fromCodePoint(code)),
  },
)

/** Any valid id. Short ones of few letters are frequent, so that two may be near each other. */
export const identifierArbitrary: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.string({ unit: fc.constantFrom('a', 'A', ':', ' '), minLength: 1, maxLength: 4 }),
  },
  { weight: 2, arbitrary: fc.string({ unit: idUnit, minLength: 1, maxLength: 30 }) },
  { weight: 2, arbitrary: fc.constantFrom(...nastyIdentifiers.map(({ value }) => value)) },
)

/** The ends of what clocks, columns and calendars can hold, and what is next to them. */
export const nastyInstants: readonly number[] = [
  0,
  -1,
  1,
  999,
  -1001,
  EPOCH + 1,
  // 32 bits of milliseconds and of seconds, signed and unsigned.
  2 ** 31,
  2 ** 32,
  2 ** 31 * 1000 - 1,
  2 ** 31 * 1000,
  -(2 ** 31) * 1000 - 1,
  2 ** 32 * 1000,
  // Before the first instant of a FILETIME, of the Gregorian calendar and of the year 1; after the year 9999.
  Date.UTC(1601, 0, 1) - 1,
  Date.UTC(1582, 9, 15) - 1,
  -62_135_596_800_001,
  Date.UTC(9999, 11, 31, 23, 59, 59, 999) + 1,
  -MAX_INSTANT,
  MAX_INSTANT,
]

function letters(alphabet: string): fc.Arbitrary<string> {
  return fc.constantFrom(...alphabet.split(''))
}
