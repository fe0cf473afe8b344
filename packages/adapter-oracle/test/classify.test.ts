import { describe, expect, it } from 'vitest'
import { classify } from '../src/classify.ts'
import { driverError, serverError } from './shim/internals.ts'

const numbers = [
  [1, 'CONFLICT', false, 'not-applied'],
  [54, 'BUSY', true, 'not-applied'],
  [60, 'BUSY', true, 'not-applied'],
  [8177, 'BUSY', true, 'not-applied'],
  [1555, 'BUSY', true, 'not-applied'],
  [30006, 'BUSY', true, 'not-applied'],
  [20, 'BUSY', true, 'not-applied'],
  [1013, 'BUSY', true, 'not-applied'],
  [1033, 'UNAVAILABLE', true, 'not-applied'],
  [12514, 'UNAVAILABLE', true, 'not-applied'],
  [12541, 'UNAVAILABLE', true, 'not-applied'],
  [16000, 'UNAVAILABLE', true, 'not-applied'],
  [1654, 'UNAVAILABLE', true, 'not-applied'],
  [28, 'UNAVAILABLE', true, 'unknown'],
  [3113, 'UNAVAILABLE', true, 'unknown'],
  [12154, 'UNAVAILABLE', false, 'not-applied'],
  [1017, 'UNAVAILABLE', false, 'not-applied'],
  [28001, 'UNAVAILABLE', false, 'not-applied'],
  [942, 'UNAVAILABLE', false, 'not-applied'],
  [1031, 'UNAVAILABLE', false, 'not-applied'],
  [1950, 'UNAVAILABLE', false, 'not-applied'],
  // What the adapter got wrong, if it did: nothing to try again.
  [2014, 'UNAVAILABLE', false, 'not-applied'],
  [1400, 'UNAVAILABLE', false, 'not-applied'],
] as const

describe('errors of the server', () => {
  it.each(numbers)('ORA-%i is %s, retryable: %s, %s', (number, code, retryable, outcome) => {
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

const own = [
  [40, 'BUSY', true, 'not-applied'],
  [76, 'BUSY', true, 'not-applied'],
  [3, 'UNAVAILABLE', true, 'unknown'],
  [123, 'UNAVAILABLE', true, 'unknown'],
  [500, 'UNAVAILABLE', true, 'unknown'],
  [501, 'UNAVAILABLE', true, 'unknown'],
  [521, 'UNAVAILABLE', true, 'unknown'],
  [503, 'UNAVAILABLE', true, 'not-applied'],
  [510, 'UNAVAILABLE', true, 'not-applied'],
  [511, 'UNAVAILABLE', true, 'not-applied'],
  [518, 'UNAVAILABLE', true, 'not-applied'],
  [530, 'UNAVAILABLE', true, 'not-applied'],
  [65, 'UNAVAILABLE', false, 'not-applied'],
  [116, 'UNAVAILABLE', false, 'not-applied'],
  [506, 'UNAVAILABLE', false, 'not-applied'],
  [515, 'UNAVAILABLE', false, 'not-applied'],
  [533, 'UNAVAILABLE', false, 'not-applied'],
] as const

describe('errors of the driver', () => {
  it.each(own)('NJS-%i is %s, retryable: %s, %s', (number, code, retryable, outcome) => {
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
