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
  ['57P05', 'UNAVAILABLE', true, 'unknown'],
  ['58030', 'UNAVAILABLE', true, 'unknown'],
  ['26000', 'UNAVAILABLE', false, 'not-applied'],
  ['42P05', 'UNAVAILABLE', false, 'not-applied'],
  ['42703', 'UNAVAILABLE', false, 'not-applied'],
  ['42601', 'UNAVAILABLE', false, 'not-applied'],
] as const

describe('errors of the server', () => {
  it.each(states)('%s is %s, retryable: %s, %s', (state, code, retryable, outcome) => {
    const cause = fromServer(state)
    expect(classify(cause)).toMatchObject({ code, retryable, outcome, cause })
  })

  it.each([
    ['42P01', /server says 42P01 .*ensureStore\(\)/],
    ['3F000', /ensureStore\(\).* schema/],
    ['42703', /package that made them, or another schema/],
    ['42501', /grant it/],
    ['28P01', /user and password/],
    ['3D000', /create it/],
    ['25006', /primary/],
    ['40001', /isolation level at read committed/],
    ['53300', /smaller pool/],
    ['26000', /set preparedStatements to false/],
    ['42P05', /set preparedStatements to false/],
  ])('%s says what to do', (state, advice) => {
    expect(classify(fromServer(state))?.message).toMatch(advice)
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
  ['ENETUNREACH', 'connect', true, 'not-applied'],
  ['ENOENT', 'connect', true, 'not-applied'],
  ['EACCES', 'connect', false, 'not-applied'],
  ['ENOENT', 'open', false, 'not-applied'],
  ['ERR_INVALID_URL', '', false, 'not-applied'],
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
    expect(classify(error)?.message).toMatch(/^ECONNREFUSED \(no server listens there/)
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
  ['Invalid sslnegotiation value: "x"', 'UNAVAILABLE', false, 'not-applied'],
] as const

describe('errors of the driver', () => {
  it.each(messages)('%s is %s, retryable: %s, %s', (message, code, retryable, outcome) => {
    expect(classify(new Error(message))).toMatchObject({ code, retryable, outcome })
  })
})

describe('errors of PgBouncer', () => {
  it.each([
    ['SASL authentication failed', 'UNAVAILABLE', false, 'not-applied'],
    ['password authentication failed', 'UNAVAILABLE', false, 'not-applied'],
    ['no such user: u', 'UNAVAILABLE', false, 'not-applied'],
    ['database "d" does not exist', 'UNAVAILABLE', false, 'not-applied'],
    ['no such database: d', 'UNAVAILABLE', false, 'not-applied'],
    ['query_wait_timeout', 'BUSY', true, 'not-applied'],
    ['no more connections allowed (max_client_conn)', 'BUSY', true, 'not-applied'],
    ['client_login_timeout (server down)', 'UNAVAILABLE', true, 'not-applied'],
    ['server login has been failing, try again later', 'UNAVAILABLE', true, 'not-applied'],
    ['server conn crashed?', 'UNAVAILABLE', true, 'unknown'],
    ['query timeout', 'UNAVAILABLE', true, 'unknown'],
  ])('%s is %s, retryable: %s, %s', (message, code, retryable, outcome) => {
    const error = Object.assign(new Error(message), { severity: 'FATAL', code: '08P01' })
    expect(classify(error)).toMatchObject({ code, retryable, outcome })
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
