/** What stores have joined the parts of a key with; the blank and the empty string stand for padding and for nothing. */
const SEPARATORS = [
  ':',
  '-',
  '_',
  '/',
  '|',
  '.',
  ',',
  ';',
  '#',
  '::',
  '\t',
  '\u001f',
  '","',
  ' ',
  '',
]

/** Pairs that are one text when their parts are joined, or one pair when the parts are swapped, folded or trimmed. */
export const confusablePairs: readonly (readonly [string, string])[] = [
  ...SEPARATORS.flatMap((separator): (readonly [string, string])[] => [
    [`a${separator}b`, 'c'],
    ['a', `b${separator}c`],
  ]),
  ['c', 'ab'],
  ['a', 'c'],
  ['c', 'a'],
  ['A', 'c'],
  ['a', 'C'],
  ['a ', 'c'],
  ['a', 'c '],
]
