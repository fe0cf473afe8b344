import type { JsonValue } from '@holdfast/spec'

export { identifierArbitrary, jsonArbitrary, nastyInstants } from './arbitraries.ts'
export { invalidIdentifiers, nastyIdentifiers } from './identifiers.ts'

/** A payload that some store, driver or codec does not give back as it was. */
export interface NastyValue {
  readonly name: string
  readonly value: JsonValue
}

/** A value that no payload may hold. */
export interface OutsideValue {
  readonly name: string
  readonly value: unknown
}

// Unicode is written as escapes throughout: editors and formatters normalise it.
const texts: readonly (readonly [name: string, value: string])[] = [
  ['empty string', ''],
  ['"null"', 'null'],
  ['"undefined"', 'undefined'],
  ['"true"', 'true'],
  ['"false"', 'false'],
  ['"42"', '42'],
  ['"0"', '0'],
  ['"007", as a number 7', '007'],
  ['"1e3", as a number 1000', '1e3'],
  ['"[]"', '[]'],
  ['"{}"', '{}'],
  ['JSON in a string', '{"a":[1,"\\u0000"]}'],
  ['blank', ' '],
  ['trailing blanks', 'a  '],
  ['leading blank', ' a'],
  ['tab', '\t'],
  ['LF', 'a\nb'],
  ['CRLF', 'a\r\nb\r\n'],
  ['U+0000 alone', '\0'],
  ['U+0000 inside', 'a\0b'],
  ['control characters', '\u0001\u0008\u000b\u001f\u007f\u0085\u009f'],
  ['lone high surrogate', 'a\ud83d'],
  ['lone low surrogate', '\ude00a'],
  ['surrogates in the wrong order', '\ude00\ud83d'],
  ['text of an escape, no escape', '\\u0000 \\ud83d \\n'],
  ['emoji above U+FFFF', '\u{1f600}'],
  ['emoji family, with joiners', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}'],
  ['last code point', '\u{10ffff}'],
  ['U+FFFE and U+FFFF', '\ufffe\uffff'],
  ['replacement character', '\ufffd'],
  ['byte order mark first', '\ufeffa'],
  ['\u00e9 composed', 'caf\u00e9'],
  ['\u00e9 decomposed', 'cafe\u0301'],
  ['right to left marks', '\u202ea\u202c\u200f\u05d0'],
  ['line and paragraph separators', 'a\u2028b\u2029c'],
  ['no-break and zero-width blanks', '\u00a0a\u200b'],
  ['quotes', `it's "q" \`b\``],
  ['backslashes', "\\ \\\\ \\' C:\\dir\\"],
  ['semicolons and commas', 'a;b;;c,d,'],
  ['percent and underscore', '100%_%25 %s %d'],
  ['dollar placeholders', "$1 $$ $& $' ${x} ${'$'}{y}"],
  ['braces and colons', '{0} {{x}} :id @id ?'],
  ['SQL', `'; DROP TABLE workflows; --`],
  ['SQL with a comment', `1' OR '1'='1' /*`],
  ['XML', '<a href="#">&amp;</a>]]><!--'],
  ['ISO instant', '2026-01-15T12:00:00.000Z'],
  ['ISO instant without zone', '2026-01-15T12:00:00'],
  ['.NET date', '/Date(1768478400000)/'],
  ['UUID', '00000000-0000-0000-0000-000000000000'],
  ['base64', 'AAECAwQ='],
  ['codec mark', '~'],
  ['a long line', 'lorem ipsum '.repeat(3_500)],
  ['32 KiB of three-byte characters', '\u6f22'.repeat(11_000)],
]

const numbers: readonly (readonly [name: string, value: number])[] = [
  ['0', 0],
  ['-0, which is 0', -0],
  ['-1', -1],
  ['-1.5', -1.5],
  ['0.1 + 0.2', 0.1 + 0.2],
  ['2^31', 2 ** 31],
  ['-(2^31) - 1', -(2 ** 31) - 1],
  ['2^32', 2 ** 32],
  ['2^53 - 1', 2 ** 53 - 1],
  ['2^53', 2 ** 53],
  ['-(2^53)', -(2 ** 53)],
  ['2^53 + 2', 2 ** 53 + 2],
  ['2^63', 2 ** 63],
  ['12345678901234567000', 12_345_678_901_234_567_000],
  ['1e21, where digits end', 1e21],
  ['1e308', 1e308],
  ['largest number', Number.MAX_VALUE],
  ['smallest number', 5e-324],
  ['1e-7', 1e-7],
  ['1/3', 1 / 3],
]

const structures: readonly (readonly [name: string, value: JsonValue])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['[]', []],
  ['{}', {}],
  ['[null]', [null]],
  ['nulls between', [null, 1, null, null]],
  ['[[]]', [[]]],
  ['[{}]', [{}]],
  ['nested empties', { a: {}, b: [], c: '', d: null, e: [[], [{}]] }],
  ['null, empty and blank members', { a: null, b: '', c: ' ', d: 0, e: false }],
  ['mixed array', [1, '1', true, 'true', null, 'null', [], {}, '']],
  ['unsorted members', { b: 1, a: 2, c: { z: 1, y: 2 } }],
  ['equal items', [1, 1, 1, { a: 1 }, { a: 1 }]],
  ['100 levels of arrays', nested(100, (inner) => [inner])],
  ['100 levels of objects', nested(100, (inner) => ({ a: inner }))],
  ['1000 members', Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key-${i}`, i]))],
  ['a row of bytes', Array.from({ length: 256 }, (_, i) => i)],
]

const keys: readonly (readonly [name: string, value: JsonValue])[] = [
  ['empty key', { '': 1 }],
  ['blank keys', { ' ': 1, '  ': 2, 'a ': 3, a: 4 }],
  ['U+0000 as key', { '\0': 1, 'a\0b': 2 }],
  ['lone surrogate as key', { '\ud83d': 1, '\ude00': 2 }],
  ['__proto__ key', JSON.parse('{"__proto__":{"polluted":true}}') as JsonValue],
  [
    '__proto__ key of a string',
    JSON.parse('{"__proto__":"a","a":{"__proto__":null}}') as JsonValue,
  ],
  ['constructor key', { constructor: { prototype: { polluted: true } } }],
  ['names of Object.prototype', { toString: 1, valueOf: null, hasOwnProperty: 'a' }],
  ['toJSON key', { toJSON: 'a' }],
  ['then key', JSON.parse('{"then":"b"}') as JsonValue],
  ['length key', { length: 3, '0': 'a' }],
  ['dollar keys', { $where: '1', $set: { a: 1 }, $: 1 }],
  ['dotted keys', { 'a.b': 1, a: { b: 2 }, '.': 3 }],
  ['integer-like keys', { '10': 'a', '9': 'b', '-1': 'c', '01': 'd', '1.5': 'e' }],
  ['keys that differ in case', { id: 1, Id: 2, ID: 3 }],
  ['keys that differ in normal form', { 'caf\u00e9': 1, 'cafe\u0301': 2 }],
  ['quoted keys', { '"': 1, "'": 2, '\\': 3, '`': 4, '\n': 5 }],
  ['bracketed keys', { 'a[0]': 1, '[]': 2, '{}': 3, '*': 4, '$.a': 5 }],
  ['emoji keys', { '\u{1f600}': 1, '\u{1f601}': 2 }],
  ['a long key', { ['k'.repeat(5_000)]: 1 }],
  ['BSON type', { _bsontype: 'ObjectId', id: '507f1f77bcf86cd799439011' }],
  ['BSON reference', { $ref: 'workflows', $id: '1', $db: 'x' }],
  ['BSON long', { $numberLong: '9007199254740993', $date: 1, $binary: 'AA==' }],
  ['Dynamo item', { S: 'a', N: '1', NULL: true, M: {} }],
  ['Node buffer', { type: 'Buffer', data: [1, 2, 3] }],
  ['type names', { '@type': 'java.lang.Runtime', $type: 'System.Object', __type: 'x' }],
  ['Raven metadata', { '@metadata': { '@id': '1' }, _id: 1, _rev: 2, id: 'x', version: 7 }],
  ['date in an object', { at: '2026-01-15T12:00:00.000Z', zone: '+05:30' }],
]

/** JSON values that must come back equal, the simplest first. */
export const nastyValues: readonly NastyValue[] = [
  ...structures,
  ...texts,
  ...numbers,
  ...keys,
].map(([name, value]) => ({ name, value }))

class Money {
  readonly cents = 1
}

/** What is not JSON: refused wherever a payload is taken. None is `undefined` itself, which means absent. */
export const outsideDomain: readonly OutsideValue[] = [
  ['undefined in an object', { a: undefined }],
  ['undefined in an array', [1, undefined]],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['NaN inside', { a: [Number.NaN] }],
  ['-Infinity inside', [{ a: Number.NEGATIVE_INFINITY }]],
  ['a Date', new Date(0)],
  ['a Date inside', { a: [new Date(0)] }],
  ['a bigint', 1n],
  ['a bigint inside', { a: { b: 1n } }],
  ['a Map', new Map([['a', 1]])],
  ['a Map inside', [new Map()]],
  ['a Set', new Set([1])],
  ['a Set inside', { a: new Set() }],
  ['a function', () => 1],
  ['a function inside', { a: () => 1 }],
  ['a symbol', Symbol('s')],
  ['a symbol inside', [Symbol('s')]],
  ['a symbol key', { [Symbol('s')]: 1 }],
  ['bytes', new Uint8Array([1, 2])],
  ['bytes inside', { a: Buffer.from('ab') }],
  ['a class instance', new Money()],
  ['a class instance inside', { a: [new Money()] }],
  ['a RegExp', /a/],
  ['an Error', new Error('a')],
  ['an object with a toJSON method', { toJSON: () => 'a' }],
  ['a cycle of objects', cycle()],
  ['a cycle of arrays', arrayCycle()],
  ['a hole in an array', sparse()],
  ['a hole inside', { a: [sparse()] }],
  ['513 levels', nested(513, (inner) => [inner])],
  ['100000 levels of arrays', nested(100_000, (inner) => [inner])],
  ['100000 levels of objects', nested(100_000, (inner) => ({ a: inner }))],
].map(([name, value]) => ({ name: name as string, value }))

/** `levels` containers, one in the other. */
export function nested(levels: number, wrap: (inner: JsonValue) => JsonValue): JsonValue {
  let value: JsonValue = wrap(1)
  for (let level = 1; level < levels; level += 1) value = wrap(value)
  return value
}

function cycle(): unknown {
  const value: Record<string, unknown> = { a: 1 }
  value.self = { value }
  return value
}

function arrayCycle(): unknown {
  const value: unknown[] = [1]
  value.push(value)
  return value
}

function sparse(): unknown {
  const value: unknown[] = [1]
  value[2] = 3
  return value
}
