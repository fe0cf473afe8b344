import { readFileSync } from 'node:fs'
import type { ErrorCode } from '@holdfast/spec'
import { describe, expect, it } from 'vitest'
import { classify } from '../src/classify.ts'
import { driverError, serverError } from './shim/internals.ts'

type Verdict = readonly [code: ErrorCode, retryable: boolean, outcome: 'not-applied' | 'unknown']

const CONFLICT: Verdict = ['CONFLICT', false, 'not-applied']
const BUSY: Verdict = ['BUSY', true, 'not-applied']
const AWAY: Verdict = ['UNAVAILABLE', true, 'not-applied']
const GONE: Verdict = ['UNAVAILABLE', true, 'unknown']
const REFUSED: Verdict = ['UNAVAILABLE', false, 'not-applied']

function each(
  groups: readonly (readonly [Verdict, ...number[]])[],
): readonly (readonly [number: number, ...Verdict])[] {
  return groups.flatMap(([verdict, ...numbers]) =>
    numbers.map((number) => [number, ...verdict] as const),
  )
}

const ofServer = each([
  [CONFLICT, 1],
  [BUSY, 18, 20, 51, 54, 60, 1013, 1555, 2049, 2391, 4020, 4021, 4031, 4061, 4068, 8177],
  [BUSY, 22924, 30006],
  [AWAY, 1033, 1034, 1090, 12505, 12514, 12516, 12519, 12520, 12521, 12526, 12528],
  [AWAY, 12170, 12541, 12543, 12545, 16000, 16456],
  [AWAY, 257, 1536, 1652, 1653, 1654, 1691, 30036],
  [GONE, 22, 28, 31, 45, 378, 602, 603, 609, 1012, 1041, 1043, 1089, 1092, 2396, 2399],
  [GONE, 3113, 3114, 3122, 3135, 12153, 12537, 12547, 12570, 12583, 25401, 25402, 25408],
  [GONE, 27146, 28511, 56600],
  [REFUSED, 942, 1005, 1017, 1031, 1045, 1950, 2289, 12154, 28000, 28001, 41900],
  // What the adapter got wrong, if it did: nothing to try again.
  [REFUSED, 1400, 2014],
])

describe('errors of the server', () => {
  it.each(ofServer)('ORA-%i is %s, retryable: %s, %s', (number, code, retryable, outcome) => {
    const cause = serverError(number, 'says the server')
    expect(classify(cause)).toMatchObject({ code, retryable, outcome, cause })
  })

  it('are known by their code alone', () => {
    const error = Object.assign(new Error('ORA-00060: deadlock'), { code: 'ORA-00060' })
    expect(classify(error)).toMatchObject({ code: 'BUSY' })
  })

  it('say what to do', () => {
    expect(classify(serverError(942, 'no table'))?.message).toMatch(/no table .*ensureStore\(\)/)
    expect(classify(serverError(1031, 'no'))?.message).toMatch(/oracleSchema\(\)/)
  })
})

const ofDriver = each([
  [BUSY, 40, 76, 82],
  [AWAY, 503, 504, 510, 511, 512, 518, 519, 530],
  [GONE, 3, 123, 500, 501, 509, 513, 521],
  [REFUSED, 2, 64, 65, 116, 125, 138, 505, 506, 507, 508, 514, 515, 516, 517, 520, 532, 533],
])

describe('errors of the driver', () => {
  it.each(ofDriver)('NJS-%i is %s, retryable: %s, %s', (number, code, retryable, outcome) => {
    const cause = driverError(number)
    expect(classify(cause)).toMatchObject({ code, retryable, outcome, cause })
  })

  it('come before the error of the server that they stand for', () => {
    const error = Object.assign(driverError(500), { errorNum: 600 })
    expect(classify(error)).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' })
  })
})

describe('errors of nobody', () => {
  it.each([
    [new TypeError('x is not a function')],
    [driverError(97, 2, 1)],
    ['a string'],
    [null],
    [undefined],
  ])('%s is a bug', (error) => {
    expect(classify(error)).toBeUndefined()
  })
})

it('every error that the page tells of is in the tables above', () => {
  const page = readFileSync(new URL('../../../docs/adapters/oracle.md', import.meta.url), 'utf8')
  const numbersOf = (prefix: string): number[] =>
    [...page.matchAll(new RegExp(`${prefix}-(\\d+(?:[,\\s]+\\d+)*)`, 'g'))].flatMap(
      ([, list = '']) => list.split(/\D+/).map(Number),
    )
  for (const [prefix, tested] of [
    ['ORA', ofServer],
    ['NJS', ofDriver],
  ] as const) {
    const mentioned = numbersOf(prefix)
    expect(mentioned.length).toBeGreaterThan(10)
    expect(tested.map(([number]) => number)).toEqual(expect.arrayContaining(mentioned))
  }
})
