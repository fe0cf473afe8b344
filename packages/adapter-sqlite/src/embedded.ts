import {
  NOW_PARAMETER,
  USE_WAL,
  bind,
  type Params,
  type Results,
  type SqliteExecutor,
} from './executor.ts'
import type { SqliteDatabase, SqliteStatement } from './options.ts'

/** A database in this process, behind a driver whose calls return when they are done. */
export interface Embedded {
  /** Called at the first use, and again after it threw. */
  open(): SqliteDatabase
  /** Whether `open` made it, so that its file is ours to set up and it is ours to close. */
  readonly owned: boolean
}

interface Unit {
  readonly statements: readonly string[]
  readonly params: Params
  resolve(results: readonly (readonly object[])[]): void
  reject(error: unknown): void
}

// So that one process does not keep the write lock from others for longer than they wait.
const MAX_GROUP = 256

/**
 * Runs SQL on a synchronous driver. Each read, and each transaction, begins and ends without giving way to other code.
 *
 * Units that arrive in one turn of the event loop share a transaction, each in a savepoint of its own: with
 * `synchronous = full` a commit waits for the disk, and one wait serves them all.
 */
export function createEmbeddedExecutor(embedded: Embedded, clock: () => number): SqliteExecutor {
  let database: SqliteDatabase | undefined
  const prepared = new Map<string, SqliteStatement>()
  let queue: Unit[] = []

  function open(): SqliteDatabase {
    database ??= embedded.open()
    return database
  }

  function run(sql: string, params: Params, now: (() => number) | null): readonly object[] {
    let statement = prepared.get(sql)
    if (statement === undefined) {
      statement = toOurTaste(open().prepare(sql))
      prepared.set(sql, statement)
    }
    const bound = bind(sql, params, now)
    if (statement.reader !== false) return statement.all(bound) as object[]
    statement.run(bound)
    return []
  }

  function control(sql: string): void {
    run(sql, {}, null)
  }

  function flush(): void {
    const waiting = queue
    queue = []
    for (let start = 0; start < waiting.length; start += MAX_GROUP) {
      commit(waiting.slice(start, start + MAX_GROUP))
    }
  }

  /** One transaction. A unit that fails takes back its own changes only; a lost transaction fails them all. */
  function commit(units: readonly Unit[]): void {
    const settle: (() => void)[] = []
    let begun = false
    try {
      control('begin immediate')
      begun = true
      for (const unit of units) settle.push(attempt(unit, units.length > 1))
      control('commit')
    } catch (error) {
      if (begun) rollBack()
      for (const unit of units) unit.reject(error)
      return
    }
    for (const answer of settle) answer()
  }

  function attempt({ statements, params, resolve, reject }: Unit, shared: boolean): () => void {
    // A unit that has the transaction for itself fails with it.
    if (!shared) {
      const results = runAll(statements, params)
      return () => resolve(results)
    }
    control('savepoint unit')
    try {
      const results = runAll(statements, params)
      return () => resolve(results)
    } catch (error) {
      control('rollback to unit')
      return () => reject(error)
    } finally {
      control('release unit')
    }
  }

  function runAll(statements: readonly string[], params: Params): (readonly object[])[] {
    const now = clock()
    return statements.map((sql) => run(sql, params, () => now))
  }

  function rollBack(): void {
    try {
      control('rollback')
    } catch {
      // SQLite rolls back by itself after some errors: then there is nothing left to roll back.
    }
  }

  return {
    now: NOW_PARAMETER,

    async read<R extends object>(sql: string, params: Params) {
      return run(sql, params, clock) as readonly R[]
    },

    async write<R extends readonly object[]>(statements: readonly string[], params: Params) {
      const results = await new Promise<readonly (readonly object[])[]>((resolve, reject) => {
        queue.push({ statements, params, resolve, reject })
        if (queue.length === 1) queueMicrotask(flush)
      })
      return results as unknown as Results<R>
    },

    async useWal() {
      if (embedded.owned) open().exec(USE_WAL)
    },

    async close() {
      if (embedded.owned) database?.close()
      database = undefined
      prepared.clear()
    },
  }
}

/** The settings of a database that was handed in are its owner's; those of our statements are ours. */
function toOurTaste(statement: SqliteStatement): SqliteStatement {
  statement.setReadBigInts?.(false)
  statement.setReturnArrays?.(false)
  statement.setAllowBareNamedParameters?.(true)
  if (statement.reader) statement.safeIntegers?.(false)
  return statement
}
