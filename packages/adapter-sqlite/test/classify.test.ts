import { DatabaseSync } from 'node:sqlite'
import { createClient } from '@libsql/client'
import type { ErrorCode } from '@holdfast/spec'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { classify } from '../src/classify.ts'
import { temporaryFile } from './support.ts'

type Verdict = readonly [code: ErrorCode, retryable: boolean, outcome: 'not-applied' | 'unknown']

function verdictOf(error: unknown): Verdict | undefined {
  const classified = classify(error)
  return classified && [classified.code, classified.retryable, classified.outcome]
}

const VERDICTS: Readonly<Record<string, readonly [code: number, verdict: Verdict]>> = {
  SQLITE_PERM: [3, ['UNAVAILABLE', false, 'not-applied']],
  SQLITE_ABORT: [4, ['BUSY', true, 'not-applied']],
  SQLITE_BUSY: [5, ['BUSY', true, 'not-applied']],
  SQLITE_BUSY_SNAPSHOT: [517, ['BUSY', true, 'not-applied']],
  SQLITE_BUSY_RECOVERY: [261, ['BUSY', true, 'not-applied']],
  SQLITE_LOCKED: [6, ['BUSY', true, 'not-applied']],
  SQLITE_LOCKED_SHAREDCACHE: [262, ['BUSY', true, 'not-applied']],
  SQLITE_NOMEM: [7, ['UNAVAILABLE', true, 'not-applied']],
  SQLITE_READONLY: [8, ['UNAVAILABLE', false, 'not-applied']],
  SQLITE_READONLY_DBMOVED: [1032, ['UNAVAILABLE', false, 'not-applied']],
  SQLITE_INTERRUPT: [9, ['UNAVAILABLE', true, 'not-applied']],
  SQLITE_IOERR: [10, ['UNAVAILABLE', true, 'unknown']],
  SQLITE_IOERR_FSYNC: [1034, ['UNAVAILABLE', true, 'unknown']],
  SQLITE_CORRUPT: [11, ['CORRUPT', false, 'not-applied']],
  SQLITE_CORRUPT_INDEX: [779, ['CORRUPT', false, 'not-applied']],
  SQLITE_FULL: [13, ['UNAVAILABLE', true, 'not-applied']],
  SQLITE_CANTOPEN: [14, ['UNAVAILABLE', true, 'not-applied']],
  SQLITE_PROTOCOL: [15, ['BUSY', true, 'not-applied']],
  SQLITE_SCHEMA: [17, ['BUSY', true, 'not-applied']],
  SQLITE_TOOBIG: [18, ['TOO_LARGE', false, 'not-applied']],
  SQLITE_CONSTRAINT: [19, ['CONFLICT', false, 'not-applied']],
  SQLITE_CONSTRAINT_PRIMARYKEY: [1555, ['CONFLICT', false, 'not-applied']],
  SQLITE_CONSTRAINT_UNIQUE: [2067, ['CONFLICT', false, 'not-applied']],
  SQLITE_MISUSE: [21, ['UNAVAILABLE', false, 'not-applied']],
  SQLITE_AUTH: [23, ['UNAVAILABLE', false, 'not-applied']],
  SQLITE_NOTADB: [26, ['UNAVAILABLE', false, 'not-applied']],
}

describe.each(Object.entries(VERDICTS))('%s', (code, [errcode, verdict]) => {
  it('of node:sqlite', () => {
    const error = Object.assign(new Error('no'), { code: 'ERR_SQLITE_ERROR', errcode, errstr: '' })
    expect(verdictOf(error)).toEqual(verdict)
  })

  it('of better-sqlite3', () => {
    expect(verdictOf(Object.assign(new Error('no'), { name: 'SqliteError', code }))).toEqual(
      verdict,
    )
  })

  it('of @libsql/client', () => {
    const error = Object.assign(new Error('no'), { name: 'LibsqlBatchError', code })
    expect(verdictOf(error)).toEqual(verdict)
  })
})

describe('what the drivers throw', () => {
  it('a missing table says what to do', () => {
    const node = new DatabaseSync(':memory:')
    const better = new Database(':memory:')
    for (const database of [node, better]) {
      const error = thrownBy(() => database.prepare('select * from holdfast_workflows'))
      expect(verdictOf(error)).toEqual(['UNAVAILABLE', false, 'not-applied'])
      expect(classify(error)?.message).toContain('ensureStore()')
      expect(classify(error)?.cause).toBe(error)
      database.close()
    }
  })

  it('a missing table of libSQL too', async () => {
    const client = createClient({ url: ':memory:' })
    const error = await client.execute('select * from holdfast_workflows').catch((e: unknown) => e)
    expect(classify(error)?.message).toContain('ensureStore()')
    client.close()
    const closed = await client.execute('select 1').catch((e: unknown) => e)
    expect(verdictOf(closed)).toEqual(['UNAVAILABLE', false, 'not-applied'])
  })

  it('a closed database', () => {
    const node = new DatabaseSync(':memory:')
    const better = new Database(':memory:')
    const statement = node.prepare('select 1')
    node.close()
    better.close()
    for (const error of [
      thrownBy(() => node.prepare('select 1')),
      thrownBy(() => better.prepare('select 1')),
      thrownBy(() => statement.all()),
    ]) {
      expect(verdictOf(error)).toEqual(['UNAVAILABLE', false, 'not-applied'])
    }
  })

  // Each on a file of its own: two copies of SQLite in one process do not see each other's locks.
  it.each([
    ['node:sqlite', (file: string) => new DatabaseSync(file, { timeout: 0 })],
    ['better-sqlite3', (file: string) => new Database(file, { timeout: 0 })],
  ])('a lock, of %s', (_, open) => {
    const file = temporaryFile()
    const [holder, other] = [open(file), open(file)]
    holder.exec('begin exclusive')
    const error = thrownBy(() => other.exec('begin immediate'))
    expect(verdictOf(error)).toEqual(['BUSY', true, 'not-applied'])
    holder.close()
    other.close()
  })

  it('a lock, of libSQL', async () => {
    const url = `file:${temporaryFile()}`
    const [holder, other] = [createClient({ url }), createClient({ url })]
    const transaction = await holder.transaction('write')
    const error = await other.batch(['create table t (a)'], 'write').catch((e: unknown) => e)
    expect(verdictOf(error)).toEqual(['BUSY', true, 'not-applied'])
    transaction.close()
    holder.close()
    other.close()
  })
})

describe('what comes from a network', () => {
  const hrana = (code: string, cause?: unknown): Error =>
    Object.assign(new Error(code, { cause }), { name: 'LibsqlError', code })
  const fetchFailed = (code: string): Error =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })

  it.each<[string, Error, Verdict]>([
    ['no server', fetchFailed('ECONNREFUSED'), ['UNAVAILABLE', true, 'not-applied']],
    ['no such host', fetchFailed('ENOTFOUND'), ['UNAVAILABLE', true, 'not-applied']],
    ['a lost connection', fetchFailed('ECONNRESET'), ['UNAVAILABLE', true, 'unknown']],
    ['a lost socket', fetchFailed('UND_ERR_SOCKET'), ['UNAVAILABLE', true, 'unknown']],
    ['a bare failure', new TypeError('fetch failed'), ['UNAVAILABLE', true, 'unknown']],
    [
      'a closed stream over it',
      hrana('HRANA_CLOSED_ERROR', fetchFailed('ECONNREFUSED')),
      ['UNAVAILABLE', true, 'not-applied'],
    ],
    ['a closed stream', hrana('HRANA_CLOSED_ERROR'), ['UNAVAILABLE', true, 'unknown']],
    ['a lost web socket', hrana('HRANA_WEBSOCKET_ERROR'), ['UNAVAILABLE', true, 'unknown']],
    ['500', hrana('SERVER_ERROR', { status: 500 }), ['UNAVAILABLE', true, 'unknown']],
    ['401', hrana('SERVER_ERROR', { status: 401 }), ['UNAVAILABLE', false, 'not-applied']],
    ['429', hrana('SERVER_ERROR', { status: 429 }), ['BUSY', true, 'not-applied']],
    ['a rolled back batch', hrana('TRANSACTION_CLOSED'), ['BUSY', true, 'not-applied']],
    ['a bad url', hrana('URL_INVALID'), ['UNAVAILABLE', false, 'not-applied']],
  ])('%s', (_, error, verdict) => {
    expect(verdictOf(error)).toEqual(verdict)
  })
})

it.each([
  new TypeError('x is not a function'),
  new RangeError('Invalid array length'),
  Object.assign(new Error('odd'), { code: 'ERR_INVALID_ARG_TYPE' }),
  'a string',
  undefined,
  null,
])('%s is not of a driver', (error) => {
  expect(classify(error)).toBeUndefined()
})

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}
