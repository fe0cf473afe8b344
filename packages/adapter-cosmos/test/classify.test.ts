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
    [404, away],
    [408, gone],
    [409, busy],
    [410, away],
    [412, busy],
    [413, large],
    [424, busy],
    [429, busy],
    [449, busy],
    [500, gone],
    [503, gone],
    [599, gone],
  ])('%i', (number, [code, retryable, outcome]) => {
    const cause = status(number)
    expect(classify(cause)).toMatchObject({ code, retryable, outcome, cause })
  })

  it('says that a container is missing', () => {
    const [code, retryable, outcome] = refused
    expect(classify(status(404, { substatus: 1003 }))).toMatchObject({
      ...{ code, retryable, outcome },
      message: expect.stringContaining('ensureStore') as string,
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
})

describe('errors of the network', () => {
  it.each<readonly [Error, Expected]>([
    [system('ECONNREFUSED', 'connect'), away],
    [system('ENOTFOUND', 'getaddrinfo'), away],
    [system('EAI_AGAIN', 'getaddrinfo'), away],
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
