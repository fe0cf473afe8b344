import { describe, expect, it } from 'vitest'
import { classify } from '../src/classify.ts'

/** As the driver makes it of the server's message. */
function fromServer(code: string): Error {
  return Object.assign(new Error(`server says ${code}`), { severity: 'ERROR', code })
}

function fromSystem(code: string, syscall: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall, errno: -1 })
}

const states = [
  ['23505', 'CONFLICT', false, 'not-applied'],
  ['40001', 'BUSY', true, 'not-applied'],
  ['40P01', 'BUSY', true, 'not-applied'],
  ['40002', 'BUSY', true, 'not-applied'],
  ['40003', 'UNAVAILABLE', true, 'unknown'],
  ['55P03', 'BUSY', true, 'not-applied'],
  ['55006', 'BUSY', true, 'not-applied'],
  ['57014', 'BUSY', true, 'not-applied'],
  ['53300', 'BUSY', true, 'not-applied'],
  ['53100', 'UNAVAILABLE', true, 'not-applied'],
  ['57P01', 'UNAVAILABLE', true, 'unknown'],
  ['57P02', 'UNAVAILABLE', true, 'unknown'],
  ['57P03', 'UNAVAILABLE', true, 'not-applied'],
  ['08000', 'UNAVAILABLE', true, 'unknown'],
  ['08001', 'UNAVAILABLE', true, 'not-applied'],
  ['08004', 'UNAVAILABLE', true, 'not-applied'],
  ['08006', 'UNAVAILABLE', true, 'unknown'],
  ['08007', 'UNAVAILABLE', true, 'unknown'],
  ['08P01', 'UNAVAILABLE', true, 'unknown'],
  ['25006', 'UNAVAILABLE', true, 'not-applied'],
  ['28000', 'UNAVAILABLE', false, 'not-applied'],
  ['28P01', 'UNAVAILABLE', false, 'not-applied'],
  ['3D000', 'UNAVAILABLE', false, 'not-applied'],
  ['42501', 'UNAVAILABLE', false, 'not-applied'],
  ['42P01', 'UNAVAILABLE', false, 'not-applied'],
  ['3F000', 'UNAVAILABLE', false, 'not-applied'],
  ['26000', 'UNAVAILABLE', false, 'not-applied'],
  ['42601', 'UNAVAILABLE', false, 'not-applied'],
] as const

describe('errors of the server', () => {
  it.each(states)('%s is %s, retryable: %s, %s', (state, code, retryable, outcome) => {
    const cause = fromServer(state)
    expect(classify(cause)).toMatchObject({ code, retryable, outcome, cause })
  })

  it('says what to do', () => {
    expect(classify(fromServer('42P01'))?.message).toMatch(/server says 42P01 .*ensureStore\(\)/)
    expect(classify(fromServer('26000'))?.message).toMatch(/preparedStatements/)
  })
})

const failures = [
  ['ECONNREFUSED', 'connect', true, 'not-applied'],
  ['ENOTFOUND', 'getaddrinfo', true, 'not-applied'],
  ['EAI_AGAIN', 'getaddrinfo', true, 'not-applied'],
  ['EHOSTUNREACH', 'connect', true, 'not-applied'],
  ['ETIMEDOUT', 'connect', true, 'not-applied'],
  ['ETIMEDOUT', 'read', true, 'unknown'],
  ['ECONNRESET', 'read', true, 'unknown'],
  ['ECONNRESET', 'connect', true, 'not-applied'],
  ['EPIPE', 'write', true, 'unknown'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', '', false, 'not-applied'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', '', false, 'not-applied'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', '', false, 'not-applied'],
] as const

describe('errors of the network', () => {
  it.each(failures)('%s on %s is retryable: %s, %s', (code, syscall, retryable, outcome) => {
    expect(classify(fromSystem(code, syscall))).toMatchObject({
      code: 'UNAVAILABLE',
      retryable,
      outcome,
    })
  })

  it('has a message for a host with several addresses', () => {
    const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
    expect(classify(error)?.message).toBe('ECONNREFUSED (no server listens there)')
  })
})

const messages = [
  ['Connection terminated unexpectedly', 'UNAVAILABLE', true, 'unknown'],
  ['Connection terminated', 'UNAVAILABLE', true, 'unknown'],
  ['Connection terminated due to connection timeout', 'UNAVAILABLE', true, 'not-applied'],
  ['timeout exceeded when trying to connect', 'BUSY', true, 'not-applied'],
  ['timeout expired', 'UNAVAILABLE', true, 'not-applied'],
  ['Query read timeout', 'UNAVAILABLE', true, 'unknown'],
  [
    'Client has encountered a connection error and is not queryable',
    'UNAVAILABLE',
    true,
    'not-applied',
  ],
  ['Client was closed and is not queryable', 'UNAVAILABLE', true, 'not-applied'],
  ['Cannot use a pool after calling end on the pool', 'UNAVAILABLE', false, 'not-applied'],
  [
    'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string',
    'UNAVAILABLE',
    false,
    'not-applied',
  ],
  ['The server does not support SSL connections', 'UNAVAILABLE', false, 'not-applied'],
] as const

describe('errors of the driver', () => {
  it.each(messages)('%s is %s, retryable: %s, %s', (message, code, retryable, outcome) => {
    expect(classify(new Error(message))).toMatchObject({ code, retryable, outcome })
  })
})

describe('errors of nobody', () => {
  it.each([
    new TypeError('x is not a function'),
    new Error('A bug'),
    Object.assign(new Error('A bug'), { code: 'ERR_INVALID_ARG_TYPE' }),
    'text',
    null,
    undefined,
  ])('%s is not classified', (error) => {
    expect(classify(error)).toBeUndefined()
  })
})
