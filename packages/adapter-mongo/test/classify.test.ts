import type { ErrorCode, Outcome } from '@holdfast/spec'
import {
  MongoClientClosedError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoParseError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  MongoWriteConcernError,
  type TopologyDescription,
} from 'mongodb'
import { describe, expect, it } from 'vitest'
import { classify } from '../src/classify.ts'

type Expected = readonly [code: ErrorCode, retryable: boolean, outcome: Outcome]

const away: Expected = ['UNAVAILABLE', true, 'not-applied']
const refused: Expected = ['UNAVAILABLE', false, 'not-applied']
const gone: Expected = ['UNAVAILABLE', true, 'unknown']
const busy: Expected = ['BUSY', true, 'not-applied']

function named(name: string): Error {
  return Object.assign(new Error(name), { name })
}

function selection(cause: Error): Error {
  const description = { error: cause } as unknown as TopologyDescription
  return new MongoServerSelectionError('timed out', description)
}

/** As the driver wraps what becomes of several writes at once. */
function bulk(errorResponse: Error): Error {
  return Object.assign(named('MongoBulkWriteError'), { errorResponse })
}

describe('answers of the server', () => {
  it.each<readonly [number, Expected]>([
    [112, busy],
    [24, busy],
    [46, busy],
    [202, busy],
    [225, busy],
    [246, busy],
    [251, busy],
    [290, busy],
    [13388, busy],
    [16500, busy],
    [50, ['BUSY', true, 'unknown']],
    [262, ['BUSY', true, 'unknown']],
    [13, refused],
    [18, refused],
    [20, refused],
    [79, refused],
    [85, refused],
    [86, refused],
    [100, refused],
    [8000, refused],
    [10058, away],
    [10107, away],
    [13435, away],
    [13436, away],
    [14031, away],
    [6, gone],
    [7, gone],
    [64, gone],
    [89, gone],
    [91, gone],
    [189, gone],
    [9001, gone],
    [11600, gone],
    [11602, gone],
    [10334, ['TOO_LARGE', false, 'not-applied']],
    [17280, ['TOO_LARGE', false, 'not-applied']],
    [4711, ['UNAVAILABLE', false, 'unknown']],
  ])('%i', (number, [code, retryable, outcome]) => {
    const cause = new MongoServerError({ message: 'told by the server', code: number })
    expect(classify(cause)).toMatchObject({ code, retryable, outcome, cause })
    expect(classify(cause)?.message).toContain('told by the server')
  })
})

describe('errors of the driver', () => {
  it.each<readonly [string, Error, Expected]>([
    ['a broken connection', new MongoNetworkError('x'), gone],
    ['one that was never made', new MongoNetworkError('x', { beforeHandshake: true }), away],
    ['no answer', new MongoNetworkTimeoutError('x'), gone],
    [
      'no majority',
      new MongoWriteConcernError({ writeConcernError: { code: 75, errmsg: 'x' }, ok: 1 }),
      gone,
    ],
    ['no time left', named('MongoOperationTimeoutError'), gone],
    ['no connection left', named('MongoWaitQueueTimeoutError'), busy],
    ['a pool that was emptied', named('MongoPoolClearedError'), away],
    ['a pool that was emptied under a call', named('PoolClearedOnNetworkError'), gone],
    ['a server that was let go of', named('MongoServerClosedError'), away],
    ['a client without connection', named('MongoNotConnectedError'), refused],
    ['a session of a closed client', named('MongoExpiredSessionError'), refused],
    ['an answer that is none', named('MongoUnexpectedServerResponseError'), gone],
    ['options that exclude each other', named('MongoInvalidArgumentError'), refused],
    ['a package that is missing', named('MongoMissingDependencyError'), refused],
    ['a pool that was closed', named('MongoPoolClosedError'), refused],
    ['no server', selection(new Error('connect ECONNREFUSED')), away],
    ['a wrong password', selection(new MongoServerError({ message: 'x', code: 18 })), refused],
    ['an old server', selection(named('MongoCompatibilityError')), refused],
    ['a closed client', new MongoClientClosedError(), refused],
    ['a closed topology', new MongoTopologyClosedError('x'), refused],
    ['a connection string', new MongoParseError('x'), refused],
    ['a missing password', named('MongoMissingCredentialsError'), refused],
    ['a broken connection of many writes', bulk(new MongoNetworkError('x')), gone],
    ['what is new to us', named('MongoNewError'), ['UNAVAILABLE', false, 'unknown']],
  ])('%s', (_, cause, [code, retryable, outcome]) => {
    expect(classify(cause)).toMatchObject({ code, retryable, outcome, cause })
  })
})

describe('connections', () => {
  it.each<readonly [string, string, Expected]>([
    ['ECONNREFUSED', 'connect', away],
    ['ENOTFOUND', 'getaddrinfo', away],
    ['EAI_AGAIN', 'getaddrinfo', away],
    ['ENODATA', 'querySrv', away],
    ['ETIMEDOUT', 'connect', away],
    ['ECONNRESET', 'read', gone],
    ['EPIPE', 'write', gone],
    ['ETIMEDOUT', 'read', gone],
    ['ERR_OUT_OF_RANGE', 'none', ['TOO_LARGE', false, 'not-applied']],
  ])('%s of %s', (system, syscall, [code, retryable, outcome]) => {
    const cause = Object.assign(new Error('x'), { code: system, syscall })
    expect(classify(cause)).toMatchObject({ code, retryable, outcome, cause })
  })
})

it.each([undefined, null, 'text', 7, new Error('x'), new TypeError('y'), {}])(
  '%s is a bug of ours',
  (error) => {
    expect(classify(error)).toBeUndefined()
  },
)
