import { rmSync } from 'node:fs'
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeError, EngineError, type Engine } from '../engine.ts'

/**
 * Gives the SQLite that is built into Node. `url` is an empty temporary folder for database files,
 * removed with all they hold by dispose, or when the process exits.
 *
 * @throws {EngineError} code `UNAVAILABLE` when this Node carries no `node:sqlite`.
 */
export async function startSqlite(): Promise<Engine> {
  const version = await sqliteVersion()
  const folder = await mkdtemp(join(await placeForFiles(), 'holdfast-sqlite-'))
  const removeAtExit = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeAtExit)
  return {
    name: 'sqlite',
    version,
    grade: 'real',
    via: 'in-process',
    url: folder,
    skipped: [],
    async [Symbol.asyncDispose]() {
      process.off('exit', removeAtExit)
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Bytes that the files of a run stay far below. */
const ROOM = 2 ** 30

/**
 * In memory where Linux has a file system there with room: what a transaction does is the same, and half of a run is
 * not spent in waiting for a disk. `TMPDIR` says otherwise.
 */
async function placeForFiles(): Promise<string> {
  if (process.platform !== 'linux' || process.env.TMPDIR) return tmpdir()
  const memory = '/dev/shm'
  const room = await statfs(memory).then(
    ({ bavail, bsize }) => bavail * bsize,
    // No such file system here.
    () => 0,
  )
  return room >= ROOM ? memory : tmpdir()
}

async function sqliteVersion(): Promise<string> {
  const { DatabaseSync } = await import('node:sqlite').catch((error: unknown) => {
    throw new EngineError('UNAVAILABLE', `no SQLite here: ${describeError(error)}`, {
      cause: error,
    })
  })
  const database = new DatabaseSync(':memory:')
  try {
    const row = database.prepare('select sqlite_version() as version').get()
    return String(row?.version)
  } finally {
    database.close()
  }
}
