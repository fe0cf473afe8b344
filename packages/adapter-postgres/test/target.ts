import { randomUUID } from 'node:crypto'
import type { StoredRecord, Target } from '@holdfast/conformance'
import { available, type Engine } from '@holdfast/testbed'
import pg from 'pg'
import { createPostgresProvider } from '../src/index.ts'

const TABLES: Readonly<Record<StoredRecord['repository'], readonly [table: string, ...key: string[]]>> = {
  workflows: ['workflows', 'id'],
  steps: ['steps', 'workflow_id', 'step_id'],
  state: ['state', 'workflow_id', 'key'],
  events: ['events', 'id'],
  subscriptions: ['subscriptions', 'id'],
  commands: ['commands', 'key'],
  snapshots: ['snapshots', 'instance_id', 'workflow_id'],
  claims: ['tasks', 'instance_id', 'workflow_id', 'task_id'],
  errors: ['errors', 'id'],
}

let engine: Engine | undefined
let pool: pg.Pool | undefined
// A schema of its own, so that several runs can share a server.
const schema = `holdfast test ${randomUUID()}`
const quoted = `"${schema}"`

function opened(): pg.Pool {
  if (pool === undefined) throw new Error('The target was not set up')
  return pool
}

export const target: Target = {
  name: 'postgres',

  async setup() {
    const found = await available('postgres')
    if (found.grade === 'none') throw new Error(found.reason)
    engine = found
    pool = new pg.Pool({ connectionString: found.url, max: 20 })
    pool.on('error', () => {})
  },

  open: (namespace, { clock }) =>
    createPostgresProvider({ pool: opened(), schema, namespace, clock }),

  engine() {
    if (engine === undefined) throw new Error('The target was not set up')
    const { version, grade } = engine
    return { name: 'PostgreSQL', version, grade }
  },

  async corrupt({ namespace, repository, key }) {
    const [table, ...columns] = TABLES[repository]
    const keys = columns.map((column, index) => `${column} = $${index + 2}`).join(' and ')
    const head = repository === 'snapshots' ? `, head = 'torn'` : ''
    const { rowCount } = await opened().query(
      `update ${quoted}.${table} set body = '{"torn":'${head} where namespace = $1 and ${keys}`,
      [namespace, ...key],
    )
    if (rowCount !== 1) throw new Error(`No ${repository} ${key.join(', ')} to corrupt`)
  },

  async teardown() {
    await pool?.query(`drop schema if exists ${quoted} cascade`)
    await pool?.end()
    await engine?.[Symbol.asyncDispose]()
  },
}
