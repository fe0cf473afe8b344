import type { ErrorCode, Outcome } from '@holdfast/spec'
import { describe, expect, it } from 'vitest'
import { classify } from '../src/classify.ts'

type Expected = readonly [code: ErrorCode, retryable: boolean, outcome: Outcome]

function reply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' })
}

function named(name: string, message = ''): Error {
  return Object.assign(new Error(message), { name })
}

function system(code: string, syscall?: string): Error {
  return Object.assign(new Error(`${syscall ?? ''} ${code}`), { code, syscall })
}

/** As the errors of node-redis, which say their class in the constructor only. */
function ofClass(name: string, message = ''): Error {
  const made = { [name]: class extends Error {} }[name] ?? Error
  return new made(message)
}

const away: Expected = ['UNAVAILABLE', true, 'not-applied']
const refused: Expected = ['UNAVAILABLE', false, 'not-applied']
/** Perhaps in the middle of a script. */
const stopped: Expected = ['UNAVAILABLE', false, 'unknown']
const gone: Expected = ['UNAVAILABLE', true, 'unknown']
const busy: Expected = ['BUSY', true, 'not-applied']

describe('answers of the server', () => {
  it.each<readonly [string, Expected]>([
    ['BUSY Redis is busy running a script. You can only call SCRIPT KILL.', busy],
    ['TRYAGAIN Multiple keys request during rehashing of slot', busy],
    ['ERR max number of clients reached', busy],
    ['LOADING Redis is loading the dataset in memory', away],
    ['MASTERDOWN Link with MASTER is down', away],
    ['CLUSTERDOWN The cluster is down', away],
    ["READONLY You can't write against a read only replica. script: 1f, on @user_script:1.", away],
    ["OOM command not allowed when used memory > 'maxmemory'.", away],
    ['MISCONF Redis is configured to save RDB snapshots, but it is unable to', away],
    ['UNKILLABLE Sorry the script already executed write commands against the dataset.', busy],
    ['NOREPLICAS Not enough good replicas to write.', away],
    ['NOAUTH Authentication required.', refused],
    ['WRONGPASS invalid username-password pair or user is disabled.', refused],
    ['NOPERM this user has no permissions to run the evalsha command', refused],
    ['ERR invalid password', refused],
    ['ERR AUTH <password> called without any password configured for the default user.', refused],
    ['ERR DB index is out of range', refused],
    ['ERR SELECT is not allowed in cluster mode', refused],
    ['ERR Protocol error: invalid bulk length', gone],
    ['NOPERM this user has no permissions to access one of the keys used as arguments', refused],
    ['NOPROTO unsupported protocol version', refused],
    ['MOVED 5061 127.0.0.1:7001', refused],
    ['ASK 5061 127.0.0.1:7001', refused],
    ["CROSSSLOT Keys in request don't hash to the same slot", refused],
    ["ERR unknown command 'EVALSHA'", refused],
    ['DENIED Redis is running in protected mode', refused],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', stopped],
    ['ERR user_script:3: Script attempted to access nonexistent global variable', stopped],
    ["ERR The user executing the script can't run this command or subcommand script: 1f", stopped],
    ["ERR ACL failure in script: User u has no permissions to run the 'zadd' command", stopped],
  ])('%s', (message, [code, retryable, outcome]) => {
    const cause = reply(message)
    expect(classify(cause)).toMatchObject({ code, retryable, outcome, cause })
    expect(classify(cause)?.message).toContain(message)
    expect(classify(ofClass('SimpleError', message))).toMatchObject({ code, retryable, outcome })
  })

  it('of Redis 6, which says first where in the script', () => {
    const message =
      "ERR Error running script (call to f_1f): @user_script:12: @user_script: 12: -READONLY You can't write against a read only replica."
    expect(classify(reply(message))).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-applied' })
    expect(classify(reply(message))?.message).toContain('primary')
    const denied =
      "NOPERM @user_script:12: The user executing the script can't run this command or subcommand"
    expect(classify(reply(denied))).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' })
  })
})

describe('connections', () => {
  it.each<readonly [string, Error, Expected]>([
    ['refused', system('ECONNREFUSED', 'connect'), away],
    ['no such host', system('ENOTFOUND', 'getaddrinfo'), away],
    ['a name server that does not answer', system('EAI_AGAIN', 'getaddrinfo'), away],
    ['out of reach', system('EHOSTUNREACH', 'connect'), away],
    ['no network', system('ENETUNREACH', 'connect'), away],
    ['ended here', system('ECONNABORTED', 'read'), gone],
    ['no such socket', system('ENOENT', 'connect'), away],
    ['a socket that may not be opened', system('EACCES', 'connect'), refused],
    ['never made', system('ETIMEDOUT', 'connect'), away],
    ['reset', system('ECONNRESET', 'read'), gone],
    ['broken', system('EPIPE', 'write'), gone],
    ['timed out', system('ETIMEDOUT', 'read'), gone],
    ['a certificate', system('DEPTH_ZERO_SELF_SIGNED_CERT'), refused],
  ])('%s', (_, cause, [code, retryable, outcome]) => {
    expect(classify(cause)).toMatchObject({ code, retryable, outcome, cause })
  })
})

describe('errors of the clients', () => {
  it.each<readonly [string, Error, Expected]>([
    ['ioredis gave up', named('MaxRetriesPerRequestError', 'Reached the max retries'), gone],
    ['ioredis was closed', new Error('Connection is closed.'), gone],
    ['ioredis waited', new Error('Command timed out'), gone],
    ['ioredis could not connect', new Error('connect ETIMEDOUT'), away],
    [
      'ioredis does not queue',
      new Error("Stream isn't writeable and enableOfflineQueue options is false"),
      away,
    ],
    ['ioredis heard nothing', new Error('Socket timeout. Expecting data, but'), gone],
    ['ioredis gave up a call', named('InterruptError', 'Stream ended unexpectedly'), gone],
    ['ioredis lost the call', named('AbortError', 'Command aborted due to connection close'), gone],
    [
      'a cluster of ioredis',
      named('ClusterAllFailedError', 'Failed to refresh slots cache.'),
      gone,
    ],
    [
      'a cluster of ioredis that is not ready',
      new Error("Cluster isn't ready and enableOfflineQueue options is false"),
      away,
    ],
    ['a cluster of ioredis that ended', new Error('Cluster is ended.'), gone],
    [
      'a cluster of ioredis without a server',
      new Error('None of startup nodes is available'),
      gone,
    ],
    ['a cluster in motion', new Error('Too many Cluster redirections. Last error: MOVED 1'), gone],
    ['slots that nobody told', new Error('Failed to refresh slots cache.'), gone],
    ['node-redis was closed', ofClass('ClientClosedError', 'The client is closed'), refused],
    ['node-redis is offline', ofClass('ClientOfflineError', 'The client is offline'), away],
    [
      'node-redis lost the call',
      ofClass('SocketClosedUnexpectedlyError', 'Socket closed unexpectedly'),
      gone,
    ],
    ['node-redis waited', ofClass('TimeoutError'), gone],
    ['node-redis was slow to connect', ofClass('ConnectionTimeoutError'), away],
    ['node-redis heard nothing', ofClass('SocketTimeoutError'), gone],
    ['node-redis, in a failover', ofClass('SocketTimeoutDuringMaintenanceError'), gone],
    ['node-redis waited in a failover', ofClass('CommandTimeoutDuringMaintenanceError'), gone],
    ['node-redis hung up', ofClass('DisconnectsClientError', 'Disconnects client'), gone],
    ['node-redis gave up', ofClass('ReconnectStrategyError'), gone],
    [
      'a cluster of node-redis',
      ofClass('RootNodesUnavailableError', 'All the root nodes are'),
      away,
    ],
  ])('%s', (_, cause, [code, retryable, outcome]) => {
    expect(classify(cause)).toMatchObject({ code, retryable, outcome, cause })
  })

  it('say why, where the reason is another error', () => {
    const lastNodeError = new Error('connect ECONNREFUSED 127.0.0.1:7001')
    const error = Object.assign(named('ClusterAllFailedError', 'Failed to refresh slots cache.'), {
      lastNodeError,
    })
    expect(classify(error)?.message).toContain('ECONNREFUSED 127.0.0.1:7001')
  })
})

it.each([undefined, null, 'text', 7, new Error('x'), new TypeError('y'), {}])(
  '%s is a bug of ours',
  (error) => {
    expect(classify(error)).toBeUndefined()
  },
)
