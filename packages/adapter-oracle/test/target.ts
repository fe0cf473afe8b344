import { randomBytes } from 'node:crypto'
import type { Endpoint, StoredRecord, Target } from '@holdfast/conformance'
import { compressingCodec, type ProviderOptions } from '@holdfast/spec'
import { createOracleProvider, type OraclePool } from '../src/index.ts'
import { dropStore, openDatabase, openPoolAt, type TestDatabase } from './database.ts'

type Table = readonly [name: string, key: readonly string[], bodies: string]

const BODY = `body = '{'`

const TABLES: Readonly<Record<StoredRecord['repository'], readonly Table[]>> = {
  workflows: [['workflows', ['id'], BODY]],
  steps: [
    ['steps', ['workflow_id', 'step_id'], BODY],
    ['outputs', ['workflow_id', 'step_id'], BODY],
  ],
  state: [['state', ['workflow_id', 'key'], BODY]],
  events: [['events', ['id'], BODY]],
  subscriptions: [['subscriptions', ['id'], BODY]],
  commands: [['commands', ['key'], BODY]],
  snapshots: [['snapshots', ['instance_id', 'workflow_id'], `${BODY}, head = '{'`]],
  claims: [['tasks', ['instance_id', 'workflow_id', 'task_id'], BODY]],
  errors: [['errors', ['id'], BODY]],
}

interface Variant {
  readonly name: string
  /** After which comes what keeps runs apart. */
  readonly prefix: string
  options(clock: () => number): ProviderOptions
  /** Is told of everything that is sent. */
  readonly onSql?: (sql: string) => void
}

export function oracleTarget({ name, prefix: start, options, onSql }: Variant): Target {
  let prefix = `${start}${randomBytes(4).toString('hex').toUpperCase()}_`
  let opened: TestDatabase | undefined
  let joined: OraclePool | undefined
  const ways = new Map<string, Promise<OraclePool>>()

  const database = (): TestDatabase => {
    if (opened === undefined) throw new Error('The target was not set up')
    return opened
  }

  /** A pool that reaches the server by another way. */
  const poolThrough = async ({ host, port }: Endpoint): Promise<OraclePool> => {
    const address = `${host}:${port}`
    const pool = ways.get(address) ?? database().openPool(address)
    ways.set(address, pool)
    return pool
  }

  return {
    name,

    async setup() {
      opened = await openDatabase()
    },

    async teardown() {
      if (opened) await dropStore(opened, prefix)
      await opened?.[Symbol.asyncDispose]()
    },

    module: import.meta.url,
    share: () => ({ url: database().url, prefix }),
    async join(shared) {
      const there = shared as { readonly url: string; readonly prefix: string }
      prefix = there.prefix
      joined = await openPoolAt(there.url)
    },

    engine() {
      const { version, grade } = database().engine
      return { name: 'Oracle Database', version, grade }
    },

    endpoint() {
      const { hostname, port } = new URL(database().engine.url)
      return { host: hostname, port: Number(port || 1521) }
    },

    open: async (namespace, { clock, endpoint }) =>
      createOracleProvider({
        pool: watched(endpoint ? await poolThrough(endpoint) : (joined ?? database().pool), onSql),
        prefix,
        namespace,
        ...options(clock),
      }),

    async corrupt({ namespace, repository, key }) {
      for (const [table, columns, bodies] of TABLES[repository]) {
        const given = columns.slice(0, key.length)
        const where = given.map((column, index) => `${column} = :k${index}`).join(' and ')
        const binds = Object.fromEntries(given.map((_, index) => [`k${index}`, key[index]]))
        await database().run(
          `update "${prefix}${table.toUpperCase()}" set ${bodies} where namespace = :namespace and ${where}`,
          { namespace, ...binds },
        )
      }
    },
  }
}

/** The pool, with somebody who is told of every statement. */
function watched(pool: OraclePool, onSql: Variant['onSql']): OraclePool {
  if (onSql === undefined) return pool
  return {
    async getConnection() {
      const connection = await pool.getConnection()
      return {
        async execute(sql, binds, options) {
          onSql(sql)
          return connection.execute(sql, binds, options)
        },
        close: async (options) => (options ? connection.close(options) : connection.close()),
      }
    },
  }
}

export const target: Target = oracleTarget({
  name: 'oracle',
  prefix: 'TEST_',
  options: (clock) => ({ clock }),
})

/** With the time that the server says. */
export const serverClockTarget: Target = oracleTarget({
  name: 'oracle (clock of the server)',
  prefix: 'TEST_',
  options: () => ({}),
})

/** With names that have to be quoted, and bodies that are not JSON. */
export const oddNamesTarget: Target = oracleTarget({
  name: 'oracle (odd names)',
  prefix: `it's É; -- `,
  options: (clock) => ({ clock, codec: compressingCodec({ threshold: 1 }) }),
})

/** Tells of every statement; with the time that the server says, or the kit's. */
export function watchedTarget(isServerClock: boolean, onSql: (sql: string) => void): Target {
  return oracleTarget({
    name: 'oracle (watched)',
    prefix: 'TEST_',
    options: (clock) => (isServerClock ? {} : { clock }),
    onSql,
  })
}
