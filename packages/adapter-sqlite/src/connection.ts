import { PersistenceError, type Capabilities } from '@holdfast/spec'
import { createEmbeddedExecutor } from './embedded.ts'
import type { SqliteExecutor } from './executor.ts'
import { createLibsqlExecutor, isFileUrl, openLibsql } from './libsql.ts'
import type { LibsqlClient, SqliteDatabase, SqliteSource } from './options.ts'

/** A driver, and what is known of the database behind it. */
export interface Connection {
  readonly executor: SqliteExecutor
  readonly busyTimeout: number
  readonly clock: Capabilities['clock']
  readonly durability: Capabilities['durability']
}

type Place = 'memory' | 'file' | 'server'

const BUSY_TIMEOUT = 5000

/**
 * Chooses the driver. Opens nothing: that is for the first call.
 *
 * @throws {TypeError} unless exactly one source is given
 */
export function connect(source: SqliteSource, clock: (() => number) | null): Connection {
  const given = ['path', 'database', 'url', 'client'].filter((name) => Object.hasOwn(source, name))
  if (given.length !== 1) {
    throw new TypeError(`One of path, database, url and client must be given, not ${given.length}`)
  }
  const busyTimeout = readBusyTimeout(source)
  const [executor, place] = choose(source, busyTimeout, clock)
  return {
    executor,
    busyTimeout,
    clock: clock !== null ? 'injected' : place === 'server' ? 'server' : 'process',
    durability: place === 'memory' ? 'process' : 'restart',
  }
}

function choose(
  source: SqliteSource,
  busyTimeout: number,
  clock: (() => number) | null,
): [SqliteExecutor, Place] {
  if ('path' in source) {
    const { path } = source
    const open = (): SqliteDatabase => openFile(path, busyTimeout)
    return [
      createEmbeddedExecutor({ open, owned: true }, clock ?? Date.now),
      path === ':memory:' ? 'memory' : 'file',
    ]
  }
  if ('database' in source) {
    const { database } = source
    const open = (): SqliteDatabase => database
    const inMemory = database.memory ?? database.location?.() === null
    return [
      createEmbeddedExecutor({ open, owned: false }, clock ?? Date.now),
      inMemory ? 'memory' : 'file',
    ]
  }
  if ('url' in source) {
    const { url, authToken } = source
    const open = async (): Promise<LibsqlClient> => openLibsql(url, authToken, busyTimeout)
    const ownFile = isFileUrl(url)
    return [
      createLibsqlExecutor({ open, owned: true, ownFile }, clock),
      /:memory:|mode=memory/.test(url) ? 'memory' : ownFile ? 'file' : 'server',
    ]
  }
  const { client } = source
  const open = async (): Promise<LibsqlClient> => client
  return [
    createLibsqlExecutor({ open, owned: false, ownFile: false }, clock),
    client.protocol === 'file' ? 'file' : 'server',
  ]
}

function openFile(path: string, busyTimeout: number): SqliteDatabase {
  // Not imported: those who use another driver may have a Node, or a bundler, that lacks it.
  const sqlite = process.getBuiltinModule('node:sqlite')
  if (!sqlite) {
    throw new PersistenceError('UNAVAILABLE', 'This runtime has no node:sqlite', {
      retryable: false,
    })
  }
  const database = new sqlite.DatabaseSync(path)
  try {
    database.exec(`pragma busy_timeout = ${busyTimeout}`)
    database.exec('pragma synchronous = full')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function readBusyTimeout(source: SqliteSource): number {
  const timeout = 'busyTimeout' in source ? source.busyTimeout : undefined
  if (timeout === undefined) return BUSY_TIMEOUT
  if (!Number.isSafeInteger(timeout) || timeout < 0) {
    throw new TypeError('busyTimeout must be a whole number of ms')
  }
  return timeout
}
