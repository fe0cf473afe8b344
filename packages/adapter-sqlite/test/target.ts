import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Target } from '@holdfast/conformance'
import type { RepositoryName } from '@holdfast/spec'
import { startSqlite } from '@holdfast/testbed'
import { createClient } from '@libsql/client'
import Database from 'better-sqlite3'
import { createSqliteProvider, type SqliteSource } from '../src/index.ts'
import { startHrana } from './hrana.ts'

interface Driver {
  /** Opens the file as a process would, and says what is to be closed afterwards. */
  open(file: string): Opened | Promise<Opened>
  /**
   * Runs SQL with the driver's own copy of SQLite: two copies in one process do not see each other's locks, and break
   * them.
   */
  run(file: string, sql: string, args: string[]): unknown
  /** Whether the kit's clock is injected. */
  readonly injected?: boolean
}

interface Opened {
  readonly source: SqliteSource
  readonly close?: () => unknown
}

/** A target on a file of its own, which every provider opens anew. */
function sqliteTarget(name: string, driver: Driver): Target {
  let engine: Awaited<ReturnType<typeof startSqlite>> | undefined
  const closes: (() => unknown)[] = []
  let folder = ''
  const file = (): string => join(folder, 'store.db')
  return {
    name,
    async setup() {
      engine = await startSqlite()
      folder = engine.url
    },
    module: import.meta.url,
    share: () => folder,
    join(shared) {
      folder = shared as string
    },
    async teardown() {
      for (const close of closes.splice(0)) await close()
      await engine?.[Symbol.asyncDispose]()
    },
    engine: () => ({ name: 'SQLite', version: engine?.version ?? '', grade: 'real' }),
    async open(namespace, { clock }) {
      const { source, close } = await driver.open(file())
      if (close) closes.push(close)
      const { injected = true } = driver
      return createSqliteProvider({ ...source, namespace, ...(injected ? { clock } : {}) })
    },
    async corrupt({ namespace, repository, key }) {
      for (const [table, columns, bodies] of TABLES[repository]) {
        const where = columns.slice(0, key.length + 1).map((column) => `${column} = ?`)
        const sql = `update ${table} set ${bodies} where ${where.join(' and ')}`
        await driver.run(file(), sql, [namespace, ...key])
      }
    },
  }
}

type Table = readonly [table: string, key: readonly string[], bodies: string]

const BODY = "body = '{'"

const TABLES: Readonly<Record<RepositoryName, readonly Table[]>> = {
  workflows: [['holdfast_workflows', ['namespace', 'id'], BODY]],
  steps: [
    ['holdfast_steps', ['namespace', 'workflow_id', 'step_id'], BODY],
    ['holdfast_outputs', ['namespace', 'workflow_id', 'step_id'], BODY],
  ],
  state: [['holdfast_state', ['namespace', 'workflow_id', 'key'], BODY]],
  events: [['holdfast_events', ['namespace', 'id'], BODY]],
  subscriptions: [['holdfast_subscriptions', ['namespace', 'id'], BODY]],
  commands: [['holdfast_commands', ['namespace', 'key'], BODY]],
  snapshots: [
    ['holdfast_snapshots', ['namespace', 'instance_id', 'workflow_id'], `${BODY}, head = '{'`],
  ],
  claims: [['holdfast_inputs', ['namespace', 'instance_id', 'workflow_id', 'task_id'], BODY]],
  errors: [['holdfast_errors', ['namespace', 'id'], BODY]],
}

function runInNode(file: string, sql: string, args: string[]): void {
  const database = new DatabaseSync(file)
  database.prepare(sql).run(...args)
  database.close()
}

function runInBetterSqlite3(file: string, sql: string, args: string[]): void {
  const database = new Database(file)
  database.prepare(sql).run(...args)
  database.close()
}

async function runInLibsql(file: string, sql: string, args: string[]): Promise<void> {
  const client = createClient({ url: `file:${file}` })
  await client.execute(sql, args)
  client.close()
}

export const target: Target = sqliteTarget('sqlite', {
  open: (path) => ({ source: { path } }),
  run: runInNode,
})

export const betterSqlite3Target: Target = sqliteTarget('sqlite (better-sqlite3)', {
  open(path) {
    const database = new Database(path)
    // Its owner's choice. That writes outlive a power cut is not tested here, and waiting for the disk takes minutes.
    database.pragma('synchronous = off')
    return { source: { database }, close: () => database.close() }
  },
  run: runInBetterSqlite3,
})

export const libsqlTarget: Target = sqliteTarget('sqlite (libSQL)', {
  async open(path) {
    const client = createClient({ url: `file:${path}`, concurrency: 1, timeout: 5000 })
    await client.execute('pragma synchronous = off')
    return { source: { client }, close: () => client.close() }
  },
  run: runInLibsql,
})

/** With the time that SQL says, as on a server. */
export const databaseClockTarget: Target = sqliteTarget('sqlite (clock of the database)', {
  open: (path) => ({ source: { url: `file:${path}` } }),
  run: runInLibsql,
  injected: false,
})

/** Through the protocol of a server, which a stand-in in front of node:sqlite speaks. */
export const remoteTarget: Target = sqliteTarget('sqlite (remote libSQL)', {
  async open(path) {
    const server = await startHrana(path)
    return { source: { url: server.url }, close: () => server[Symbol.asyncDispose]() }
  },
  run: runInNode,
})
