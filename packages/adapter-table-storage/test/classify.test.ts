import { RestError } from '@azure/data-tables'
import { PersistenceError } from '@holdfast/spec'
import { describe, expect, it } from 'vitest'
import { classify, isConflict } from '../src/classify.ts'

/** An error of a transaction. */
function ofTransaction(statusCode: number, code?: string): RestError {
  const options = { statusCode, ...(code !== undefined && { code }) }
  return new RestError(`0:${code ?? 'Transaction Failed'}\nRequestId:1\nTime:2`, options)
}

/** An error of a single request, which says what the service answered in its details only. */
function ofRequest(statusCode: number, code: string): RestError {
  const error = new RestError('{"odata.error":{}}', { statusCode })
  error.details = { odataError: { code, message: { value: `${code}.\nRequestId:1` } } }
  return error
}

function ofNetwork(code: string): RestError {
  return new RestError(`connect ${code} 127.0.0.1:1`, { code })
}

describe('what the service says', () => {
  it.each([
    [404, 'TableNotFound', 'UNAVAILABLE', false, 'not-applied'],
    [409, 'TableBeingDeleted', 'UNAVAILABLE', true, 'not-applied'],
    [403, 'AuthenticationFailed', 'UNAVAILABLE', false, 'not-applied'],
    [403, 'AuthorizationPermissionMismatch', 'UNAVAILABLE', false, 'not-applied'],
    [403, 'AuthorizationResourceTypeMismatch', 'UNAVAILABLE', false, 'not-applied'],
    [403, 'AuthorizationServiceMismatch', 'UNAVAILABLE', false, 'not-applied'],
    [403, 'AuthorizationFailure', 'UNAVAILABLE', false, 'not-applied'],
    [403, 'InsufficientAccountPermissions', 'UNAVAILABLE', false, 'not-applied'],
    [403, 'AccountIsDisabled', 'UNAVAILABLE', false, 'not-applied'],
    [400, 'InvalidAuthenticationInfo', 'UNAVAILABLE', false, 'not-applied'],
    [401, 'NoAuthenticationInformation', 'UNAVAILABLE', false, 'not-applied'],
    [401, 'SomethingNew', 'UNAVAILABLE', false, 'not-applied'],
    [404, 'SomethingNew', 'UNAVAILABLE', false, 'not-applied'],
    [408, 'SomethingNew', 'UNAVAILABLE', true, 'unknown'],
    [502, 'SomethingNew', 'UNAVAILABLE', true, 'unknown'],
    [503, 'SomethingNew', 'BUSY', true, 'unknown'],
    [504, 'SomethingNew', 'UNAVAILABLE', true, 'unknown'],
    [403, 'SomethingNew', 'UNAVAILABLE', false, 'not-applied'],
    [503, 'ServerBusy', 'BUSY', true, 'unknown'],
    [500, 'OperationTimedOut', 'BUSY', true, 'unknown'],
    [500, 'InternalError', 'UNAVAILABLE', true, 'unknown'],
    [429, 'TooManyRequests', 'BUSY', true, 'unknown'],
    [400, 'EntityTooLarge', 'TOO_LARGE', false, 'not-applied'],
    [400, 'PropertyValueTooLarge', 'TOO_LARGE', false, 'not-applied'],
    [413, 'RequestBodyTooLarge', 'TOO_LARGE', false, 'not-applied'],
    [413, 'ContentLengthExceeded', 'TOO_LARGE', false, 'not-applied'],
    [413, 'SomethingNew', 'TOO_LARGE', false, 'not-applied'],
    [400, 'InvalidInput', 'UNAVAILABLE', false, 'not-applied'],
  ])('%i %s is %s', (status, said, code, retryable, outcome) => {
    for (const error of [ofTransaction(status, said), ofRequest(status, said)]) {
      expect(classify(error)).toMatchObject({ code, retryable, outcome, cause: error })
      expect(isConflict(error)).toBe(false)
    }
  })

  it('is told without the number of the request', () => {
    const told = classify(ofRequest(404, 'TableNotFound'))?.message
    expect(told).toBe('TableNotFound. (there is no such table: run ensureStore)')
  })

  it.each([
    [409, 'EntityAlreadyExists'],
    [404, 'ResourceNotFound'],
    [404, 'EntityNotFound'],
    [412, 'UpdateConditionNotSatisfied'],
    [412, 'ConditionNotMet'],
  ])('%i %s is a conflict', (status, said) => {
    expect(isConflict(ofTransaction(status, said))).toBe(true)
    expect(isConflict(ofRequest(status, said))).toBe(true)
  })
})

describe('what the network says', () => {
  it.each([
    ['ECONNREFUSED', true, 'not-applied'],
    ['ENOTFOUND', true, 'not-applied'],
    ['EAI_AGAIN', true, 'not-applied'],
    ['EHOSTUNREACH', true, 'not-applied'],
    ['ENETUNREACH', true, 'not-applied'],
    ['ECONNABORTED', true, 'unknown'],
    ['ECONNRESET', true, 'unknown'],
    ['EPIPE', true, 'unknown'],
    ['ETIMEDOUT', true, 'unknown'],
    ['REQUEST_SEND_ERROR', true, 'unknown'],
    ['PARSE_ERROR', true, 'unknown'],
    ['SELF_SIGNED_CERT_IN_CHAIN', false, 'not-applied'],
    ['SOMETHING_NEW', true, 'unknown'],
  ])('%s', (said, retryable, outcome) => {
    expect(classify(ofNetwork(said))).toMatchObject({ code: 'UNAVAILABLE', retryable, outcome })
  })
})

it('what is not of the driver is nobody’s but ours', () => {
  for (const error of [new TypeError('x'), new Error('x'), 'x', null, undefined])
    expect(classify(error)).toBeUndefined()
  expect(isConflict(new PersistenceError('CONFLICT', 'x'))).toBe(false)
})
