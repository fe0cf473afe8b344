import type { ErrorCode, Outcome } from '@holdfast/spec'
import { describe, expect, it } from 'vitest'
import { classify } from '../src/classify.ts'

type Expected = readonly [code: ErrorCode, retryable: boolean, outcome: Outcome]

const away: Expected = ['UNAVAILABLE', true, 'not-applied']
const refused: Expected = ['UNAVAILABLE', false, 'not-applied']
const gone: Expected = ['UNAVAILABLE', true, 'unknown']
const busy: Expected = ['BUSY', true, 'not-applied']
const large: Expected = ['TOO_LARGE', false, 'not-applied']

function status(code: number, more: object = {}): Error {
  return Object.assign(new Error('Message: {"Errors":["why"]}\r\nActivityId: 1'), { code, ...more })
}

function system(code: string, syscall?: string): Error {
  return Object.assign(new Error(`${syscall ?? ''} ${code}`), { code, syscall })
}

describe('answers of the service', () => {
  it.each<readonly [number, Expected]>([
    [400, refused],
    [401, refused],
    [403, refused],
    [404, refused],
    [408, gone],
    [409, busy],
    [410, away],
    [412, busy],
    [413, large],
    [424, busy],
    [429, busy],
    [449, busy],
    [500, gone],
    [502, gone],
    [503, gone],
    [504, gone],
    [599, gone],
  ])('%i', (number, [code, retryable, outcome]) => {
    const cause = status(number)
    expect(classify(cause)).toMatchObject({ code, retryable, outcome, cause })
  })

  it.each<readonly [number, number, Expected, string]>([
    [403, 3, away, 'takes no writes'],
    [403, 1008, away, 'address of the account'],
    [403, 1014, refused, 'purge'],
    [403, 5300, refused, 'containerDefinition'],
    [403, 7, refused, 'may write'],
    [404, 1002, away, 'session'],
    [404, 1003, refused, 'ensureStore'],
  ])('%i/%i', (number, substatus, [code, retryable, outcome], advice) => {
    expect(classify(status(number, { substatus }))).toMatchObject({
      ...{ code, retryable, outcome },
      message: expect.stringContaining(advice) as string,
    })
  })

  it('says when to try again', () => {
    const message = classify(status(429, { retryAfterInMs: 250 }))?.message
    expect(message).toContain('250 ms')
    expect(message).not.toContain('ActivityId')
  })

  it('looks into the error of a batch', () => {
    const cause = status(429)
    const error = classify(new Error('Batch request error: why', { cause }))
    expect(error).toMatchObject({ code: 'BUSY', cause })
  })

  it('knows a batch that failed by its message, where the driver does not say why', () => {
    const error = new Error('Batch request error: Message: why')
    expect(classify(error)).toMatchObject({
      ...{ code: 'UNAVAILABLE', retryable: true, outcome: 'unknown', cause: error },
      message: expect.stringContaining('4.10.1') as string,
    })
  })

  it('knows an answer that is none of the service', () => {
    const cause = new SyntaxError('Unexpected token')
    const expected = { code: 'UNAVAILABLE', retryable: true, outcome: 'unknown', cause }
    expect(classify(cause)).toMatchObject(expected)
    expect(classify(new Error('Batch request error: why', { cause }))).toMatchObject(expected)
  })
})

describe('errors of the network', () => {
  it.each<readonly [Error, Expected]>([
    [system('ECONNREFUSED', 'connect'), away],
    [system('ENOTFOUND', 'getaddrinfo'), away],
    [system('EAI_AGAIN', 'getaddrinfo'), away],
    [system('EHOSTUNREACH', 'connect'), away],
    [system('ENETUNREACH', 'connect'), away],
    [system('ECONNABORTED', 'write'), gone],
    [system('PARSE_ERROR'), gone],
    [system('ECONNRESET', 'read'), gone],
    [system('ECONNRESET', 'connect'), away],
    [system('EPIPE', 'write'), gone],
    [system('ETIMEDOUT', 'read'), gone],
    [system('ETIMEDOUT', 'connect'), away],
    [system('REQUEST_SEND_ERROR'), gone],
    [system('TimeoutError'), gone],
    [Object.assign(new Error(''), { name: 'TimeoutError' }), gone],
    [system('DEPTH_ZERO_SELF_SIGNED_CERT'), refused],
    [system('ERR_TLS_CERT_ALTNAME_INVALID'), refused],
  ])('%s', (cause, [code, retryable, outcome]) => {
    expect(classify(cause)).toMatchObject({ code, retryable, outcome, cause })
  })
})

it.each([new TypeError('x is not a function'), status(200), 'text', null, undefined])(
  'leaves a bug of ours alone: %s',
  (error) => {
    expect(classify(error)).toBeUndefined()
  },
)
