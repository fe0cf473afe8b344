import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
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
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-sqlite-'))
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
